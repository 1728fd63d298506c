"""agnhost nettest: a web server that keeps account of who has called it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import UsageError, flags, go_json
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import HttpServer, mux
from breakfix.embedded.programs.sockets import Serving

_FLAGS = {"port": "8080", "peers": "8", "service": "nettest", "namespace": "default",
          "delay-shutdown": "0"}  # fmt: skip


@dataclass
class _State:
    """Field names as the program's JSON has them."""

    Hostname: str
    Sent: dict[str, int] | None = None
    Received: dict[str, int] | None = None
    Errors: list[str] | None = None
    Log: list[str] = field(default_factory=list)
    StillContactingPeers: bool = True


class _Nettest:
    def __init__(self, process: Process, peers: int) -> None:
        self._peers = peers
        self._state = _State(process.host.hostname)
        self.serving = Serving(process)

    async def read(self, _request: Request) -> Response:
        return written(json.dumps(vars(self._state), indent="\t"))

    async def write(self, request: Request) -> Response:
        state = self._state
        try:
            source = str(json.loads(request.body).get("Source") or "")
        except (ValueError, AttributeError) as error:
            source, state.Errors = "", [*(state.Errors or []), str(error)]
        if source:
            state.Received = state.Received or {}
            state.Received[source] = state.Received.get(source, 0) + 1
        else:
            words = f"{state.Hostname}: Got request with no source"
            state.Errors = [*(state.Errors or []), words]
        return written(go_json({"Hostname": state.Hostname}) + "\n")

    async def status(self, _request: Request) -> Response:
        state = self._state
        if min(len(state.Sent or ()), len(state.Received or ())) >= self._peers:
            return written("pass")
        return written("running" if state.StillContactingPeers else "fail")

    async def quit(self, _request: Request) -> Response:
        self.serving.end(0)
        return written("")


async def nettest(process: Process) -> int:
    """`agnhost nettest [--port P] [--peers N]`. Peers are not called: no pod may by default
    read the endpoints that would name them."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    test = _Nettest(process, int(given["peers"]))
    pages = {"/read": test.read, "/write": test.write, "/status": test.status, "/quit": test.quit}
    process.handlers[signal.SIGTERM] = lambda: test.serving.end(2)
    test.serving.tcp(int(given["port"]), HttpServer(mux(pages), process.host.clock).serve)
    return await test.serving.run()
