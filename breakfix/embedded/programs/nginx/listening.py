"""nginx's listening sockets: opened in some tries, and closed when no server has them."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.network.types import Serve
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.nginx.logs import Logs
from breakfix.embedded.programs.nginx.server import Server
from breakfix.embedded.programs.sockets import Serving

_TRIES, _PAUSE = 5, 0.5  # s


async def open_sockets(
    serving: Serving, servers: list[Server], serve: Callable[[str, int], Serve], logs: Logs
) -> None:
    """Listen on the addresses of all servers. Raises ConfigError."""
    wanted = dict.fromkeys((a, p) for s in servers for a, p, _, _ in s.listens)
    kept = _kept(serving, wanted)
    left = [w for w in wanted if w not in kept]
    for _ in range(_TRIES):
        left = [w for w in left if not await _listens(serving, *w, serve(*w), logs)]
        if not left:
            return
        await logs.log("notice", "try again to bind() after 500ms")
        await logs.process.host.clock.sleep(_PAUSE)
    raise ConfigError("still could not bind()")


def _kept(serving: Serving, wanted: dict[tuple[str, int], None]) -> set[tuple[str, int]]:
    """The addresses that are open already; sockets of others are closed."""
    open_ = {(getattr(x, "address", ""), x.port): x for x in serving.listeners}
    for key, listener in open_.items():
        if key not in wanted:
            listener.close()
            serving.listeners.remove(listener)
    return set(open_)


async def _listens(serving: Serving, address: str, port: int, serve: Serve, logs: Logs) -> bool:
    """Listen there; says whether it does. Raises ConfigError where it never can."""
    try:
        serving.tcp(port, serve, address)
    except OSError as error:
        text = f"bind() to {address}:{port} failed ({error.errno}: {error.strerror})"
        if isinstance(error, PermissionError) or "assign" in str(error.strerror):
            raise ConfigError(text) from None
        await logs.say("emerg", text)
        return False
    return True
