"""agnhost grpc-health-checking: a gRPC server with a health service, and a switch by HTTP."""

from __future__ import annotations

import signal

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network import grpc, grpc_health
from breakfix.embedded.network.grpc import RpcError
from breakfix.embedded.programs.agnhost.common import UsageError, flags, log
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import Serving

_FLAGS = {"port": "5000", "http-port": "8080", "delay-unhealthy-sec": "-1", "service": ""}


class _Health:
    def __init__(self, process: Process, service: str, delay: int) -> None:
        self._process, self._service, self._delay = process, service, delay
        self._clock = process.host.clock
        self._begun, self._since = self._clock.now(), self._clock.monotonic()
        self._forced: bool | None = None

    async def check(self, message: bytes) -> bytes:
        began = self._begun.strftime("%Y-%m-%d %H:%M:%S.%f000 +0000 UTC")
        text = f"Serving the Check request for health check, started at {began}"
        await log(self._process, text)
        if grpc_health.service_of(message) != self._service:
            raise RpcError(grpc.NOT_FOUND, "unknown service")
        late = 0 <= self._delay <= self._clock.monotonic() - self._since
        bad = late or self._forced is True
        return grpc_health.response(grpc_health.NOT_SERVING if bad else grpc_health.SERVING)

    def switch(self, unhealthy: bool) -> Handler:
        async def handle(_request: Request) -> Response:
            await log(self._process, f"Mark as {'un' if unhealthy else ''}healthy")
            self._forced = unhealthy
            return written(f"{self._clock.monotonic() - self._since:.9g}s")

        return handle


async def grpc_health_checking(process: Process) -> int:
    """`agnhost grpc-health-checking [--port P] [--http-port P] [--service NAME]`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    health = _Health(process, given["service"], int(given["delay-unhealthy-sec"]))
    pages = {"/make-not-serving": health.switch(True), "/make-serving": health.switch(False)}
    serving = Serving(process)
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    servers = (("Http", given["http-port"], HttpServer(mux(pages), process.host.clock).serve),
               ("gRPC", given["port"], grpc.Server({grpc_health.CHECK: health.check}).serve),
               )  # fmt: skip
    for kind, port, serve in servers:
        await log(process, f"{kind} server starting to listen on :{port}")
        try:
            serving.tcp(int(port), serve)
        except OSError as error:
            words = str(error.strerror).lower()
            await log(process, f"Error while starting the listening service listen tcp :{port}: "
                               f"bind: {words}")  # fmt: skip
            serving.close()
            return 1
    return await serving.run()
