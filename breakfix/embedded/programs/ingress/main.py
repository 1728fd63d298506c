"""ingress-nginx's controller, the program: `nginx-ingress-controller [FLAGS]`."""

from __future__ import annotations

from breakfix.embedded.csi.api import Api, NoApiError, in_cluster
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object
from breakfix.embedded.programs.ingress.controller import LINE, IngressController
from breakfix.embedded.programs.ingress.flags import FLAGS
from breakfix.embedded.programs.ingress.nginx import VERSION
from breakfix.embedded.programs.ingress.serving import serve
from breakfix.embedded.programs.klog import Log
from breakfix.embedded.programs.options import FlagError, go_flags

_BANNER = (
    f"{LINE}\nNGINX Ingress controller\n  Release:       v1.13.0\n  Build:      "
    "   ddf4f6a5c4a5b1d6cc0ca2b3f0f0b9e0f3d4a5b6\n  Repository:    "
    f"https://github.com/kubernetes/ingress-nginx\n  nginx version: nginx/{VERSION}\n\n{LINE}\n\n"
)


class ExitError(Exception):
    """The program ends; it has been said why."""


async def ingress_controller(process: Process) -> int:
    """Serve until told to end."""
    klog = Log(process)
    await process.out(_BANNER)
    try:
        flags, _ = go_flags(process.argv[1:], FLAGS)
        return await serve(await _made(process, klog, flags))
    except FlagError as error:
        await process.err(f"{error}\n")
        await klog.fatal("main.go:70", str(error))
        return 1
    except ExitError:
        return 255


async def _made(process: Process, klog: Log, flags: dict[str, str]) -> IngressController:
    """Raises ExitError."""
    api = await _client(process, klog)
    for flag in ("default-backend-service", "publish-service"):
        await _check_service(api, klog, flags[flag])
    return IngressController(process, api, flags, await _own_pod(process, api, klog))


async def _client(process: Process, klog: Log) -> Api:
    """Raises ExitError."""
    try:
        api = await in_cluster(process)
    except NoApiError as error:
        words = "Error while initiating a connection to the Kubernetes API server. This could mean"
        await klog.fatal("main.go:83", f"{words} the cluster is misconfigured. Reason: {error}")
        raise ExitError from None
    host = process.env.get("KUBERNETES_SERVICE_HOST", "")
    await klog.info("main.go:205", f'"Creating API client" host="https://{host}:443"')
    await klog.info("main.go:248", '"Running in Kubernetes cluster" major="1" minor="34" '
                    'git="v1.34.4" state="clean" platform="linux/amd64"')  # fmt: skip
    return api


async def _check_service(api: Api, klog: Log, where: str) -> None:
    """Raises ExitError where it is not there."""
    if not where:
        return
    namespace, slash, name = where.partition("/")
    try:
        api.fetch("services", name if slash else namespace, namespace if slash else "")
    except StatusError as error:
        words = f"No service with name {where} found: {error}"
        if error.code in (401, 403):
            words = ("✖ The cluster seems to be running with a restrictive Authorization mode and "
                     "the Ingress controller does not have the required permissions to operate "
                     "normally.")  # fmt: skip
        await klog.fatal("main.go:109", words)
        raise ExitError from None


async def _own_pod(process: Process, api: Api, klog: Log) -> Object:
    """Raises ExitError where it is not known."""
    name, namespace = process.env.get("POD_NAME", ""), process.env.get("POD_NAMESPACE", "")
    if not name or not namespace:
        await klog.fatal("main.go:148", "unable to get POD information (missing POD_NAME or "
                         "POD_NAMESPACE environment variable")  # fmt: skip
        raise ExitError
    try:
        return api.fetch("pods", name, namespace)
    except StatusError as error:
        await klog.fatal("main.go:148", f"unable to get POD information: {error}")
        raise ExitError from None
