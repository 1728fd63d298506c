"""wget, with busybox's words."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import NetworkError, Stream, TimedOutError
from breakfix.embedded.programs.busybox.words import usage
from breakfix.embedded.programs.http.client import Url, basic, exchange, parse_url
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses, connect, strerror, within

_READ_TIMEOUT = 900.0  # s
_REDIRECT, _BAD = 300, 400
_REDIRECTS = 5
_LARGEST_PORT = 65535
_LONG = {
    "quiet": "q", "output-document=": "O", "spider": None, "server-response": "S",
    "timeout=": "T", "header=": None, "post-data=": None, "post-file=": None,
    "no-check-certificate": None, "directory-prefix=": "P", "user-agent=": "U", "continue": "c",
    "output-file=": "o", "no-verbose": None, "tries=": "t", "proxy=": "Y",
    "connect-timeout=": "T", "no-proxy": None, "max-redirect=": None,
}  # fmt: skip
_UNCHECKED = "wget: note: TLS certificate validation not implemented\n"
_USAGE = usage(
    "wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n"
    "\t[--post-data STR | --post-file FILE] [-Y on/off]\n"
    "\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...",
    "Retrieve files via HTTP or FTP\n\n"
    "\t--spider\tOnly check URL existence: $? is 0 if exists\n"
    "\t--header STR\tAdd STR (of form 'header: value') to headers\n"
    "\t--post-data STR\tSend STR using POST method\n"
    "\t--post-file FILE\tSend FILE using POST method\n"
    "\t--no-check-certificate\tDon't validate the server's certificate\n"
    "\t-c\t\tContinue retrieval of aborted transfer\n\t-q\t\tQuiet\n"
    "\t-P DIR\t\tSave to DIR (default .)\n\t-S    \t\tShow server response\n"
    "\t-T SEC\t\tNetwork read timeout is SEC seconds\n"
    "\t-O FILE\t\tSave to FILE ('-' for stdout)\n\t-o LOGFILE\tLog messages to FILE\n"
    "\t-U STR\t\tUse STR for User-Agent header\n\t-Y on/off\tUse proxy",
)


class _FailedError(Exception):
    """The words after "wget: "."""


async def wget(process: Process) -> int:
    """`wget [-qS] [-O FILE] [-T SEC] [--spider] [--header STR] [--post-data STR] URL...`."""
    try:
        options = getopt(process.argv[1:], "cqSO:o:P:U:T:Y:t:nv", _LONG)
    except OptionError as error:
        await process.err(f"wget: {error}\n{_USAGE}")
        return 1
    if not options.rest:
        await process.err(_USAGE)
        return 1
    for address in options.rest:
        try:
            await _Retrieval(process, options).run(address)
        except _FailedError as error:
            await process.err(f"wget: {error}\n")
            return 1
    return 0


@dataclass
class _Retrieval:
    process: Process
    options: Options

    async def say(self, text: str) -> None:
        if "q" not in self.options:
            await self.process.err(text)

    async def run(self, address: str) -> None:
        if (port := _bad_port(address)) is not None:
            raise _FailedError(f"bad port '{port}'")
        try:
            url = parse_url(address)
        except ValueError:
            raise _FailedError(f"bad address '{address}'") from None
        if url.scheme not in ("http", "https"):
            raise _FailedError(f"not an http or ftp url: {address}")
        for _ in range(_REDIRECTS + 1):
            response = await self.ask(url)
            location = response.header("location")
            if not _REDIRECT <= response.status < _BAD or not location:
                await self.save(url, response)
                return
            url = url.joined(location)
        raise _FailedError("too many redirections")

    async def ask(self, url: Url) -> Response:
        seconds = float(self.options.get("T") or 0) or None
        stream = await self.dial(url, seconds)
        try:
            if url.scheme == "https":
                if "no-check-certificate" not in self.options:
                    await self.process.err(_UNCHECKED)
                stream = await TlsStream(stream, client_context(verify=False), url.host).start()
            limit = seconds or _READ_TIMEOUT
            response = await within(self.process, limit, exchange(stream, self.request(url)))
        except TimedOutError:
            raise _FailedError("download timed out") from None
        except TlsError:
            raise _FailedError("error getting response: Connection reset by peer") from None
        except BadMessageError as error:
            raise _FailedError(_unread(str(error))) from None
        except NetworkError as error:
            raise _FailedError(f"error getting response: {strerror(error)}") from None
        finally:
            stream.close()
        return await self.seen(response)

    async def dial(self, url: Url, seconds: float | None) -> Stream:
        try:
            where = (await addresses(self.process, url.host))[0]
        except ResolveError:
            raise _FailedError(f"bad address '{url.host}'") from None
        shown = f"[{where}]" if ":" in where else where
        await self.say(f"Connecting to {url.authority} ({shown}:{url.port})\n")
        try:
            return await connect(self.process, where, url.port, seconds)
        except NetworkError as error:
            if seconds and isinstance(error, TimedOutError):
                raise _FailedError("download timed out") from None
            words = f"can't connect to remote host ({where}): {strerror(error)}"
            raise _FailedError(words) from None

    def request(self, url: Url) -> Request:
        options = self.options
        method, body = "GET", b""
        headers = [("Host", url.authority), ("User-Agent", options.get("U") or "Wget"),
                   ("Connection", "close")]  # fmt: skip
        if url.user:
            headers.append(("Authorization", basic(url.user)))
        for line in options.all("header"):
            name, _, value = line.partition(":")
            headers = [h for h in headers if h[0].lower() != name.strip().lower()]
            headers.append((name.strip(), value.strip()))
        if "post-data" in options or "post-file" in options:
            method, body = "POST", options.get("post-data").encode()
            if "post-file" in options:
                body = self.process.files.read(_path(self.process, options.get("post-file")))
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        elif "spider" in options:
            method = "HEAD"
        return Request(headers, body, method, url.target)

    async def seen(self, response: Response) -> Response:
        """Show the headers where they are asked for; errors end it."""
        first = f"{response.version} {response.status} {response.words}"
        bad = response.status >= _BAD
        if "S" in self.options:
            await self.process.err(f"  {first}\n")
        if bad or (response.status >= _REDIRECT and not response.header("location")):
            raise _FailedError(f"server returned error: {first}")
        if "S" in self.options:
            lines = "".join(f"  {name}: {value}\n" for name, value in response.headers)
            await self.process.err(lines + ("  \n" if response.status < _REDIRECT else ""))
        return response

    async def save(self, url: Url, response: Response) -> None:
        if "spider" in self.options:
            await self.say("remote file exists\n")
            return
        name = self.options.get("O") or posixpath.basename(url.target.partition("?")[0])
        name = name or "index.html"
        size = len(response.body)
        bar = f"{posixpath.basename(name)[:20]:20s} 100% |{'*' * 32}| {size:5d}  0:00:00 ETA\n"
        if name == "-":
            await self.say("writing to stdout\n")
            await self.process.stdout.write(response.body)
            await self.say(bar + "written to stdout\n")
            return
        if "P" in self.options and "O" not in self.options:
            name = posixpath.join(self.options.get("P"), name)
        await self.write(name, response.body)
        await self.say(f"saving to '{name}'\n{bar}'{name}' saved\n")

    async def write(self, name: str, body: bytes) -> None:
        path = _path(self.process, name)
        if "O" not in self.options and self.process.files.exists(path):
            raise _FailedError(f"can't open '{name}': File exists")
        try:
            self.process.files.write(path, body)
        except OSError as error:
            raise _FailedError(f"can't open '{name}': {error.strerror}") from None


def _bad_port(address: str) -> str | None:
    """The port of a web address where it cannot be one."""
    scheme, mark, rest = address.partition("://")
    authority = re.split(r"[/?#]", rest if mark else scheme)[0]
    _, colon, port = authority.rpartition(":")
    good = port.isdigit() and 0 < int(port) <= _LARGEST_PORT
    return None if not colon or good or port.endswith("]") or "@" in port else port


def _unread(line: str) -> str:
    return "error getting response" if not line else f"bad header line: {line}"


def _path(process: Process, name: str) -> str:
    return posixpath.normpath(posixpath.join(process.cwd, name))
