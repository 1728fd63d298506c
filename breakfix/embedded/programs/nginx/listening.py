"""nginx's listening sockets: opened in some tries, and closed when no server has them."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.network.types import Listener, Serve
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.nginx.logs import Logs
from breakfix.embedded.programs.nginx.server import Server
from breakfix.embedded.programs.sockets import Serving

Address = tuple[str, int]  # and port
_TRIES, _PAUSE = 5, 0.5  # s


async def open_sockets(
    serving: Serving, servers: list[Server], serve: Callable[[str, int], Serve], logs: Logs
) -> None:
    """Listen on the addresses of all servers, and on no others. Those of before are closed
    last, and stay where that fails. Raises ConfigError."""
    before = _open(serving)
    wanted = dict.fromkeys((a, p) for s in servers for a, p, _, _ in s.listens)
    try:
        await _open_all(serving, [w for w in wanted if w not in before], serve, logs)
    except ConfigError:
        _close(serving, _open(serving) - before)
        raise
    _close(serving, before - set(wanted))


async def _open_all(
    serving: Serving, left: list[Address], serve: Callable[[str, int], Serve], logs: Logs
) -> None:
    """Raises ConfigError."""
    for _ in range(_TRIES):
        left = [w for w in left if not await _listens(serving, *w, serve(*w), logs)]
        if not left:
            return
        await logs.log("notice", "try again to bind() after 500ms")
        await logs.process.host.clock.sleep(_PAUSE)
    raise ConfigError("still could not bind()")


def _address(listener: Listener) -> Address:
    return getattr(listener, "address", ""), listener.port


def _open(serving: Serving) -> set[Address]:
    return {_address(x) for x in serving.listeners}


def _close(serving: Serving, addresses: set[Address]) -> None:
    for listener in [x for x in serving.listeners if _address(x) in addresses]:
        listener.close()
        serving.listeners.remove(listener)


async def _listens(serving: Serving, address: str, port: int, serve: Serve, logs: Logs) -> bool:
    """Listen there; says whether it does. Raises ConfigError where it never can."""
    try:
        serving.tcp(port, serve, address)
    except OSError as error:
        shown = f"[{address}]" if ":" in address else address
        text = f"bind() to {shown}:{port} failed ({error.errno}: {error.strerror})"
        if isinstance(error, PermissionError) or "assign" in str(error.strerror):
            raise ConfigError(text) from None
        await logs.say("emerg", text)
        return False
    return True
