"""netexec's /dial: it asks another server, as often as it is told."""

from __future__ import annotations

import re

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, RefusedError
from breakfix.embedded.programs.agnhost.common import (
    GetError,
    go_json,
    http_get,
    log,
    lookup_words,
)
from breakfix.embedded.programs.agnhost.go_http import go_http_error, written
from breakfix.embedded.programs.clients.services import SERVICES
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.sockets import addresses

NO_SCTP = "protocol not supported"  # as on a kernel without its module
_MOST = 1000
_LAST_PORT = 65535
_UDP_WAIT = 5.0  # s


async def dial(process: Process, request: Request) -> Response:
    """`/dial?host=H&port=P&request=WHAT[&protocol=http|udp|sctp][&tries=N]`."""
    form = request.form()
    host, port, what, protocol, tries = (
        form.get(n, "") for n in ("host", "port", "request", "protocol", "tries")
    )
    await log(process, f"GET /dial?host={host}&protocol={protocol}&port={port}"
              f"&request={what}&tries={tries}")  # fmt: skip
    if fault := _fault(what, protocol, tries):
        return go_http_error(fault, 400)
    number = min(int(tries or 1), _MOST)
    try:
        where = (await addresses(process, host or "127.0.0.1"))[0], _port(port, protocol)
    except ValueError as error:
        return go_http_error(f"host and/or port param are invalid. {error}", 400)
    except ResolveError as error:
        words = lookup_words(process, error)
        return go_http_error(f"host and/or port param are invalid. {words}", 400)
    return await _dialled(process, where, what, protocol.lower(), number)


def _port(word: str, protocol: str) -> int:
    """By number or name, as net.ResolveTCPAddr reads it. Raises ValueError with Go's words."""
    if word in SERVICES:
        return SERVICES[word]
    if not re.fullmatch(r"[+-]?\d*", word):
        network = "udp" if protocol.lower() == "udp" else "tcp"
        raise ValueError(f"lookup {network}/{word}: unknown port")
    number = int(word) if word.strip("+-") else 0
    if not 0 <= number <= _LAST_PORT:
        raise ValueError(f"address {word}: invalid port")
    return number


def _fault(what: str, protocol: str, tries: str) -> str:
    """What is wrong with the parameters; "" for nothing."""
    if tries and not tries.isdigit():
        return f'tries parameter is invalid. strconv.Atoi: parsing "{tries}": invalid syntax'
    if not what:
        return "request parameter not specified. <nil>"
    if protocol.lower() not in ("", "http", "udp", "sctp"):
        return f"unsupported protocol. {protocol}"
    return ""


async def _dialled(
    process: Process, where: tuple[str, int], what: str, protocol: str, tries: int
) -> Response:
    """Responses are shown only where the last try had one."""
    answers: list[str] = []
    errors: list[str] = []
    last = ""
    for _ in range(tries):
        last = ""
        try:
            last = await _ask(process, where, what, protocol)
            answers.append(last)
        except (GetError, NetworkError) as error:
            errors.append(str(error))
    output: dict[str, list[str]] = {"responses": answers} if last else {}
    if errors:
        output["errors"] = errors
    return written(go_json(output))


async def _ask(process: Process, where: tuple[str, int], what: str, protocol: str) -> str:
    """One answer. Raises GetError, NetworkError."""
    address, port = where
    if protocol == "udp":
        return await _ask_udp(process, address, port, what)
    if protocol == "sctp":
        raise NetworkError(f"sctp dial failed. err:{NO_SCTP}")
    shown = f"[{address}]" if ":" in address else address
    reply = await http_get(process, f"http://{shown}:{port}/{what}")
    return reply.body.decode(errors="replace")


async def _ask_udp(process: Process, address: str, port: int, what: str) -> str:
    host = process.host
    try:
        data = await host.network.ask(host.space, address, port, what.encode(), _UDP_WAIT)
    except NetworkError as error:
        refused = isinstance(error, RefusedError)
        fault = "read: connection refused" if refused else "i/o timeout"
        mine = host.space.addresses[0] if host.space.addresses else "127.0.0.1"
        words = f"read udp {mine}:40000->{address}:{port}: {fault}"
        raise NetworkError(f"reading from udp connection failed. err:'{words}'") from None
    return data.decode(errors="replace")
