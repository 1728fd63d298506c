"""The files of ConfigMaps, Secrets, the downward API and tokens in volumes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from breakfix.embedded.client import Reader
from breakfix.embedded.kubelet.downward import Facts, FieldRefError, field_value, resource_value
from breakfix.embedded.kubelet.words import aggregate
from breakfix.embedded.objects import Object, namespace_of

File = tuple[bytes, int]  # content and mode
Files = dict[str, File]
MODE = 0o644
WORDS = {"configmaps": "configmap references non-existent config",
         "secrets": "references non-existent secret"}  # fmt: skip
KINDS = ("configMap", "secret", "downwardAPI", "projected")


class MountError(Exception):
    """A volume cannot be set up; the words behind `MountVolume.SetUp failed for volume`."""


@dataclass
class Sources:
    """Where the content comes from. `token`: a token of the pod's account for a projection."""

    pod: Object
    reader: Reader
    facts: Facts
    token: Callable[[Object], Awaitable[bytes]]


async def files_of(volume: Object, sources: Sources) -> Files:
    """All files of a volume of one of KINDS. Raises MountError."""
    if "configMap" in volume:
        return _object_files(volume["configMap"], "configmaps", "name", sources)
    if "secret" in volume:
        return _object_files(volume["secret"], "secrets", "secretName", sources)
    if "downwardAPI" in volume:
        return _downward(volume["downwardAPI"], _mode(volume["downwardAPI"]), sources)
    return await _projected(volume["projected"], sources)


def _mode(source: Object, default: int = MODE) -> int:
    mode = source.get("defaultMode")
    return default if mode is None else int(mode)


def _object_files(
    source: Object, resource: str, field: str, sources: Sources, default: int | None = None
) -> Files:
    name = source.get(field, "")
    found = sources.reader.get(resource, name, namespace_of(sources.pod))
    if found is None:
        if source.get("optional"):
            return {}
        raise MountError(f'{resource.removesuffix("s")} "{name}" not found')
    data = _bytes(found, resource)
    mode = _mode(source) if default is None else default
    if not source.get("items"):
        return {key: (value, mode) for key, value in data.items()}
    return _items(source, data, mode, WORDS[resource])


def _items(source: Object, data: Mapping[str, bytes], mode: int, words: str) -> Files:
    files: Files = {}
    for item in source["items"]:
        if item["key"] not in data:
            if source.get("optional"):
                continue
            raise MountError(f"{words} key: {item['key']}")
        bits = item.get("mode")
        files[item["path"]] = data[item["key"]], mode if bits is None else int(bits)
    return files


def _bytes(found: Object, resource: str) -> dict[str, bytes]:
    data, more = found.get("data") or {}, found.get("binaryData") or {}
    if resource == "configmaps":
        plain = {k: v.encode() for k, v in data.items()}
        return plain | {k: _decoded(v) for k, v in more.items()}
    return {k: _decoded(v) for k, v in data.items()}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (ValueError, binascii.Error):
        return b""


def _downward(source: Object, mode: int, sources: Sources) -> Files:
    files: Files = {}
    for item in source.get("items") or []:
        bits = item.get("mode")
        text = _downward_text(item, sources)
        files[item["path"]] = text.encode(), mode if bits is None else int(bits)
    return files


def _downward_text(item: Object, sources: Sources) -> str:
    try:
        if ref := item.get("fieldRef"):
            return field_value(sources.pod, ref["fieldPath"], sources.facts)
        ref = item["resourceFieldRef"]
        return resource_value(sources.pod, {}, ref, sources.facts)
    except FieldRefError as error:
        raise MountError(str(error)) from None


async def _projected(volume: Object, sources: Sources) -> Files:
    files: Files = {}
    errors: list[str] = []
    mode = _mode(volume)
    for source in volume.get("sources") or []:
        try:
            files.update(await _part(source, mode, sources))
        except MountError as error:
            errors.append(str(error))
    if errors:
        raise MountError(aggregate(errors))
    return files


async def _part(source: Object, mode: int, sources: Sources) -> Files:
    if "configMap" in source:
        return _object_files(source["configMap"], "configmaps", "name", sources, mode)
    if "secret" in source:
        return _object_files(source["secret"], "secrets", "name", sources, mode)
    if "downwardAPI" in source:
        return _downward(source["downwardAPI"], mode, sources)
    if "serviceAccountToken" in source:
        wanted = source["serviceAccountToken"]
        return {wanted["path"]: (await sources.token(wanted), _token_mode(sources.pod, mode))}
    if "clusterTrustBundle" in source:
        return {}
    return {}


def _token_mode(pod: Object, mode: int) -> int:
    """Readable to the group where there is an fsGroup, to all where users differ."""
    if (pod["spec"].get("securityContext") or {}).get("fsGroup") is not None:
        return 0o600
    return mode if _only_user(pod) is None else 0o600


def _only_user(pod: Object) -> int | None:
    """The user that all containers are said to run as; None where they differ or none is said."""
    spec = pod["spec"]
    own = (spec.get("securityContext") or {}).get("runAsUser")
    containers = [*(spec.get("initContainers") or []), *spec["containers"]]
    users = {(c.get("securityContext") or {}).get("runAsUser", own) for c in containers}
    found: int | None = users.pop() if len(users) == 1 else None
    return found


def token_owners(volume: Object, pod: Object) -> dict[str, int]:
    """The tokens of a volume, by path, that belong to the user of the containers."""
    user = _only_user(pod)
    if user is None or (pod["spec"].get("securityContext") or {}).get("fsGroup") is not None:
        return {}
    sources = (volume.get("projected") or {}).get("sources") or []
    return {s["serviceAccountToken"]["path"]: user for s in sources if "serviceAccountToken" in s}
