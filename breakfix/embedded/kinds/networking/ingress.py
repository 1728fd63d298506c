"""Ingresses and their classes."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import addresses, names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, annotations_of

ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_NO_DNS = "must be a DNS name, not an IP address"
_LONGEST_CONTROLLER = 250


class Ingresses(Strategy):
    """ingresses.networking.k8s.io."""

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"loadBalancer": {}}

    def validate(self, item: Object) -> list[FieldError]:
        found = self._validate(item)
        asked = annotations_of(item).get(ANNOTATION)
        name = (item.get("spec") or {}).get("ingressClassName")
        if asked is not None and name is not None and asked != name:
            why = "must match `ingressClassName` when both are specified"
            found.append(invalid(f"annotations.{ANNOTATION}", asked, why))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        return self._validate(item)

    def _validate(self, item: Object) -> list[FieldError]:
        spec, found = item.get("spec") or {}, []
        if not spec.get("rules") and spec.get("defaultBackend") is None:
            why = "either `defaultBackend` or `rules` must be specified"
            found.append(invalid("spec", spec.get("rules"), why))
        if spec.get("defaultBackend") is not None:
            found += _validate_backend(spec["defaultBackend"], "spec.defaultBackend")
        for at, rule in enumerate(spec.get("rules") or []):
            found += _validate_rule(rule, f"spec.rules[{at}]")
        for at, secured in enumerate(spec.get("tls") or []):
            found += _validate_tls(secured, f"spec.tls[{at}]")
        name = spec.get("ingressClassName")
        return found + (checks.subdomain("spec.ingressClassName", name) if name is not None else [])

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        balancer = (item.get("status") or {}).get("loadBalancer") or {}
        found = []
        for at, point in enumerate(balancer.get("ingress") or []):
            path = f"status.loadBalancer.ingress[{at}]"
            if point.get("ip"):
                found += addresses.legacy_ip(f"{path}.ip", point["ip"])
            if host := point.get("hostname"):
                found += checks.subdomain(f"{path}.hostname", host)
                if addresses.parse_ip(host):
                    found.append(invalid(f"{path}.hostname", host, _NO_DNS))
        return found

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        named = (item.get("spec") or {}).get("ingressClassName") is not None
        if old is not None or named or ANNOTATION not in annotations_of(item):
            return []
        return [
            f"annotation \"{ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"
        ]


def _validate_rule(rule: Object, path: str) -> list[FieldError]:
    found, host = [], rule.get("host", "")
    if host:
        if addresses.parse_ip(host):
            found.append(invalid(f"{path}.host", host, _NO_DNS))
        found += addresses.host(f"{path}.host", host)
    http = rule.get("http")
    if http is None:
        return found
    if not http.get("paths"):
        found.append(required(f"{path}.http.paths"))
    for at, entry in enumerate(http.get("paths") or []):
        found += _validate_path(entry, f"{path}.http.paths[{at}]")
    return found


def _validate_path(entry: Object, path: str) -> list[FieldError]:
    kind, text = entry.get("pathType"), entry.get("path", "")
    if kind is None:
        return [required(f"{path}.pathType", "pathType must be specified")]
    field, found = f"{path}.path", []
    if kind not in _PATH_TYPES:
        found.append(checks.unsupported(f"{path}.pathType", kind, _PATH_TYPES))
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        found.append(invalid(field, text, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        found += [invalid(field, text, f"must not contain '{s}'") for s in _SEQUENCES if s in text]
        ends = [s for s in ("/..", "/.") if text.endswith(s)]
        found += [invalid(field, text, f"cannot end with '{s}'") for s in ends]
    return found + _validate_backend(entry.get("backend") or {}, f"{path}.backend")


def _validate_backend(backend: Object, path: str) -> list[FieldError]:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return validate_reference(resource, f"{path}.resource")
    if service is None:
        return [invalid(path, "", "resource or service backend is required")]
    return _validate_service(service, path)


def _validate_service(service: Object, path: str) -> list[FieldError]:
    name, port = service.get("name", ""), service.get("port") or {}
    field = f"{path}.service"
    if name:
        found = checks.each(f"{field}.name", name, names.dns1035_label(name))
    else:
        found = [required(f"{field}.name")]
    named, number = port.get("name", ""), port.get("number", 0)
    if named and number:
        return [*found, invalid(path, "", "cannot set both port name & port number")]
    if named:
        return found + checks.each(f"{field}.port.name", named, names.port_name(named))
    if number:
        return found + checks.each(f"{field}.port.number", number, names.port_number(number))
    return [*found, required(path, "port name or number is required")]


def _validate_tls(secured: Object, path: str) -> list[FieldError]:
    found = []
    for at, host in enumerate(secured.get("hosts") or []):
        found += addresses.host(f"{path}.hosts[{at}]", host)
    if name := secured.get("secretName"):
        found += checks.subdomain(f"{path}.secretName", name)
    return found


def validate_reference(reference: Object, path: str) -> list[FieldError]:
    """A typed reference: apiGroup, kind and name."""
    found = []
    if reference.get("apiGroup") is not None:
        found += checks.subdomain(f"{path}.apiGroup", reference["apiGroup"])
    for name in ("kind", "name"):
        value = reference.get(name, "")
        if not value:
            found.append(required(f"{path}.{name}"))
        found += checks.each(f"{path}.{name}", value, names.path_segment(value))
    return found


class IngressClasses(Strategy):
    """ingressclasses.networking.k8s.io."""

    def default_(self, item: Object) -> None:
        """Parameters are those of the cluster."""
        parameters = (item.get("spec") or {}).get("parameters")
        if parameters is not None:
            parameters.setdefault("scope", "Cluster")

    def validate(self, item: Object) -> list[FieldError]:
        spec = item.get("spec") or {}
        controller, found = spec.get("controller", ""), []
        if len(controller) > _LONGEST_CONTROLLER:
            why = f"may not be more than {_LONGEST_CONTROLLER} bytes"
            found.append(FieldError("spec.controller", "Too long", detail=why))
        found += checks.domain_path("spec.controller", controller)
        if spec.get("parameters") is not None:
            found += _validate_parameters(spec["parameters"], "spec.parameters")
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        new, before = item.get("spec") or {}, old.get("spec") or {}
        fixed = checks.immutable("spec.controller", new.get("controller"), before.get("controller"))
        return fixed + self.validate(item)


def _validate_parameters(parameters: Object, path: str) -> list[FieldError]:
    found = validate_reference(parameters, path)
    scope, namespace = parameters["scope"], parameters.get("namespace")
    if scope not in ("Cluster", "Namespace"):
        known = ("Cluster", "Namespace")
        return [*found, checks.unsupported(f"{path}.scope", scope, known)]
    if scope == "Namespace" and namespace is None:
        why = "`parameters.scope` is set to 'Namespace'"
        found.append(required(f"{path}.namespace", why))
    elif scope == "Namespace":
        found += checks.label(f"{path}.namespace", str(namespace))
    elif namespace is not None:
        found.append(forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'"))
    return found
