"""metrics-server: its command line, its rights, its health and its port."""

from __future__ import annotations

import signal
import ssl
from typing import Any
from urllib.parse import unquote

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.auth.forbidden import refusal
from breakfix.embedded.csi.api import Api, NoApiError, in_cluster
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.http.api import ApiUnreachedError, ask
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.klog import Log, quoted
from breakfix.embedded.programs.metrics_server.api import MetricsApi, discovered, json, refused
from breakfix.embedded.programs.metrics_server.scrape import AUTHORITY, Scraper, Settings
from breakfix.embedded.programs.metrics_server.store import Store
from breakfix.embedded.programs.options import FlagError, go_flags
from breakfix.embedded.programs.sockets import ANY, Serving, go_duration
from breakfix.embedded.programs.tls_pairs import own_pair
from breakfix.embedded.server.paths import RequestInfo, parse
from breakfix.embedded.users import ANONYMOUS, MASTERS, User

_TYPES = "Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP"
_FLAGS = {
    "secure-port": "10250", "cert-dir": "apiserver.local.config/certificates",
    "tls-cert-file": "", "tls-private-key-file": "", "metric-resolution": "1m0s",
    "kubelet-preferred-address-types": _TYPES, "kubelet-port": "10250",
    "kubelet-use-node-status-port": "false", "kubelet-insecure-tls": "false",
    "kubelet-certificate-authority": AUTHORITY, "kubelet-request-timeout": "10s", "v": "0",
    "node-selector": "", "bind-address": ANY, "help": "false", "version": "false",
    "kubeconfig": "", "authentication-skip-lookup": "false", "logtostderr": "true",
    "requestheader-client-ca-file": "", "requestheader-allowed-names": "",
    "authorization-always-allow-paths": "/healthz,/readyz,/livez", "profiling": "true",
    "requestheader-extra-headers-prefix": "", "requestheader-group-headers": "",
    "requestheader-username-headers": "", "tls-min-version": "", "tls-cipher-suites": "",
    "authentication-kubeconfig": "", "authorization-kubeconfig": "", "shutdown-delay-duration":
    "0s", "disable-http2-serving": "false",
}  # fmt: skip
_CHECKS = ("ping", "log", "poststarthook/max-in-flight-filter",
           "poststarthook/storage-object-count-tracker-hook", "metadata-informer-sync")  # fmt: skip
_REMEMBERED = 10.0  # s that a decision counts
_RETRY = 5.0  # s


class MetricsServer:
    """One process."""

    def __init__(self, process: Process, api: Api, flags: dict[str, str]) -> None:
        self.process, self._api, self._flags = process, api, flags
        self._clock = process.host.clock
        self.klog = Log(process)
        self.resolution = go_duration(flags["metric-resolution"])
        self._store = Store(self.resolution)
        self._metrics = MetricsApi(api, self._store, self._clock.now)
        self._ticked = self._clock.monotonic()
        self._decided: dict[object, tuple[float, bool]] = {}

    # -- the start -----------------------------------------------------------------------

    async def authority(self) -> bytes:
        """The CA of those who may say who asks. Raises StatusError."""
        name = "extension-apiserver-authentication"
        found = self._api.fetch("configmaps", name, "kube-system")
        return str((found.get("data") or {}).get("requestheader-client-ca-file", "")).encode()

    def context(self, authority: bytes) -> ssl.SSLContext:
        """Raises OSError, ssl.SSLError."""
        files, flags = self.process.files, self._flags
        if flags["tls-cert-file"]:
            pair = files.read(flags["tls-cert-file"]), files.read(flags["tls-private-key-file"])
        else:
            pair = own_pair(("localhost",), ("127.0.0.1",))
        context = server_context(*pair)
        if authority:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=authority.decode())
        return context

    async def synced(self) -> None:
        """Until nodes and pods may be watched."""
        for resource, kind in (("nodes", "*v1.Node"), ("pods", "*v1.PartialObjectMetadata")):
            while True:
                try:
                    self._api.may_watch(resource)
                    break
                except StatusError as error:
                    words = f"failed to list {kind}: {error}"
                    place = "k8s.io/client-go/informers/factory.go:160"
                    await self.klog.warn("reflector.go:561", f"{place}: {words}")
                    await self._clock.sleep(_RETRY)

    async def collect(self) -> None:
        """Scrape now and then, for ever."""
        types = tuple(self._flags["kubelet-preferred-address-types"].split(","))
        settings = Settings(
            types, self._flags["kubelet-insecure-tls"] == "true",
            self._flags["kubelet-certificate-authority"], int(self._flags["kubelet-port"]),
            self._flags["kubelet-use-node-status-port"] == "true", self.resolution * 0.9,
        )  # fmt: skip
        scraper = Scraper(self.process, self._api, settings, self.klog)
        while True:
            self._ticked = self._clock.monotonic()
            self._store.store(await scraper.scrape())
            spent = self._clock.monotonic() - self._ticked
            await self._clock.sleep(max(self.resolution - spent, 0.1))

    # -- answers -------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        """One request."""
        if request.path.partition("/")[2].partition("/")[0] in ("healthz", "livez", "readyz"):
            return await self._health(request)
        user, info = _user(request), parse(request.method, request.path, dict(request.form()))
        try:
            await self._authorize(user, info)
            if info.is_resource:
                return self._metrics.answer(request, info)
        except StatusError as error:
            return refused(error)
        except ApiUnreachedError as error:
            words = f'Internal Server Error: "{request.target}": {error}'
            return text(500, words + "\n")
        found = discovered(request.path)
        return json(found) if found else text(404, "404 page not found\n")

    async def _authorize(self, user: User, info: RequestInfo) -> None:
        """Raises StatusError, ApiUnreachedError."""
        if MASTERS in user.groups:
            return
        asked = Attributes(
            user, info.verb, info.group, info.version, info.resource, info.subresource,
            info.namespace, info.name, path="" if info.is_resource else info.path,
        )  # fmt: skip
        now = self._clock.monotonic()
        key = (user.name, user.groups, tuple(info))
        until, allowed = self._decided.get(key, (0.0, False))
        if until <= now:
            allowed = await self._reviewed(user, info)
            self._decided = {k: v for k, v in self._decided.items() if v[0] > now}
            self._decided[key] = now + _REMEMBERED, allowed
        if not allowed:
            raise refusal(asked)

    async def _reviewed(self, user: User, info: RequestInfo) -> bool:
        spec: dict[str, Any] = {"user": user.name, "groups": list(user.groups)}
        if info.is_resource:
            spec["resourceAttributes"] = {
                "verb": info.verb, "group": info.group, "version": info.version,
                "resource": info.resource, "namespace": info.namespace, "name": info.name,
            }  # fmt: skip
        else:
            spec["nonResourceAttributes"] = {"path": info.path, "verb": info.verb}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": spec}  # fmt: skip
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        status, found = await ask(self.process, "POST", path, body)
        if status >= 300:  # noqa: PLR2004
            raise ApiUnreachedError(found.get("message", ""))
        return bool((found.get("status") or {}).get("allowed"))

    async def _health(self, request: Request) -> Response:
        kind = request.path.strip("/").partition("/")[0]
        lines, good = [f"[+]{name} ok" for name in _CHECKS], True
        name, why = "metric-storage-ready", ""
        if kind == "readyz" and not self._store.ready:
            why = "no metrics to serve"
        if kind == "livez":
            name = "metric-collection-timely"
            waited = self._clock.monotonic() - self._ticked
            if waited > 1.5 * self.resolution:
                why = f"metrics were not collected in time: {waited:.0f}s"
        if why:
            await self.klog.info(
                "server.go:192", f'"Failed probe" probe="{name}" err={quoted(why)}'
            )
            good = False
        lines.append(f"[-]{name} failed: reason withheld" if why else f"[+]{name} ok")
        if good and "verbose" not in request.query:
            return text(200, "ok")
        end = f"{kind} check {'passed' if good else 'failed'}\n"
        return text(200 if good else 500, "\n".join([*lines, end]))


def _user(request: Request) -> User:
    """Who asks: as the front proxy says, where it is the front proxy."""
    name = request.header("x-remote-user")
    if not request.client or not name:
        return ANONYMOUS
    groups = tuple(v for n, v in request.headers if n.lower() == "x-remote-group")
    return User(unquote(name), groups)


async def _panic(klog: Log, error: StatusError) -> int:
    namespace = "kube-system"
    await klog.warn(
        "requestheader_controller.go:204",
        f"Unable to get configmap/extension-apiserver-authentication in {namespace}.  Usually "
        f"fixed by 'kubectl create rolebinding -n {namespace} ROLEBINDING_NAME "
        "--role=extension-apiserver-authentication-reader --serviceaccount=YOUR_NS:YOUR_SA'",
    )
    await klog.error("run.go:74", f'"command failed" err={quoted(str(error))}')
    return 1


async def metrics_server(process: Process) -> int:
    """`metrics-server [--kubelet-insecure-tls] [--metric-resolution=15s] ...`."""
    klog = Log(process)
    try:
        flags, _ = go_flags(process.argv[1:], _FLAGS)
        server = MetricsServer(process, await in_cluster(process), flags)
        authority = await server.authority()
    except FlagError as error:
        await process.err(f"Error: {error}\n")
        return 1
    except ValueError as error:
        await process.err(f'Error: invalid argument for "--metric-resolution" flag: {error}\n')
        return 1
    except NoApiError as error:
        await klog.error("run.go:74", f'"command failed" err={quoted(str(error))}')
        return 1
    except StatusError as error:
        return await _panic(klog, error)
    return await _serve(server, flags, authority)


async def _serve(server: MetricsServer, flags: dict[str, str], authority: bytes) -> int:
    process, klog, serving = server.process, server.klog, Serving(server.process)
    process.handlers[signal.SIGTERM] = lambda: serving.end(0)
    await klog.info("serving.go:380", "Generated self-signed cert (/tmp/apiserver.crt, "
                   "/tmp/apiserver.key)")  # fmt: skip

    async def work() -> None:
        await server.synced()
        port = int(flags["secure-port"])
        try:
            context = server.context(authority)
            http = HttpServer(server.answer, process.host.clock, tls=context)
            serving.tcp(port, http.serve)
        except OSError as error:
            words = f"failed to create listener: failed to listen on 0.0.0.0:{port}: listen tcp " \
                f"0.0.0.0:{port}: bind: {(error.strerror or '').lower()}"  # fmt: skip
            await klog.error("run.go:74", f'"command failed" err={quoted(words)}')
            serving.end(1)
            return
        await klog.info("secure_serving.go:213", f"Serving securely on [::]:{port}")
        await server.collect()

    serving.start(work())
    return await serving.run()
