"""What agnhost's subcommands share: flags, Go's log lines, Go's words for errors."""

from __future__ import annotations

import json
from collections.abc import Callable

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import (
    NetworkError,
    NoRouteError,
    RefusedError,
    TimedOutError,
)
from breakfix.embedded.programs.http.client import exchange
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response
from breakfix.embedded.programs.options import FlagError, go_flags
from breakfix.embedded.programs.sockets import addresses, connect, resolver, within

_TIMEOUT = 5.0
_DEADLINE = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


class UsageError(Exception):
    """Flags that were refused; it has been said."""


async def flags(
    process: Process, known: dict[str, str], operands: int = 0
) -> tuple[dict[str, str], list[str]]:
    """The flags after the subcommand. Raises UsageError after saying why."""
    try:
        found, rest = go_flags(process.argv[2:], known)
    except FlagError as error:
        await process.err(f"Error: {error}\n")
        raise UsageError from None
    if operands and len(rest) != operands:
        await process.err(f"Error: accepts {operands} arg(s), received {len(rest)}\n")
        raise UsageError
    return found, rest


def info(process: Process, text: str, level: str = "I") -> str:
    """Klog's line of a message that went through Go's log package."""
    now = process.host.clock.now()
    stamp = now.strftime("%m%d %H:%M:%S.%f")
    return f"{level}{stamp} {process.pid:7d} log.go:244] {text}\n"


async def log(process: Process, text: str) -> None:
    """Say it on standard error."""
    await process.err(info(process, text))


def go_json(value: object) -> str:
    """As encoding/json has it: sorted keys, < > & escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, code)
    return text


def dial_words(error: NetworkError, network: str, where: str) -> str:
    """A failed Dial."""
    if isinstance(error, RefusedError):
        return f"dial {network} {where}: connect: connection refused"
    if isinstance(error, NoRouteError):
        return f"dial {network} {where}: connect: no route to host"
    if isinstance(error, TimedOutError):
        return f"dial {network} {where}: i/o timeout"
    return f"read {network} {where}: connection reset by peer"


def lookup_words(process: Process, error: ResolveError) -> str:
    """A failed look-up."""
    server = resolver(process).settings.servers[0]
    if error.outcome in ("NXDOMAIN", "NODATA", "BADNAME"):
        return f"lookup {error.name} on {server}:53: no such host"
    if error.outcome == "TIMEOUT":
        return f"lookup {error.name}: i/o timeout"
    if error.outcome == "UNREACHABLE":
        return f"lookup {error.name} on {server}:53: read udp: connection refused"
    return f"lookup {error.name} on {server}:53: server misbehaving"


class GetError(Exception):
    """A GET that came to nothing, in the words of Go's client."""


async def http_get(process: Process, url: str, timeout: float = _TIMEOUT) -> Response:
    """Raises GetError."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name, port = host, "80"
    where = f"{name}:{port}"

    async def work() -> Response:
        nonlocal where
        address = (await addresses(process, name.strip("[]")))[0]
        where = f"{address}:{port}"
        stream = await connect(process, address, int(port), timeout)
        try:
            headers = [("Host", host), ("User-Agent", "Go-http-client/1.1"),
                       ("Accept-Encoding", "gzip")]  # fmt: skip
            return await exchange(stream, Request(headers, target="/" + path))
        finally:
            stream.close()

    def words(text: str) -> GetError:
        return GetError(f'Get "{url}": {text}')

    try:
        return await within(process, timeout, work())
    except ResolveError as error:
        raise words(f"dial tcp: {lookup_words(process, error)}") from None
    except TimedOutError:
        raise words(_DEADLINE) from None
    except BadMessageError:
        raise words("EOF") from None
    except NetworkError as error:
        raise words(dial_words(error, "tcp", where)) from None


Say = Callable[[str], None]
