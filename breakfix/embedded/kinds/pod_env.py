"""Validation of environment variables, and of references to fields and resources."""

from __future__ import annotations

import re
from collections.abc import Collection

from breakfix.embedded.fields import invalid, not_supported, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, named, qualified
from breakfix.embedded.objects import Object

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations",
    "metadata.uid",
)  # fmt: skip
_KNOWN_FIELDS = {
    *ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase",
}  # fmt: skip
_RESOURCES = tuple(
    f"{kind}.{name}"
    for kind in ("limits", "requests")
    for name in ("cpu", "memory", "ephemeral-storage")
)
_HUGE = ("limits.hugepages-", "requests.hugepages-")
_SIZES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"
_SUBSCRIPT = re.compile(r"([^\[\]]+)\['([^']*)'\]")


def validate_env(variables: list[Object], path: str) -> Errors:
    """`env` of a container."""
    for i, variable in enumerate(variables):
        at, name = f"{path}[{i}]", variable.get("name", "")
        if not name:
            yield required(f"{at}.name")
        else:
            yield from each(f"{at}.name", name, names.env_name(name))
        if variable.get("valueFrom") is not None:
            yield from _value_from(variable, f"{at}.valueFrom")


def _value_from(variable: Object, path: str) -> Errors:
    source = variable["valueFrom"]
    if (field := source.get("fieldRef")) is not None:
        yield from validate_field_ref(field, f"{path}.fieldRef", ENV_FIELDS)
    if (resource := source.get("resourceFieldRef")) is not None:
        yield from validate_resource_ref(resource, f"{path}.resourceFieldRef", volume=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if (found := source.get(kind)) is not None:
            yield from _key_ref(found, f"{path}.{kind}")
    count = sum(value is not None for value in source.values())
    if not count:
        yield invalid(
            path, "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
            "`secretKeyRef`",
        )  # fmt: skip
    elif variable.get("value"):
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif count > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _key_ref(found: Object, path: str) -> Errors:
    name, key = found.get("name", ""), found.get("key", "")
    yield from each(f"{path}.name", name, names.dns_subdomain(name))
    yield from named(f"{path}.key", key, names.config_key)


def validate_field_ref(found: Object, path: str, known: Collection[str]) -> Errors:
    """An ObjectFieldSelector."""
    version, field = found.get("apiVersion", ""), found.get("fieldPath", "")
    if not version or not field:
        yield required(f"{path}.fieldPath" if version else f"{path}.apiVersion")
        return
    if version != "v1":
        words = f"error converting fieldPath: unsupported pod version: {version}"
        yield invalid(f"{path}.fieldPath", field, words)
    elif subscript := _SUBSCRIPT.fullmatch(field):
        yield from _subscripted(path, field, subscript[1], subscript[2])
    elif field not in _KNOWN_FIELDS:
        words = f"error converting fieldPath: field label not supported: {field}"
        yield invalid(f"{path}.fieldPath", field, words)
    elif field not in known:
        yield not_supported(f"{path}.fieldPath", field, list(known))


def _subscripted(path: str, field: str, base: str, key: str) -> Errors:
    if base == "metadata.annotations":
        yield from qualified(path, key.lower())
    elif base == "metadata.labels":
        yield from qualified(path, key)
    else:
        words = f"error converting fieldPath: field label does not support subscript: {field}"
        yield invalid(f"{path}.fieldPath", field, words)


def validate_resource_ref(found: Object, path: str, volume: bool) -> Errors:
    """A ResourceFieldSelector; in a volume it must say whose container."""
    resource = found.get("resource", "")
    if volume and not found.get("containerName"):
        yield required(f"{path}.containerName")
    elif not resource:
        yield required(f"{path}.resource")
    elif resource not in _RESOURCES and not resource.startswith(_HUGE):
        yield not_supported(f"{path}.resource", resource, _RESOURCES)
    yield from _divisor(resource, str(found.get("divisor", "0")), f"{path}.divisor")


def _divisor(resource: str, divisor: str, path: str) -> Errors:
    name = resource.partition(".")[2]
    if divisor in ("0", "") or not name:
        return
    if name == "cpu":
        if divisor not in ("1m", "1"):
            words = "only divisor's values 1m and 1 are supported with the cpu resource"
            yield invalid(path, resource, words)
        return
    shown = {"ephemeral-storage": "local ephemeral storage"}.get(name, name.partition("-")[0])
    if divisor not in _SIZES.split(", "):
        words = f"only divisor's values {_SIZES} are supported with the {shown} resource"
        yield invalid(path, resource, words)


def validate_env_from(sources: list[Object], path: str) -> Errors:
    """`envFrom` of a container."""
    for i, source in enumerate(sources):
        at = f"{path}[{i}]"
        if prefix := source.get("prefix"):
            yield from each(f"{at}.prefix", prefix, names.env_name(prefix))
        found = [k for k in ("configMapRef", "secretRef") if source.get(k) is not None]
        for kind in found:
            yield from _named_ref(source[kind], f"{at}.{kind}")
        if not found:
            yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(found) > 1:
            yield invalid(path, "", "may not have more than one field specified at a time")


def _named_ref(found: Object, path: str) -> Errors:
    yield from named(
        f"{path}.name", found.get("name"), lambda name: names.dns_subdomain(name, True)
    )
