"""The programs `aws-ebs-csi-driver` and `hostpathplugin`: each serves its driver on a socket."""

from __future__ import annotations

import asyncio

from breakfix.embedded.client import Reader
from breakfix.embedded.csi.api import Api
from breakfix.embedded.csi.disks import disks_of
from breakfix.embedded.csi.ebs import ATTACHMENTS, NAME, REGION, ZONE, Ebs
from breakfix.embedded.csi.hostpath import NAME as HOSTPATH
from breakfix.embedded.csi.hostpath import HostPath
from breakfix.embedded.csi.program import ExitError, Flags, Klog, enter, until_told
from breakfix.embedded.csi.sockets import close, listen
from breakfix.embedded.csi.types import Driver
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, labels_of

ENDPOINT = "unix://tmp/csi.sock"


async def ebs(process: Process) -> int:
    """`aws-ebs-csi-driver [all|controller|node] --endpoint=ADDRESS`."""
    flags, log = Flags(process.argv[1:]), Klog(process, "driver.go")
    mode = flags.words[0] if flags.words else "all"

    async def live() -> None:
        if mode not in ("all", "controller", "node"):
            await process.err(f'Error: unknown command "{mode}" for "aws-ebs-csi-driver"\n')
            raise ExitError(1)
        node = await _node(process, log) if mode != "controller" else None
        limit = flags.number("volume-attach-limit", -1)
        if limit < 0:
            limit = ATTACHMENTS - max(flags.number("reserved-volume-attachments", 0), 0)
        cloud = _cloud(process)
        disks = disks_of(process.host.network, NAME, cloud)
        driver = Ebs(process.host, disks, cloud, node, limit)
        await log.info(f'"Driver Information" Driver="{NAME}" Version="{driver.version}"', 61)
        await serve(process, flags.text("endpoint", ENDPOINT), driver, log)

    return await until_told(process, live)


async def _node(process: Process, log: Klog) -> Object:
    """The Node that it runs on, with its zone: the metadata of the instance. Raises ExitError."""
    name = process.env.get("CSI_NODE_NAME", "")
    head = '"Failed to initialize metadata when it is required" err="'
    if not name:
        await log.fatal(head + 'CSI_NODE_NAME env var not set"')
    api: Api = await enter(process, log)
    try:
        found = api.fetch("nodes", name)
    except StatusError as error:
        await log.fatal(f'{head}error getting Node {name}: {error}"')
        raise ExitError(1) from error
    for label, what in ((REGION, "region"), (ZONE, "AZ")):
        if not labels_of(found).get(label):
            await log.fatal(f'{head}could not retrieve {what} from topology label"')
    return found


def _cloud(process: Process) -> Reader:
    """The cloud knows its instances by itself. Raises ExitError where there is none."""
    api = process.host.api
    if api is None:
        raise ExitError(1)
    return api  # type: ignore[return-value]


async def hostpath(process: Process) -> int:
    """`hostpathplugin --drivername=NAME --endpoint=ADDRESS --nodeid=ID`."""
    flags, log = Flags(process.argv[1:]), Klog(process, "hostpath.go")

    async def live() -> None:
        node = flags.text("nodeid")
        if not node:
            await process.err("Failed to initialize driver: no node id provided\n")
            raise ExitError(1)
        name = flags.text("drivername", HOSTPATH)
        disks = disks_of(process.host.network, name, _cloud(process))
        limit, attach = flags.number("maxvolumespernode"), flags.is_on("enable-attach", True)
        driver = HostPath(process.host, disks, node, name, limit, attach)
        await log.info(f"Driver: {name}", 101)
        await serve(process, flags.text("endpoint", ENDPOINT), driver, log)

    return await until_told(process, live)


async def serve(process: Process, address: str, driver: Driver, log: Klog) -> None:
    """Until the process ends. Raises ExitError where there can be no socket."""
    try:
        listening = listen(process, address, driver)
    except OSError as error:
        path = address.removeprefix("unix:/")
        await log.fatal(
            f"Failed to listen: listen unix {path}: bind: {(error.strerror or '').lower()}"
        )
        raise ExitError(1) from error
    try:
        await log.info(f'"Listening for connections" address="{address}"', 120)
        await asyncio.Event().wait()
    finally:
        close(process, address, listening)
