"""What an ingress controller makes of Ingresses: servers, locations and their backends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from breakfix.embedded.csi.api import Api
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of

INGRESSES = "ingresses.networking.k8s.io"
CLASSES = "ingressclasses.networking.k8s.io"
SLICES = "endpointslices.discovery.k8s.io"
OF_SERVICE = "kubernetes.io/service-name"
OLD_CLASS = "kubernetes.io/ingress.class"
PREFIX = "nginx.ingress.kubernetes.io/"
DEFAULT_BACKEND = "upstream-default-backend"
ANY_HOST = "_"


@dataclass(frozen=True)
class Rules:
    """Which Ingresses are a controller's."""

    name: str = "nginx"  # of its class, in the old annotation
    controller: str = "k8s.io/ingress-nginx"
    without_class: bool = False
    namespace: str = ""


@dataclass
class Location:
    """One path of a server; `kind` is its pathType."""

    path: str
    kind: str
    ingress: Object
    service: str
    port: str
    backend: str

    def annotation(self, name: str, default: str = "") -> str:
        """One of the Ingress, without its prefix."""
        found: str = (self.ingress["metadata"].get("annotations") or {}).get(PREFIX + name, default)
        return found


@dataclass
class Server:
    """One host. `secret`: namespace and name of its certificate."""

    host: str
    locations: dict[tuple[str, str], Location] = field(default_factory=dict)
    secret: tuple[str, str] | None = None
    tls: bool = False


@dataclass
class Model:
    """The whole."""

    servers: dict[str, Server] = field(default_factory=dict)
    endpoints: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class UnfitError(Exception):
    """An Ingress of somebody else; the words of the log."""


def check_class(api: Api, item: Object, rules: Rules) -> str:
    """The name of the class by which it is ours. Raises UnfitError."""
    old = (item["metadata"].get("annotations") or {}).get(OLD_CLASS)
    if old is not None:
        if old == rules.name:
            return str(old)
        raise UnfitError(
            "ingress class annotation is not equal to the expected by Ingress Controller"
        )
    wanted = item["spec"].get("ingressClassName")
    if wanted is None:
        if rules.without_class:
            return ""
        raise UnfitError("ingress does not contain a valid IngressClass")
    found = api.get(CLASSES, wanted)
    if found is None or found["spec"].get("controller") != rules.controller:
        words = f'no object matching key "{wanted}" in local store'
        raise UnfitError(words)
    return str(wanted)


def ours(api: Api, rules: Rules) -> list[Object]:
    """Our Ingresses, the oldest first."""
    found = []
    for item in api.list(INGRESSES, rules.namespace):
        try:
            check_class(api, item, rules)
        except UnfitError:
            continue
        found.append(item)
    return sorted(found, key=_age)


def _age(item: Object) -> tuple[str, str, str]:
    return item["metadata"].get("creationTimestamp", ""), namespace_of(item), name_of(item)


class Builder:
    """Makes a model of Ingresses."""

    def __init__(self, api: Api, default_service: str = "") -> None:
        self._api, self._model = api, Model()
        self._default = default_service

    def build(self, ingresses: Iterable[Object]) -> Model:
        """The model."""
        self._model = Model()
        self._server(ANY_HOST)
        if self._default:
            namespace, _, name = self._default.partition("/")
            self._model.endpoints[DEFAULT_BACKEND] = self._first_port(namespace, name)
        for item in ingresses:
            self._ingress(item)
        return self._model

    def _server(self, host: str) -> Server:
        return self._model.servers.setdefault(host or ANY_HOST, Server(host or ANY_HOST))

    def _ingress(self, item: Object) -> None:
        spec = item["spec"]
        for rule in spec.get("rules") or []:
            server = self._server(rule.get("host") or "")
            for path in (rule.get("http") or {}).get("paths") or []:
                self._path(server, item, path)
            if spec.get("defaultBackend") and ("/", "ImplementationSpecific") not in _roots(server):
                self._path(server, item, _root(spec["defaultBackend"]))
        if spec.get("defaultBackend") and not spec.get("rules"):
            self._path(self._server(ANY_HOST), item, _root(spec["defaultBackend"]))
        for tls in spec.get("tls") or []:
            self._tls(item, tls)

    def _tls(self, item: Object, tls: Object) -> None:
        hosts = tls.get("hosts") or [r.get("host", "") for r in item["spec"].get("rules") or []]
        for host in hosts:
            server = self._model.servers.get(host or ANY_HOST)
            if server is not None:
                server.tls = True
                if tls.get("secretName") and server.secret is None:
                    server.secret = namespace_of(item), tls["secretName"]

    def _path(self, server: Server, item: Object, path: Object) -> None:
        service = (path.get("backend") or {}).get("service")
        if service is None:
            return
        port = service.get("port") or {}
        number = str(port.get("name") or port.get("number") or "")
        backend = f"{namespace_of(item)}-{service['name']}-{number}"
        if backend not in self._model.endpoints:
            self._model.endpoints[backend] = self._ready(
                namespace_of(item), service["name"], number
            )
        location = Location(
            path.get("path") or "/", path.get("pathType", ""), item, service["name"], number,
            backend,
        )  # fmt: skip
        server.locations.setdefault((location.path, location.kind), location)

    # -- endpoints -----------------------------------------------------------------------

    def _ready(self, namespace: str, name: str, port: str) -> list[tuple[str, int]]:
        service = self._api.get("services", name, namespace)
        if service is None:
            self._warn(f'Error obtaining Endpoints for Service "{namespace}/{name}": no object '
                       f'matching key "{namespace}/{name}" in local store')  # fmt: skip
            return []
        ports = service["spec"].get("ports") or []
        same = (p for p in ports if port in (p.get("name"), str(p["port"])))
        wanted = next(same, None)
        found = list(self._endpoints(service, wanted.get("name") or "")) if wanted else []
        if not found:
            self._warn(f'Service "{namespace}/{name}" does not have any active Endpoint.')
        return found

    def _first_port(self, namespace: str, name: str) -> list[tuple[str, int]]:
        service = self._api.get("services", name, namespace)
        ports = (service or {"spec": {}})["spec"].get("ports") or []
        return self._ready(namespace, name, str(ports[0]["port"])) if ports else []

    def _endpoints(self, service: Object, port: str) -> Iterator[tuple[str, int]]:
        for each in self._api.list(SLICES, namespace_of(service)):
            if labels_of(each).get(OF_SERVICE) != name_of(service):
                continue
            numbers = [p["port"] for p in each.get("ports") or []
                       if (p.get("name") or "") == port and p.get("port")]  # fmt: skip
            for endpoint in each.get("endpoints") or []:
                if numbers and (endpoint.get("conditions") or {}).get("ready") is not False:
                    yield endpoint["addresses"][0], numbers[0]

    def _warn(self, words: str) -> None:
        if words not in self._model.warnings:
            self._model.warnings.append(words)


def _root(backend: Object) -> Object:
    return {"path": "/", "pathType": "ImplementationSpecific", "backend": backend}


def _roots(server: Server) -> set[tuple[str, str]]:
    """Its locations at the root, whatever their type."""
    return {("/", "ImplementationSpecific") for path, _ in server.locations if path == "/"}
