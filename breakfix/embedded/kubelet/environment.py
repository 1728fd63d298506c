"""A container's environment, from all of its sources."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from breakfix.embedded.client import Reader
from breakfix.embedded.kubelet.downward import Facts, FieldRefError, field_value, resource_value
from breakfix.embedded.kubelet.expansion import expand
from breakfix.embedded.kubelet.service_variables import service_variables
from breakfix.embedded.objects import Object, namespace_of


class VariablesError(Exception):
    """It cannot be made; the words of a CreateContainerConfigError."""


def variables(pod: Object, container: Object, reader: Reader, facts: Facts) -> dict[str, str]:
    """All that the pod's spec and the Services give. Raises VariablesError."""
    namespace = namespace_of(pod)
    links = pod["spec"].get("enableServiceLinks", True)
    services = service_variables(reader, namespace, links)
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        found.update(_from(source, namespace, reader))
    for entry in container.get("env") or []:
        value = entry.get("value") or ""
        if value:
            value = expand(value, found, services)
        elif "valueFrom" in entry:
            resolved = _resolved(entry["valueFrom"], pod, container, reader, facts)
            if resolved is None:
                continue
            value = resolved
        found[entry["name"]] = value
    return found | {k: v for k, v in services.items() if k not in found}


def _from(source: Object, namespace: str, reader: Reader) -> dict[str, str]:
    prefix = source.get("prefix") or ""
    for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
        if ref := source.get(field):
            data = _data(reader, resource, namespace, ref)
            return {prefix + key: value for key, value in (data or {}).items()}
    return {}


def _data(reader: Reader, resource: str, namespace: str, ref: Object) -> Mapping[str, str] | None:
    """Texts of a ConfigMap or Secret; None for an optional one that is not there."""
    found = reader.get(resource, ref.get("name", ""), namespace)
    if found is None:
        if ref.get("optional"):
            return None
        raise VariablesError(f'{resource.removesuffix("s")} "{ref.get("name", "")}" not found')
    data = found.get("data") or {}
    if resource == "configmaps":
        return dict(data)
    return {k: base64.b64decode(v).decode(errors="replace") for k, v in data.items()}


def _resolved(
    source: Object, pod: Object, container: Object, reader: Reader, facts: Facts
) -> str | None:
    try:
        if ref := source.get("fieldRef"):
            return field_value(pod, ref["fieldPath"], facts)
        if ref := source.get("resourceFieldRef"):
            return resource_value(pod, container, ref, facts)
    except FieldRefError as error:
        raise VariablesError(str(error)) from None
    for field, resource, words in (("configMapKeyRef", "configmaps", "ConfigMap"),
                                   ("secretKeyRef", "secrets", "Secret")):  # fmt: skip
        if ref := source.get(field):
            return _key(ref, resource, words, namespace_of(pod), reader)
    return ""


def _key(ref: Object, resource: str, words: str, namespace: str, reader: Reader) -> str | None:
    data = _data(reader, resource, namespace, ref)
    if data is None:
        return None
    if ref["key"] not in data:
        if ref.get("optional"):
            return None
        raise VariablesError(f"couldn't find key {ref['key']} in {words} {namespace}/{ref['name']}")
    return data[ref["key"]]
