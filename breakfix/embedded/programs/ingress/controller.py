"""ingress-nginx's controller: `nginx-ingress-controller [FLAGS]`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import signal
import ssl
from collections.abc import Callable

from breakfix.embedded.client import Change
from breakfix.embedded.csi.api import Api, NoApiError, in_cluster
from breakfix.embedded.csi.election import Election
from breakfix.embedded.csi.program import Klog
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.ingress.admission import Admission, webhook_server
from breakfix.embedded.programs.ingress.config import password_file, rendered
from breakfix.embedded.programs.ingress.model import (
    CLASSES,
    INGRESSES,
    SLICES,
    Builder,
    Model,
    Rules,
    UnfitError,
    check_class,
    ours,
)
from breakfix.embedded.programs.ingress.nginx import VERSION, IngressNginx
from breakfix.embedded.programs.ingress.status import INTERVAL, Status
from breakfix.embedded.programs.klog import Log, quoted
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.options import FlagError, go_flags
from breakfix.embedded.programs.sockets import Serving

CONF = "/etc/nginx/nginx.conf"
PAUSE = 1 / 0.3  # s between two syncs: --sync-rate-limit
COMPONENT = "nginx-ingress-controller"
WATCHED = {INGRESSES: "*v1.Ingress", CLASSES: "*v1.IngressClass", "services": "*v1.Service",
           SLICES: "*v1.EndpointSlice", "secrets": "*v1.Secret", "configmaps":
           "*v1.ConfigMap"}  # fmt: skip
FLAGS = {
    "ingress-class": "nginx", "controller-class": "k8s.io/ingress-nginx", "publish-service": "",
    "publish-status-address": "", "default-backend-service": "", "election-id":
    "ingress-controller-leader", "configmap": "", "watch-ingress-without-class": "false",
    "watch-namespace": "", "http-port": "80", "https-port": "443", "healthz-port": "10254",
    "validating-webhook": "", "validating-webhook-certificate": "", "validating-webhook-key": "",
    "default-ssl-certificate": "", "update-status": "true", "enable-metrics": "false", "v": "2",
    "report-node-internal-ip-address": "false", "tcp-services-configmap": "",
    "udp-services-configmap": "", "enable-ssl-passthrough": "false", "ingress-class-by-name":
    "false", "disable-leader-election": "false", "sync-rate-limit": "0.3", "version": "false",
    "update-status-on-shutdown": "true", "shutdown-grace-period": "0", "annotations-prefix":
    "nginx.ingress.kubernetes.io", "apiserver-host": "", "watch-namespace-selector": "",
    "enable-ssl-chain-completion": "false", "metrics-per-host": "true", "election-ttl": "30s",
    "disable-catch-all": "false", "enable-annotation-validation": "true", "deep-inspect": "true",
    "dynamic-configuration-retries": "15", "health-check-path": "/healthz",
    "force-namespace-isolation": "false", "profiling": "true", "logtostderr": "true",
    "disable-svc-external-name": "false", "disable-full-test": "false", "time-buckets": "",
    "post-shutdown-grace-period": "10", "disable-sync-events": "false", "status-port": "10246",
    "stream-port": "10247", "profiler-port": "10245", "maxmind-edition-ids": "",
    "enable-topology-aware-routing": "false", "status-update-interval": "60",
}  # fmt: skip
_LINE = "-" * 79
_RETRY = 5.0  # s


class ExitError(Exception):
    """The program ends; it has been said why."""


class IngressController:
    """One process. `pod` is its own."""

    def __init__(self, process: Process, api: Api, flags: dict[str, str], pod: Object) -> None:
        self.process, self.api, self.flags, self.pod = process, api, flags, pod
        self.klog = Log(process)
        self.rules = Rules(
            flags["ingress-class"], flags["controller-class"],
            flags["watch-ingress-without-class"] == "true", flags["watch-namespace"],
        )  # fmt: skip
        self.nginx = IngressNginx(process)
        self._dirty = asyncio.Event()
        self._text = ""
        self._warned: set[str] = set()
        self.status = Status(
            api, self.klog, self.rules, pod, flags["publish-service"],
            flags["publish-status-address"],
        )  # fmt: skip

    @property
    def ports(self) -> tuple[int, int]:
        """Of HTTP and HTTPS."""
        return int(self.flags["http-port"]), int(self.flags["https-port"])

    # -- watching ------------------------------------------------------------------------

    async def synced(self) -> None:
        """Until everything may be watched."""
        for resource, kind in WATCHED.items():
            while True:
                try:
                    self.api.may_watch(resource)
                    break
                except StatusError as error:
                    place = "k8s.io/client-go/informers/factory.go:160"
                    words = f'"Failed to watch" err={quoted(f"failed to list {kind}: {error}")}'
                    await self.klog.error("reflector.go:200", f"{words} logger={quoted(place)}")
                    await self.process.host.clock.sleep(_RETRY)

    def watch(self) -> None:
        """Be told of every change."""
        for resource in WATCHED:
            seen: Callable[[Change], None] = (
                self._ingress_changed if resource == INGRESSES else self._changed
            )
            self.api.subscribe(resource, seen)
        for item in self.api.list(INGRESSES, self.rules.namespace):
            self._seen(item)
        self._dirty.set()

    def _changed(self, _: Change) -> None:
        self._dirty.set()

    def _ingress_changed(self, change: Change) -> None:
        before = change.old
        same = before is not None and before["spec"] == change.new["spec"] \
            and _annotations(before) == _annotations(change.new)  # fmt: skip
        if change.type == "DELETED":
            self._dirty.set()
        elif not same:
            self._seen(change.new)
            self._dirty.set()

    def _seen(self, item: Object) -> None:
        """A new one, or a new version of one."""
        where = f'ingress="{namespace_of(item)}/{name_of(item)}"'
        try:
            name = check_class(self.api, item, self.rules)
        except UnfitError as why:
            words = '"Ignoring ingress because of error while validating ingress class"'
            self.say(self.klog.info, "store.go:436", f"{words} {where} error={quoted(str(why))}")
            return
        self.say(self.klog.info, "store.go:440", f'"Found valid IngressClass" {where} '
                 f'ingressclass="{name or "_"}"')  # fmt: skip
        self.event(item, "Sync", "Scheduled for sync")

    def say(self, how: Callable[..., object], place: str, words: str) -> None:
        """A line, from where nothing can be awaited."""
        assert self.nginx.serving is not None  # noqa: S101 - it serves while it watches
        self.nginx.serving.begin(how(place, words))  # type: ignore[arg-type]

    def event(self, about: Object, reason: str, message: str) -> None:
        """An Event."""
        self.api.event(about, "Normal", reason, message, component=COMPONENT)

    # -- syncing -------------------------------------------------------------------------

    async def work(self) -> None:
        """Bring nginx up to date whenever something has changed."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await self.sync()
            await self.process.host.clock.sleep(PAUSE)

    async def sync(self) -> None:
        """Once."""
        model = Builder(self.api, self.flags["default-backend-service"]).build(
            ours(self.api, self.rules)
        )
        await self._warn(model)
        self._passwords(model)
        await self._certificates(model)
        written = rendered(model, self.ports)
        if written != self._text:
            await self._reload(written)
        self.nginx.set_endpoints(model.endpoints)

    async def _warn(self, model: Model) -> None:
        for words in model.warnings:
            if words not in self._warned:
                await self.klog.warn("controller.go:1216", words)
        self._warned = set(model.warnings)

    async def _reload(self, written: str) -> None:
        first = not self._text
        words = '"Configuration changes detected, backend reload required"'
        await self.klog.info("controller.go:196", words)
        self.process.files.write(CONF, written.encode())
        if error := await self.nginx.reload_or_keep():
            await self.klog.error("controller.go:215", "Unexpected failure reloading the backend:"
                                  f"\n{_LINE}\nError: exit status 1\n{error}\n{_LINE}")  # fmt: skip
            words = f"Error reloading NGINX: exit status 1 {error}"
            self.api.event(self.pod, "Warning", "RELOAD", words, component=COMPONENT)
            return
        self._text = written
        await self.klog.info("controller.go:216", '"Backend successfully reloaded"')
        if first:
            await self.klog.info("controller.go:227", '"Initial sync, sleeping for 1 second"')
        self.event(self.pod, "RELOAD", "NGINX reload triggered due to a change in configuration")

    def _passwords(self, model: Model) -> None:
        for server in model.servers.values():
            for location in server.locations.values():
                wanted = location.annotation("auth-secret")
                if location.annotation("auth-type") != "basic" or not wanted:
                    continue
                namespace, slash, name = wanted.partition("/")
                where = (namespace, name) if slash else (namespace_of(location.ingress), wanted)
                secret = self.api.get("secrets", where[1], where[0]) or {}
                data = base64.b64decode((secret.get("data") or {}).get("auth", ""))
                path = password_file(location)
                with contextlib.suppress(OSError):
                    self.process.files.mkdir("/etc/ingress-controller/auth", True)
                    self.process.files.write(path, data)

    async def _certificates(self, model: Model) -> None:
        found: dict[str, ssl.SSLContext] = {}
        if default := self.flags["default-ssl-certificate"]:
            namespace, _, name = default.partition("/")
            await self._certificate(found, "_", (namespace, name))
        for server in model.servers.values():
            if server.secret is not None:
                await self._certificate(found, server.host, server.secret)
        self.nginx.contexts = found

    async def _certificate(
        self, into: dict[str, ssl.SSLContext], host: str, key: tuple[str, str]
    ) -> None:
        where = f"{key[0]}/{key[1]}"
        secret = self.api.get("secrets", key[1], key[0])
        words = f"local SSL certificate {where} was not found. Using default certificate"
        if secret is not None:
            data = {k: base64.b64decode(v) for k, v in (secret.get("data") or {}).items()}
            try:
                into[host] = server_context(data["tls.crt"], data["tls.key"])
                return
            except (KeyError, ssl.SSLError):
                words = f'unexpected error validating SSL certificate "{where}" for server "{host}"'
        else:
            words = f'Error getting SSL certificate "{where}": {words}'
        if words not in self._warned:
            await self.klog.warn("controller.go:1451", words)
            self._warned.add(words)

    # -- the rest ------------------------------------------------------------------------

    async def lead(self) -> None:
        """Write statuses now and then, while it is the leader."""
        election = Election(
            self.api, Klog(self.process, "leaderelection.go"), namespace_of(self.pod),
            self.flags["election-id"], name_of(self.pod),
        )  # fmt: skip
        while True:
            await election.win()
            keeping = asyncio.ensure_future(election.keep())
            try:
                while not keeping.done():
                    await self.status.write()
                    timer = asyncio.ensure_future(self.process.host.clock.sleep(INTERVAL))
                    await asyncio.wait((keeping, timer), return_when=asyncio.FIRST_COMPLETED)
                    timer.cancel()
            finally:
                keeping.cancel()

    async def health(self, request: Request) -> Response:
        """Of the port for probes."""
        if request.path == self.flags["health-check-path"]:
            return text(200, "ok")
        if request.path == "/metrics":
            return text(200, "")
        return text(404, "404 page not found\n")


def _annotations(item: Object) -> Object:
    found: Object = item["metadata"].get("annotations") or {}
    return found


async def ingress_controller(process: Process) -> int:
    """Serve until told to end."""
    klog = Log(process)
    await process.out(f"{_LINE}\nNGINX Ingress controller\n  Release:       v1.13.0\n  Build:      "
                      "   ddf4f6a5c4a5b1d6cc0ca2b3f0f0b9e0f3d4a5b6\n  Repository:    "
                      "https://github.com/kubernetes/ingress-nginx\n  nginx version: nginx/"
                      f"{VERSION}\n\n{_LINE}\n\n")  # fmt: skip
    try:
        flags, _ = go_flags(process.argv[1:], FLAGS)
        controller = await _made(process, klog, flags)
        return await _serve(controller)
    except FlagError as error:
        await process.err(f"{error}\n")
        await klog.fatal("main.go:70", str(error))
        return 1
    except ExitError:
        return 255


async def _made(process: Process, klog: Log, flags: dict[str, str]) -> IngressController:
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
    for flag in ("default-backend-service", "publish-service"):
        await _check_service(api, klog, flags[flag])
    name, namespace = process.env.get("POD_NAME", ""), process.env.get("POD_NAMESPACE", "")
    if not name or not namespace:
        await klog.fatal("main.go:148", "unable to get POD information (missing POD_NAME or "
                         "POD_NAMESPACE environment variable")  # fmt: skip
        raise ExitError
    try:
        pod = api.fetch("pods", name, namespace)
    except StatusError as error:
        await klog.fatal("main.go:148", f"unable to get POD information: {error}")
        raise ExitError from None
    return IngressController(process, api, flags, pod)


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


async def _serve(controller: IngressController) -> int:
    process, klog, flags = controller.process, controller.klog, controller.flags
    nginx = controller.nginx
    process.files.write(
        CONF, rendered(Builder(controller.api).build(()), controller.ports).encode()
    )
    try:
        await nginx.begin()
    except ConfigError as error:
        await klog.fatal("nginx.go:309", f"Error starting NGINX: {error}")
        return 255
    serving, inner = Serving(process), nginx.serving
    assert inner is not None  # noqa: S101 - it has begun
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        process.handlers[number] = done.set

    async def end() -> None:
        await done.wait()
        await klog.info("sigterm.go:36", '"Received SIGTERM, shutting down"')
        await klog.info("nginx.go:387", '"Shutting down controller queues"')
        serving.end(0)

    clock = process.host.clock
    try:
        serving.tcp(int(flags["healthz-port"]), HttpServer(controller.health, clock).serve)
        if flags["validating-webhook"]:
            await _webhook(controller, serving)
    except (OSError, ssl.SSLError) as error:
        await klog.fatal("main.go:170", str(error))
        serving.close()
        inner.close()
        return 255
    await klog.info("nginx.go:320", '"Starting NGINX process"')

    async def work() -> None:
        await controller.synced()
        controller.watch()
        if flags["update-status"] == "true":
            serving.start(controller.lead())
        await controller.work()

    serving.start(end())
    serving.start(work())
    try:
        return await serving.run()
    finally:
        inner.close()
        controller.api.close()


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
