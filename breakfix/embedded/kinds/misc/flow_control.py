"""FlowSchemas, PriorityLevelConfigurations, APIServices and what DRA asks for."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object

_LAST_PRECEDENCE = 10_000
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}


class FlowSchemas(Strategy):
    """flowschemas.flowcontrol.apiserver.k8s.io."""

    def default_(self, item: Object) -> None:
        """The middle of the order."""
        spec = item.setdefault("spec", {})
        spec["matchingPrecedence"] = spec.get("matchingPrecedence") or 1000

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate(self, item: Object) -> list[FieldError]:
        spec, path = item["spec"], "spec.matchingPrecedence"
        place, found = spec["matchingPrecedence"], []
        if place <= 0:
            found.append(invalid(path, place, "must be a positive value"))
        if place > _LAST_PRECEDENCE:
            found.append(invalid(path, place, f"must not be greater than {_LAST_PRECEDENCE}"))
        if place == 1 and item["metadata"].get("name") != "exempt":
            why = "only the schema named 'exempt' may have matchingPrecedence 1"
            found.append(invalid(path, place, why))
        method = spec.get("distinguisherMethod")
        if method is not None and method.get("type") not in ("ByNamespace", "ByUser"):
            known = ("ByNamespace", "ByUser")
            found.append(checks.unsupported("spec.distinguisherMethod.type", method, known))
        level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
        field = "spec.priorityLevelConfiguration.name"
        if not level:
            found.append(required(field, "must reference a priority level"))
        found += checks.subdomain(field, level) if level else []
        for at, rule in enumerate(spec.get("rules") or []):
            found += _validate_rule(rule, f"spec.rules[{at}]")
        return found


def _validate_rule(rule: Object, path: str) -> list[FieldError]:
    found, subjects = [], rule.get("subjects") or []
    if not subjects:
        found.append(required(f"{path}.subjects", "subjects must contain at least one value"))
    for at, subject in enumerate(subjects):
        found += _validate_subject(subject, f"{path}.subjects[{at}]")
    if not rule.get("resourceRules") and not rule.get("nonResourceRules"):
        why = "at least one of resourceRules and nonResourceRules has to be non-empty"
        found.append(required(path, why))
    return found


def _validate_subject(subject: Object, path: str) -> list[FieldError]:
    kind = subject.get("kind", "")
    if kind not in _SUBJECTS:
        return [checks.unsupported(f"{path}.kind", kind, sorted(_SUBJECTS))]
    found = []
    for other, name in _SUBJECTS.items():
        given = subject.get(name)
        if other == kind and given is None:
            why = f"{name} is required when subject kind is '{kind}'"
            found.append(required(f"{path}.{name}", why))
        elif other != kind and given is not None:
            why = f"{name} is forbidden when subject kind is not '{other}'"
            found.append(forbidden(f"{path}.{name}", why))
    return found


class PriorityLevels(Strategy):
    """prioritylevelconfigurations.flowcontrol.apiserver.k8s.io."""

    def default_(self, item: Object) -> None:
        """Shares of the server's capacity, and queues."""
        spec = item.setdefault("spec", {})
        if spec.get("exempt") is not None:
            spec["exempt"].setdefault("nominalConcurrencyShares", 0)
            spec["exempt"].setdefault("lendablePercent", 0)
        limited = spec.get("limited")
        if limited is None:
            return
        limited.setdefault("nominalConcurrencyShares", 30)
        limited.setdefault("lendablePercent", 0)
        queuing = (limited.get("limitResponse") or {}).get("queuing")
        if queuing is not None:
            for name, value in (("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)):
                queuing[name] = queuing.get(name) or value

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate(self, item: Object) -> list[FieldError]:
        spec, kind = item["spec"], item["spec"].get("type", "")
        if kind not in ("Exempt", "Limited"):
            return [checks.unsupported("spec.type", kind, ("Exempt", "Limited"))]
        if kind == "Limited" and spec.get("limited") is None:
            return [required("spec.limited", "must not be empty when type is Limited")]
        if kind == "Limited" and spec.get("exempt") is not None:
            return [forbidden("spec.exempt", "must be nil if the type is Limited")]
        if kind == "Exempt" and spec.get("limited") is not None:
            why = "must be nil if the type is not Limited"
            return [forbidden("spec.limited", why)]
        return []


class APIServices(Strategy):
    """apiservices.apiregistration.k8s.io: a version of a group that another server serves."""

    has_generation = False
    unconditional_update = False
    status_keeps = WHOLE_METADATA

    def default_(self, item: Object) -> None:
        """The service is at port 443."""
        service = (item.get("spec") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return names.path_segment(name, prefix)

    def validate(self, item: Object) -> list[FieldError]:
        spec, name = item.get("spec") or {}, item["metadata"].get("name", "")
        wanted = f"{spec.get('version', '')}.{spec.get('group', '')}"
        found = []
        if name != wanted:
            why = f'must be `spec.version+"."+spec.group`: {wanted!r}'.replace("'", '"')
            found.append(invalid("metadata.name", name, why))
        group, version = spec.get("group", ""), spec.get("version", "")
        if not group and version != "v1":
            why = "only v1 may have an empty group and it better be legacy kube"
            found.append(required("spec.group", why))
        if group:
            found += checks.each("spec.group", group, names.dns_subdomain(group))
        found += checks.each("spec.version", version, names.dns1035_label(version))
        for field, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
            number = spec.get(field, 0)
            if number <= 0 or number > limit:
                why = f"must be positive and less than {limit}"
                found.append(invalid(f"spec.{field}", number, why))
        return found + _validate_service(spec)


def _validate_service(spec: Object) -> list[FieldError]:
    service = spec.get("service")
    if service is None:
        return _validate_local(spec)
    missing = [name for name in ("namespace", "name") if not service.get(name)]
    found = [required(f"spec.service.{name}") for name in missing]
    if spec.get("caBundle") and spec.get("insecureSkipTLSVerify"):
        why = "may not be true if caBundle is present"
        found.append(invalid("spec.insecureSkipTLSVerify", True, why))
    return found + checks.each(
        "spec.service.port", service["port"], names.port_number(service["port"])
    )


def _validate_local(spec: Object) -> list[FieldError]:
    found = []
    if spec.get("caBundle"):
        size = f"{len(spec['caBundle']) * 3 // 4} bytes"
        why = "local APIServices may not have a caBundle"
        found.append(invalid("spec.caBundle", size, why))
    if spec.get("insecureSkipTLSVerify"):
        why = "local APIServices may not have insecureSkipTLSVerify"
        found.append(invalid("spec.insecureSkipTLSVerify", True, why))
    return found


class ResourceClaims(Strategy):
    """resourceclaims.resource.k8s.io: their spec never changes."""

    returns_deleted = True
    status_keeps = WHOLE_METADATA
    has_generation = False

    def default_(self, item: Object) -> None:
        """One device of exactly this kind."""
        default_devices((item.get("spec") or {}).get("devices") or {})

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate(item) + checks.immutable("spec", item.get("spec"), old.get("spec"))


class ResourceClaimTemplates(Strategy):
    """resourceclaimtemplates.resource.k8s.io: likewise."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        """As for the claims made of it."""
        spec = (item.get("spec") or {}).get("spec") or {}
        default_devices(spec.get("devices") or {})

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate(item) + checks.immutable("spec", item.get("spec"), old.get("spec"))


def default_devices(devices: Object) -> None:
    """The requests of a claim."""
    for request in devices.get("requests") or []:
        for wanted in [request.get("exactly"), *(request.get("firstAvailable") or [])]:
            if wanted is not None:
                wanted["allocationMode"] = wanted.get("allocationMode") or "ExactCount"
                if wanted["allocationMode"] == "ExactCount":
                    wanted["count"] = wanted.get("count") or 1


class DeviceClasses(Strategy):
    """deviceclasses.resource.k8s.io."""

    returns_deleted = True


class ResourceSlices(Strategy):
    """resourceslices.resource.k8s.io."""

    returns_deleted = True

    def selectable(self, item: Object) -> dict[str, str]:
        spec = item.get("spec") or {}
        return {"spec.nodeName": spec.get("nodeName", ""), "spec.driver": spec.get("driver", "")}
