"""node-driver-registrar tells the kubelet of a driver; livenessprobe says whether it answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from breakfix.embedded.csi.program import ExitError, Flags, Klog, until_told
from breakfix.embedded.csi.sidecar import connected
from breakfix.embedded.csi.sockets import close, dial, listen
from breakfix.embedded.csi.types import Driver
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.sockets import Serving

FOLDER = "/registration"  # where the kubelet's plugins_registry is mounted


@dataclass
class Registration:
    """What the kubelet reads from a plugin's socket, and its answer.

    `endpoint` is a path of the node.
    """

    name: str
    endpoint: str
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    error: str = ""

    def answer(self, error: str = "") -> None:
        """The kubelet has registered the plugin, or could not."""
        self.error = error
        self.answered.set()


async def registrar(process: Process) -> int:
    """`csi-node-driver-registrar --csi-address=PATH --kubelet-registration-path=PATH`."""
    flags, log = Flags(process.argv[1:]), Klog(process, "main.go")
    path = flags.text("kubelet-registration-path")

    async def live() -> None:
        if not path:
            await log.fatal("kubelet-registration-path is a required parameter")
        address = flags.text("csi-address", "/run/csi/socket")
        await log.info(f'"Attempting to open a gRPC connection" csiAddress="{address}"', 178)
        listening = await connected(process, log, address)
        driver = listening.server
        name = driver.name if isinstance(driver, Driver) else ""
        await log.info(f'"CSI driver name" csiDriverName="{name}"', 189)
        found = Registration(name, path)
        socket = f"{flags.text('plugin-registration-path', FOLDER)}/{name}-reg.sock"
        await _registered(process, log, found, socket)

    return await until_told(process, live)


async def _registered(process: Process, log: Klog, found: Registration, socket: str) -> None:
    """Until the kubelet refuses. Raises ExitError."""
    try:
        listening = listen(process, socket, found)
    except OSError as error:
        await log.fatal(f'"Failed to listen on socket" err="{error.strerror}" socket="{socket}"')
        raise ExitError(1) from error
    try:
        await log.info(f'"Starting Registration Server" socketPath="{socket}"', 83)
        await found.answered.wait()
        if found.error:
            await log.error(
                f'"Registration process failed with error, restarting registration container" '
                f'err="{found.error}"', 119,
            )  # fmt: skip
            raise ExitError(1)
        await log.info('"Received NotifyRegistrationStatus call" status="plugin_registered:true"')
        await asyncio.Event().wait()
    finally:
        close(process, socket, listening)


async def livenessprobe(process: Process) -> int:
    """`livenessprobe --csi-address=PATH [--health-port=9808]`: /healthz."""
    flags, log = Flags(process.argv[1:]), Klog(process, "main.go")
    address = flags.text("csi-address", "/run/csi/socket")
    port = flags.number("health-port", 9808)

    async def page(request: Request) -> Response:
        if request.path.partition("?")[0] != "/healthz":
            return text(404, "404 page not found\n")
        if dial(process, address) is None:
            await log.error(f'"Failed to establish connection to CSI driver" address="{address}"')
            return text(500, "context deadline exceeded")
        return text(200, "ok")

    async def live() -> None:
        await connected(process, log, address)
        await log.info(f'"ServeMux listening" address="0.0.0.0:{port}"')
        serving = Serving(process)
        serving.tcp(port, HttpServer(page, process.host.clock).serve)
        await serving.run()

    return await until_told(process, live)
