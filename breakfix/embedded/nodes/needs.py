"""What a pod needs from its namespace before its containers can start."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, namespace_of

_SOURCES = (("configMap", "name", "configmaps", "configmap"),
            ("secret", "secretName", "secrets", "secret"))  # fmt: skip


def missing_volume(pod: Object, reader: Reader) -> tuple[str, str] | None:
    """The first volume that cannot be mounted: its name, and why."""
    for volume in pod["spec"].get("volumes") or []:
        for source, field, resource, words in _sources(volume):
            if source.get("optional"):
                continue
            found = reader.get(resource, source.get(field, ""), namespace_of(pod))
            if found is None:
                return volume["name"], f'{words} "{source.get(field, "")}" not found'
            if key := _missing_key(source, found):
                return volume["name"], f"references non-existent {words_of(resource)} key: {key}"
    return None


def words_of(resource: str) -> str:
    """As in a message on a key."""
    return "config" if resource == "configmaps" else "secret"


def _sources(volume: Object) -> Iterator[tuple[Object, str, str, str]]:
    for kind, field, resource, words in _SOURCES:
        if kind in volume:
            yield volume[kind], field, resource, words
        for part in (volume.get("projected") or {}).get("sources") or []:
            if kind in part:
                yield part[kind], "name", resource, words


def _missing_key(source: Object, found: Object) -> str:
    known = {**(found.get("data") or {}), **(found.get("binaryData") or {})}
    return next((i["key"] for i in source.get("items") or [] if i["key"] not in known), "")


def missing_env(container: Object, namespace: str, reader: Reader) -> str | None:
    """Why a container's environment cannot be made, in the kubelet's words."""
    for source in container.get("envFrom") or []:
        for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            ref = source.get(field)
            if ref and not ref.get("optional") and not reader.get(resource, ref["name"], namespace):
                return f'{resource.removesuffix("s")} "{ref["name"]}" not found'
    for entry in container.get("env") or []:
        if why := _missing_entry(entry.get("valueFrom") or {}, namespace, reader):
            return why
    return None


def _missing_entry(source: Object, namespace: str, reader: Reader) -> str | None:
    for field, resource, words in (("configMapKeyRef", "configmaps", "ConfigMap"),
                                   ("secretKeyRef", "secrets", "Secret")):  # fmt: skip
        ref = source.get(field)
        if not ref or ref.get("optional"):
            continue
        found = reader.get(resource, ref["name"], namespace)
        if found is None:
            return f'{resource.removesuffix("s")} "{ref["name"]}" not found'
        if ref["key"] not in {**(found.get("data") or {}), **(found.get("binaryData") or {})}:
            return f"couldn't find key {ref['key']} in {words} {namespace}/{ref['name']}"
    return None
