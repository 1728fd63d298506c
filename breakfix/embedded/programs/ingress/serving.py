"""An ingress controller at work: its nginx, its ports, its webhook, and its end."""

from __future__ import annotations

import asyncio
import signal
import ssl

from breakfix.embedded.csi.election import Election
from breakfix.embedded.csi.program import Klog
from breakfix.embedded.objects import name_of, namespace_of
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.ingress.admission import Admission, webhook_server
from breakfix.embedded.programs.ingress.config import rendered
from breakfix.embedded.programs.ingress.controller import CONF, IngressController
from breakfix.embedded.programs.ingress.model import Builder
from breakfix.embedded.programs.ingress.status import Status
from breakfix.embedded.programs.ingress.store import Store
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.sockets import Serving


async def serve(controller: IngressController) -> int:
    """Until it is told to end."""
    klog = controller.klog
    try:
        inner = await _begin_nginx(controller)
    except ConfigError as error:
        await klog.fatal("nginx.go:309", f"Error starting NGINX: {error}")
        return 255
    serving = Serving(controller.process)
    done = _end_of_signals(controller)
    try:
        await _listen(controller, serving)
    except (OSError, ssl.SSLError) as error:
        await klog.fatal("main.go:170", str(error))
        serving.close()
        inner.close()
        return 255
    await klog.info("nginx.go:320", '"Starting NGINX process"')
    serving.start(_end(controller, serving, done))
    serving.start(_work(controller, serving, inner))
    try:
        return await serving.run()
    finally:
        inner.close()
        controller.api.close()


async def _begin_nginx(controller: IngressController) -> Serving:
    """With a configuration of no Ingress. Raises ConfigError."""
    written = rendered(Builder(controller.api).build(()), controller.ports)
    controller.process.files.write(CONF, written.encode())
    return await controller.nginx.begin()


def _end_of_signals(controller: IngressController) -> asyncio.Event:
    """Set when it is told to end."""
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        controller.process.handlers[number] = done.set
    return done


async def _end(controller: IngressController, serving: Serving, done: asyncio.Event) -> None:
    await done.wait()
    await controller.klog.info("sigterm.go:36", '"Received SIGTERM, shutting down"')
    await controller.klog.info("nginx.go:387", '"Shutting down controller queues"')
    serving.end(0)


async def _work(controller: IngressController, serving: Serving, inner: Serving) -> None:
    store = Store(controller.api, controller.klog, controller.rules, inner, controller.changed)
    await store.synced()
    store.watch()
    if controller.flags["update-status"] == "true":
        serving.start(_lead(controller))
    await controller.work()


async def _lead(controller: IngressController) -> None:
    """Write statuses while it is the leader."""
    api, flags, pod = controller.api, controller.flags, controller.pod
    election = Election(
        api, Klog(controller.process, "leaderelection.go"), namespace_of(pod),
        flags["election-id"], name_of(pod),
    )  # fmt: skip
    status = Status(
        api, controller.klog, controller.rules, pod, flags["publish-service"],
        flags["publish-status-address"],
    )  # fmt: skip
    await status.lead(election, controller.process.host.clock)


# -- ports -------------------------------------------------------------------------------


async def _listen(controller: IngressController, serving: Serving) -> None:
    """Raises OSError, ssl.SSLError."""
    flags = controller.flags

    async def health(request: Request) -> Response:
        if request.path == flags["health-check-path"]:
            return text(200, "ok")
        if request.path == "/metrics":
            return text(200, "")
        return text(404, "404 page not found\n")

    probes = HttpServer(health, controller.process.host.clock)
    serving.tcp(int(flags["healthz-port"]), probes.serve)
    if flags["validating-webhook"]:
        await _webhook(controller, serving)


async def _webhook(controller: IngressController, serving: Serving) -> None:
    """Raises OSError, ssl.SSLError."""
    flags = controller.flags
    certificate, key = flags["validating-webhook-certificate"], flags["validating-webhook-key"]
    config = flags["configmap"].partition("/")
    settings = controller.api.get("configmaps", config[2], config[0]) or {}
    snippets = (settings.get("data") or {}).get("allow-snippet-annotations") == "true"
    admission = Admission(controller.api, controller.rules, snippets=snippets)
    server = webhook_server(controller.process, admission, certificate, key)
    where = flags["validating-webhook"]
    await controller.klog.info("nginx.go:340", f'"Starting validation webhook" address="{where}" '
                               f'certPath="{certificate}" keyPath="{key}"')  # fmt: skip
    serving.tcp(int(where.rpartition(":")[2]), server.serve)
