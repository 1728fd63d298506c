"""curl, with 7.88's words and exit codes."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import (
    NetworkError,
    RefusedError,
    ResetError,
    Stream,
    TimedOutError,
)
from breakfix.embedded.programs.http.client import Url, basic, exchange, parse_url
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response
from breakfix.embedded.programs.options import OptionError, Options, getopt
from breakfix.embedded.programs.sockets import addresses, connect, pump, strerror, within

_HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n"
_NOT_VERIFIED = 60
_UNTRUSTED = (
    "More details here: https://curl.se/docs/sslcerts.html\n\n"
    "curl failed to verify the legitimacy of the server and therefore could not\n"
    "establish a secure connection to it. To learn more about this situation and\n"
    "how to fix it, please visit the web page mentioned above.\n"
)
_VERSION = "7.88.1"
_SHORT = "sSfiIvo:Ow:m:kH:d:X:Lu:A:e:b:c:x:F:T:gGnNr:#46jR0" + "K:E:Q:t:y:Y:z:C:D:P:VhqaBlMpZ"
_LONG: dict[str, str | None] = {
    "silent": "s", "show-error": "S", "fail": "f", "include": "i", "head": "I", "verbose": "v",
    "output=": "o", "remote-name": "O", "write-out=": "w", "max-time=": "m", "insecure": "k",
    "header=": "H", "data=": "d", "data-raw=": "d", "data-binary=": "d", "data-ascii=": "d",
    "data-urlencode=": None, "json=": None, "request=": "X", "location": "L", "user=": "u",
    "user-agent=": "A", "referer=": "e", "cookie=": "b", "cookie-jar=": "c", "proxy=": "x",
    "form=": "F", "upload-file=": "T", "get": "G", "connect-timeout=": None, "retry=": None,
    "retry-delay=": None, "retry-connrefused": None, "retry-all-errors": None,
    "retry-max-time=": None, "resolve=": None, "cacert=": None, "cert=": "E", "key=": None,
    "noproxy=": None, "max-redirs=": None, "no-progress-meter": None, "http1.1": None,
    "http1.0": "0", "ipv4": "4", "ipv6": "6", "compressed": None, "fail-with-body": None,
    "globoff": "g", "version": "V", "help": "h", "progress-bar": "#", "no-buffer": "N",
    "url=": None, "create-dirs": None, "dump-header=": "D", "interface=": None, "http2": None,
    "no-keepalive": None, "keepalive-time=": None, "location-trusted": "L", "tlsv1.2": None,
    "limit-rate=": None, "local-port=": None, "parallel": "Z", "path-as-is": None,
    "connect-to=": None, "capath=": None, "oauth2-bearer=": None, "tcp-nodelay": None,
    "unix-socket=": None, "haproxy-protocol": None,
}  # fmt: skip
_METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)
_RETRIED = (408, 429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_BAD = 400  # and more: errors
_MAX_REDIRECTS = 50


class CurlError(Exception):
    """Exit code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class _Done:
    """What -w can tell."""

    response: Response | None = None
    url: Url | None = None
    remote: tuple[str, int] = ("", 0)
    local: tuple[str, int] = ("", 0)
    redirects: int = 0
    started: float = 0.0
    times: dict[str, float] = field(default_factory=dict)


async def curl(process: Process) -> int:
    """Curl's usual options; one or several URLs."""
    try:
        options = getopt(process.argv[1:], _SHORT, _LONG)
    except OptionError as error:
        return await _misused(process, str(error))
    if "V" in options:
        await process.out(
            f"curl {_VERSION} (x86_64-pc-linux-gnu) libcurl/{_VERSION} OpenSSL/3.0.16\n"
            "Release-Date: 2023-02-20\nProtocols: http https telnet\n"
            "Features: IPv6 SSL\n"
        )
        return 0
    urls = [*options.all("url"), *options.rest]
    if not urls:
        await process.err(_HINT)
        return 2
    code = 0
    for address in urls:
        code = await _transfer(process, options, address)
    return code


async def _misused(process: Process, words: str) -> int:
    option = re.search(r"'(-*[^']*)'", words)
    name = option[1] if option else ""
    name = name if name.startswith("-") else f"-{name}"
    kind = "requires parameter" if "requires" in words else "is unknown"
    await process.err(f"curl: option {name}: {kind}\n{_HINT}")
    return 2


async def _transfer(process: Process, options: Options, address: str) -> int:
    tries = int(options.get("retry") or 0)
    delay = float(options.get("retry-delay") or 0)
    pause = 1.0
    while True:
        done = _Done(started=process.host.clock.monotonic())
        job = _Job(process, options, done)
        try:
            limit = float(options.get("m") or 0) or None
            await within(process, limit, job.run(address))
            code, error = 0, None
        except TimedOutError:
            error = job.late(float(options.get("m") or 0))
        except CurlError as found:
            error = found
        code = error.code if error else 0
        if tries <= 0 or not _worth(options, error, done.response):
            break
        tries -= 1
        seconds = delay or pause
        pause = min(pause * 2, 600)
        if "s" not in options:
            await process.err(f"Warning: Problem: {_why(error)}. Will retry in {seconds:g} seconds."
                              f" {tries} retr{'y' if tries == 1 else 'ies'} left.\n")  # fmt: skip
        await process.host.clock.sleep(seconds)
    if error is not None and ("s" not in options or "S" in options):
        more = _UNTRUSTED if error.code == _NOT_VERIFIED else ""
        await process.err(f"curl: ({error.code}) {error.words}\n{more}")
    if "w" in options:
        await process.out(written(options.get("w"), done, process.host.clock.monotonic(), code))
    return code


def _why(error: CurlError | None) -> str:
    if error is None:
        return "HTTP error"
    return {7: "connection refused", 28: "timeout"}.get(error.code, "(retrying all errors)")


def _worth(options: Options, error: CurlError | None, response: Response | None) -> bool:
    if error is None or error.code == 22:  # noqa: PLR2004
        return response is not None and response.status in _RETRIED
    if "retry-all-errors" in options:
        return True
    return error.code in (6, 28) or (error.code == 7 and "retry-connrefused" in options)  # noqa: PLR2004


class _Job:
    def __init__(self, process: Process, options: Options, done: _Done) -> None:
        self.process, self.options, self.done = process, options, done
        self.connected = False
        self.telnet = False

    async def note(self, text: str) -> None:
        if "v" in self.options:
            await self.process.err(f"* {text}\n")

    def late(self, limit: float) -> CurlError:
        taken = int(limit * 1000)
        if self.telnet and self.connected:
            return CurlError(28, "Time-out")
        if not self.connected and not self.done.remote[0]:
            return CurlError(28, f"Resolving timed out after {taken} milliseconds")
        if not self.connected:
            return CurlError(28, f"Connection timed out after {taken} milliseconds")
        return CurlError(
            28, f"Operation timed out after {taken} milliseconds with 0 bytes received"
        )

    async def run(self, address: str) -> None:
        try:
            url = parse_url(address)
        except ValueError:
            raise CurlError(3, "URL using bad/illegal format or missing URL") from None
        if url.scheme not in ("http", "https", "telnet"):
            words = f'Protocol "{url.scheme}" not supported or disabled in libcurl'
            raise CurlError(1, words)
        if url.scheme == "telnet":
            await self.plain(url)
            return
        meter = "s" not in self.options and "no-progress-meter" not in self.options
        if meter and ("o" in self.options or "O" in self.options):
            await self.process.err(_METER)
        response = await self.followed(url)
        words = f"The requested URL returned error: {response.status}"
        if response.status >= _BAD and "f" in self.options:
            raise CurlError(22, words)
        await self.show(response)
        if response.status >= _BAD and "fail-with-body" in self.options:
            raise CurlError(22, words)

    async def followed(self, url: Url) -> Response:
        """The last response, of all redirects that may be followed."""
        method, body = self.what()
        response = await self.ask(url, method, body)
        while "L" in self.options and response.status in _REDIRECTS and response.has("location"):
            await self.show(response, final=False)
            self.done.redirects += 1
            if self.done.redirects > int(self.options.get("max-redirs") or _MAX_REDIRECTS):
                raise CurlError(47, f"Maximum ({_MAX_REDIRECTS}) redirects followed")
            url = url.joined(response.header("location"))
            await self.note(f"Issue another request to this URL: '{url}'")
            if response.status in (301, 302, 303) and method == "POST" and "X" not in self.options:
                method, body = "GET", b""
            response = await self.ask(url, method, body)
        return response

    async def plain(self, url: Url) -> None:
        """telnet://: standard input goes there; ends when the server does."""
        import asyncio

        self.telnet = True
        stream = await self.dial(url)
        sending = asyncio.ensure_future(pump(self.process.stdin.read, stream.write))
        try:
            while data := await stream.read():
                await self.process.stdout.write(data)
        except NetworkError:
            pass
        finally:
            sending.cancel()
            stream.close()

    # -- asking ------------------------------------------------------------------------

    async def where(self, url: Url) -> str:
        for entry in self.options.all("resolve"):
            name, port, address = entry.split(":", 2)
            if name in (url.host, "*") and int(port) == url.port:
                return address.strip("[]").split(",")[0]
        try:
            return (await addresses(self.process, url.host))[0]
        except ResolveError:
            await self.note(f"Could not resolve host: {url.host}")
            await self.note("Closing connection 0")
            raise CurlError(6, f"Could not resolve host: {url.host}") from None

    def passed(self) -> int:
        return int((self.process.host.clock.monotonic() - self.done.started) * 1000)

    async def dial(self, url: Url) -> Stream:
        address = await self.where(url)
        self.done.times["namelookup"] = self.passed() / 1000
        self.done.remote = (address, url.port)
        shown = f"[{address}]" if ":" in address else address
        await self.note(f"  Trying {shown}:{url.port}...")
        limit = float(self.options.get("connect-timeout") or 0) or 300.0
        try:
            stream = await connect(self.process, address, url.port, limit)
        except TimedOutError:
            raise self.unconnected(url, "Timeout was reached", 28) from None
        except NetworkError as error:
            words = strerror(error)
            await self.note(f"connect to {address} port {url.port} failed: {words}")
            failed = self.unconnected(url, "Couldn't connect to server", 7)
            await self.note(failed.words)
            await self.note("Closing connection 0")
            raise failed from None
        self.connected = True
        self.done.times["connect"] = self.passed() / 1000
        self.done.local = stream.local
        await self.note(f"Connected to {url.host} ({address}) port {url.port} (#0)")
        return stream

    def unconnected(self, url: Url, words: str, code: int) -> CurlError:
        text = f"Failed to connect to {url.host} port {url.port} after {self.passed()} ms: {words}"
        return CurlError(code, text)

    async def secured(self, stream: Stream, url: Url) -> Stream:
        path = self.options.get("cacert")
        authority = b""
        if path:
            try:
                authority = self.process.files.read(posixpath.join(self.process.cwd, path))
            except OSError:
                words = f"error setting certificate verify locations:  CAfile: {path} CApath: none"
                raise CurlError(77, words) from None
        context = client_context(authority, "k" not in self.options)
        try:
            return await TlsStream(stream, context, url.host).start()
        except TlsError as error:
            raise _tls_words(error, url) from None

    async def ask(self, url: Url, method: str, body: bytes) -> Response:
        stream = await self.dial(url)
        try:
            if url.scheme == "https":
                stream = await self.secured(stream, url)
                self.done.times["appconnect"] = self.passed() / 1000
            request = Request(self.headers(url, body), body, method, url.target)
            if "v" in self.options:
                lines = [f"{method} {url.target} HTTP/1.1",
                         *(f"{n}: {v}" for n, v in request.headers), ""]  # fmt: skip
                await self.process.err("".join(f"> {line}\n" for line in lines))
            response = await exchange(stream, request)
        except BadMessageError as error:
            if str(error) == "short body":
                words = "transfer closed with outstanding read data remaining"
                raise CurlError(18, words) from None
            if not str(error):
                raise CurlError(52, "Empty reply from server") from None
            raise CurlError(1, "Received HTTP/0.9 when not allowed") from None
        except (ResetError, RefusedError):
            raise CurlError(56, "Recv failure: Connection reset by peer") from None
        finally:
            stream.close()
        self.done.response, self.done.url = response, url
        self.done.times["starttransfer"] = self.passed() / 1000
        if "v" in self.options:
            lines = [f"{response.version} {response.status} {response.reason}",
                     *(f"{n}: {v}" for n, v in response.headers), ""]  # fmt: skip
            await self.process.err("".join(f"< {line}\n" for line in lines))
            await self.note(f"Connection #0 to host {url.host} left intact")
        return response

    def what(self) -> tuple[str, bytes]:
        options = self.options
        parts = [self.data(v) for n, v in options.values if n in ("d", "data-urlencode", "json")]
        if "T" in options:
            path = posixpath.join(self.process.cwd, options.get("T"))
            return options.get("X") or "PUT", self.process.files.read(path)
        body = b"&".join(parts)
        if "F" in options:
            body = self.multipart()
        usual = "HEAD" if "I" in options else "POST" if body or parts else "GET"
        return options.get("X") or usual, b"" if "G" in options else body

    def data(self, value: str) -> bytes:
        if value.startswith("@"):
            path = value[1:]
            try:
                return self.process.files.read(posixpath.join(self.process.cwd, path))
            except OSError:
                raise CurlError(26, f"Failed to open {path}") from None
        return value.encode()

    def multipart(self) -> bytes:
        lines = b""
        for entry in self.options.all("F"):
            name, _, value = entry.partition("=")
            file = f'; filename="{posixpath.basename(value[1:])}"' if value.startswith("@") else ""
            content = self.data(value)
            lines += (f'--------------------------breakfix\r\nContent-Disposition: form-data; '
                      f'name="{name}"{file}\r\n\r\n').encode() + content + b"\r\n"  # fmt: skip
        return lines + b"--------------------------breakfix--\r\n"

    def headers(self, url: Url, body: bytes) -> list[tuple[str, str]]:  # noqa: C901 - flat cases
        options = self.options
        found = [("Host", url.authority), ("User-Agent", options.get("A") or f"curl/{_VERSION}"),
                 ("Accept", "*/*")]  # fmt: skip
        if user := options.get("u") or url.user:
            found.insert(1, ("Authorization", basic(user)))
        if "oauth2-bearer" in options:
            found.append(("Authorization", f"Bearer {options.get('oauth2-bearer')}"))
        for flag, name in (("e", "Referer"), ("b", "Cookie")):
            if flag in options:
                found.append((name, options.get(flag)))
        if body:
            kind = "application/x-www-form-urlencoded"
            if "F" in options:
                kind = "multipart/form-data; boundary=------------------------breakfix"
            found += [
                ("Content-Length", str(len(body))),
                ("Content-Type", "application/json" if "json" in options else kind),
            ]
        for line in options.all("H"):
            name, colon, value = line.partition(":")
            found = [h for h in found if h[0].lower() != name.strip().lower()]
            if colon and value.strip():
                found.append((name.strip(), value.strip()))
        return found

    # -- showing -----------------------------------------------------------------------

    async def show(self, response: Response, final: bool = True) -> None:
        data = b""
        if "i" in self.options or "I" in self.options:
            lines = [f"{response.version} {response.status} {response.reason}",
                     *(f"{n}: {v}" for n, v in response.headers), "", ""]  # fmt: skip
            data = "\r\n".join(lines).encode("latin-1", "replace")
        data += response.body if final else b""
        name = self.options.get("o")
        if "O" in self.options and self.done.url:
            name = posixpath.basename(self.done.url.target.partition("?")[0])
        if not name or name == "-":
            await self.process.stdout.write(data)
            return
        try:
            self.process.files.write(posixpath.join(self.process.cwd, name), data)
        except OSError:
            raise CurlError(23, "Failure writing output to destination") from None


def _tls_words(error: TlsError, url: Url) -> CurlError:
    if error.reason == "WRONG_VERSION_NUMBER":
        words = "OpenSSL/3.0.16: error:0A00010B:SSL routines::wrong version number"
        return CurlError(35, words)
    if error.verification:
        if "ostname mismatch" in error.words or "IP address mismatch" in error.words:
            words = "SSL: no alternative certificate subject name matches target host name"
            return CurlError(60, f"{words} '{url.host}'")
        return CurlError(60, f"SSL certificate problem: {error.words}")
    return CurlError(
        35, f"OpenSSL SSL_connect: Connection reset by peer in connection to {url.host}:{url.port} "
    )


def written(pattern: str, done: _Done, now: float, code: int) -> str:
    """-w's format."""
    response = done.response
    body = response.body if response else b""
    total = now - done.started
    redirect = ""
    if response and done.url and response.has("location"):
        redirect = str(done.url.joined(response.header("location")))
    values = {
        "http_code": f"{response.status if response else 0:03d}", "size_download": str(len(body)),
        "response_code": f"{response.status if response else 0:03d}", "exitcode": str(code),
        "remote_ip": done.remote[0], "remote_port": str(done.remote[1]),
        "local_ip": done.local[0], "local_port": str(done.local[1]),
        "content_type": response.header("content-type") if response else "",
        "url_effective": str(done.url or ""), "num_redirects": str(done.redirects),
        "redirect_url": redirect, "time_total": f"{total:.6f}", "scheme": "HTTP",
        "http_version": "1.1", "num_connects": "1", "errormsg": "", "speed_download": "0",
        "method": "GET", "size_header": "0", "ssl_verify_result": "0",
    }  # fmt: skip
    for name in ("namelookup", "connect", "appconnect", "pretransfer", "starttransfer"):
        values[f"time_{name}"] = f"{done.times.get(name, 0):.6f}"
    text = re.sub(r"%\{([a-z_]+)\}", lambda m: values.get(m[1], ""), pattern)
    return text.replace("%%", "%").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
