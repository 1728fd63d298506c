"""A sidecar: it has a driver behind a socket, the API, and a controller that joins the two."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.csi.api import TOKEN, Api
from breakfix.embedded.csi.election import Election
from breakfix.embedded.csi.program import Flags, Klog, enter, until_told
from breakfix.embedded.csi.sockets import Listening, dial, path_of
from breakfix.embedded.csi.types import Driver
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object

PATIENCE = 10.0  # s between two lines that it still connects
FIRST_LIST, LAST_LIST = 0.8, 30.0  # s between attempts of a reflector


@dataclass
class Sidecar:
    """What a sidecar's controllers work with."""

    process: Process
    flags: Flags
    log: Klog
    api: Api
    driver: Driver
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def component(self) -> str:
        """The source of the provisioner's events."""
        return f"{self.driver.name}_{self.process.host.hostname}_{self.id}"

    def event(
        self, about: Object, type: str, reason: str, message: str, component: str = ""
    ) -> None:
        """An Event; lost where the ServiceAccount may not make any."""
        self.api.event(about, type, reason, message, component=component or self.component)


class SidecarController(Controller):
    """What it does, it does with the driver's help."""

    first_retry, last_retry = 1.0, 300.0  # s, as external-provisioner and the others have it

    def __init__(self, sidecar: Sidecar) -> None:
        super().__init__(sidecar.api)
        self.sidecar, self.driver = sidecar, sidecar.driver


Make = Callable[[Sidecar], Sequence[Controller]]
KINDS = {
    "persistentvolumeclaims": "*v1.PersistentVolumeClaim",
    "nodes": "*v1.Node",
    "persistentvolumes": "*v1.PersistentVolume",
    "storageclasses.storage.k8s.io": "*v1.StorageClass",
    "csinodes.storage.k8s.io": "*v1.CSINode",
    "volumeattachments.storage.k8s.io": "*v1.VolumeAttachment",
    "volumesnapshots.snapshot.storage.k8s.io": "*v1.VolumeSnapshot",
    "volumesnapshotcontents.snapshot.storage.k8s.io": "*v1.VolumeSnapshotContent",
    "volumesnapshotclasses.snapshot.storage.k8s.io": "*v1.VolumeSnapshotClass",
}


async def connected(process: Process, log: Klog, address: str) -> Listening:
    """The driver's socket, once there is one."""
    waited = 0.0
    while (found := dial(process, address)) is None or not isinstance(found.server, Driver):
        await process.host.clock.sleep(0.5)
        waited += 0.5
        if waited % PATIENCE == 0:
            await log.of("connection.go").error(
                f'"Still connecting" address="unix://{path_of(address)}"', 105
            )
    return found


async def informed(api: Api, log: Klog, resources: Sequence[str]) -> None:
    """Until everything that is needed may be listed and watched."""
    for resource in resources:
        pause = FIRST_LIST
        while (why := _refused(api, resource)) is not None:
            kind = KINDS.get(resource, resource)
            await log.of("reflector.go").error(
                f'"Failed to watch" err="failed to list {kind}: {why}" logger="UnhandledError" '
                f'reflector="k8s.io/client-go/informers/factory.go:160" type="{kind}"', 205,
            )  # fmt: skip
            await api.clock.sleep(pause)
            pause = min(pause * 2, LAST_LIST)


def _refused(api: Api, resource: str) -> str | None:
    try:
        api.may_watch(resource)
    except StatusError as error:
        return str(error).replace('"', '\\"')
    return None


async def run(
    process: Process, file: str, resources: Sequence[str], make: Make, lock: str = ""
) -> int:
    """The whole life of a sidecar. `resources` are watched; `lock` begins the Lease's name."""
    flags, log = Flags(process.argv[1:]), Klog(process, file)
    address = flags.text("csi-address", "/run/csi/socket")

    async def live() -> None:
        await log.info('"Version" version="v1.0.0"')
        api = await enter(process, log)
        try:
            listening = await connected(process, log, address)
            driver = listening.server
            if not isinstance(driver, Driver):
                raise TypeError(address)
            await log.info(f'"CSI driver name" driver="{driver.name}"')
            sidecar = Sidecar(process, flags, log, api, driver)
            work = _led(sidecar, resources, make, lock)
            await _while_connected(listening, work, log, address)
        finally:
            api.close()

    return await until_told(process, live)


async def _while_connected(
    listening: Listening, doing: Coroutine[Any, Any, None], log: Klog, address: str
) -> None:
    """Sidecars end when they lose their driver: the kubelet starts them again."""
    await until_first(doing, _closed(listening))
    if listening.closed.is_set():
        where = f"unix://{path_of(address)}"
        await log.fatal(f'"Lost connection to CSI driver, exiting" address="{where}"')


async def _closed(listening: Listening) -> None:
    await listening.closed.wait()


async def until_first(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them is over; the others are cancelled. Raises what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _led(sidecar: Sidecar, resources: Sequence[str], make: Make, lock: str) -> None:
    if not lock or not sidecar.flags.is_on("leader-election"):
        await work(sidecar, resources, make)
        return
    name = sanitized(f"{lock}-{sidecar.driver.name}" if lock != "-" else sidecar.driver.name)
    election = Election(
        sidecar.api, sidecar.log, own_namespace(sidecar), name, sidecar.process.host.hostname
    )
    await election.win()
    await lead(election, work(sidecar, resources, make), sidecar.log)


async def lead(election: Election, doing: Coroutine[Any, Any, None], log: Klog) -> None:
    """Work while this one leads. Raises ExitError when it does not any more."""
    await until_first(doing, election.keep())
    await log.fatal('"Leader election lost"')


def own_namespace(sidecar: Sidecar) -> str:
    """Where the pod runs, unless a flag says another."""
    named = sidecar.flags.text("leader-election-namespace")
    if named:
        return named
    try:
        found: bytes = sidecar.process.files.read(TOKEN.replace("token", "namespace"))
    except OSError:
        return "default"
    return found.decode().strip()


async def work(sidecar: Sidecar, resources: Sequence[str], make: Make) -> None:
    """Its controllers, once their informers have begun."""
    await informed(sidecar.api, sidecar.log, resources)
    async with asyncio.TaskGroup() as group:
        for controller in make(sidecar):
            group.create_task(controller.run())


def sanitized(name: str) -> str:
    """For a label or an object's name: ebs.csi.aws.com is ebs-csi-aws-com."""
    return re.sub(r"[^a-zA-Z0-9-]", "-", name)


def again(error: Exception) -> StatusError:
    """What a controller raises to be called again later."""
    return error if isinstance(error, StatusError) else StatusError(500, "", str(error))
