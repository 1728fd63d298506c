"""Warnings about a pod's volumes: kinds that are gone, and files that hide each other."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.objects import Object

_GONE = {
    "photonPersistentDisk":
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    "gitRepo": ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    "scaleIO": ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    "flocker": ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    "storageos": ("storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    "quobyte": ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    "glusterfs": ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    "cephfs": ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    "rbd": ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
}  # fmt: skip


def gone_warnings(source: Object, path: str) -> Iterator[str]:
    """Kinds of volumes that do nothing any more."""
    for kind, (shown, words) in _GONE.items():
        if source.get(kind) is not None:
            yield f"{path}.{shown}: {words}"


def volume_warnings(volumes: list[Object], path: str) -> Iterator[str]:
    """All warnings about volumes."""
    for i, volume in enumerate(volumes):
        yield from gone_warnings(volume, f"{path}[{i}]")
    for volume in volumes:
        for shown, paths in _files(volume):
            for body in _overlaps(paths):
                yield f'volume "{volume.get("name")}" ({shown}): overlapping paths: {body}'
        if any(not source for source in (volume.get("projected") or {}).get("sources") or ()):
            yield f'volume "{volume.get("name")}" (Projected) has no sources provided'


def _files(volume: Object) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for kind, name, shown in (
        ("configMap", "name", "ConfigMap"),
        ("secret", "secretName", "Secret"),
    ):
        source = volume.get(kind) or {}
        yield f'{shown} "{source.get(name)}"', _paths(source, "")
    yield "DownwardAPI", _paths(volume.get("downwardAPI") or {}, "")
    projected: list[tuple[str, str]] = []
    for source in (volume.get("projected") or {}).get("sources") or ():
        projected += _projected(source)
    yield "Projected", projected


def _projected(source: Object) -> list[tuple[str, str]]:
    for kind, shown in (("configMap", "ConfigMap"), ("secret", "Secret")):
        if found := source.get(kind):
            return _paths(found, f'{shown} "{found.get("name", "")}"')
    if downward := source.get("downwardAPI"):
        return _paths(downward, "DownwardAPI")
    token = source.get("serviceAccountToken")
    return [(token.get("path", "").rstrip("/"), "ServiceAccountToken")] if token else []


def _paths(source: Object, shown: str) -> list[tuple[str, str]]:
    return [(item.get("path", "").rstrip("/"), shown) for item in source.get("items") or ()]


def _overlaps(paths: list[tuple[str, str]]) -> Iterator[str]:
    for i, item in enumerate(paths):
        for other in paths[:i]:
            if item[0] and other[0] and _within(item[0], other[0]):
                yield f"{_shown(item)} with {_shown(other)}"


def _within(left: str, right: str) -> bool:
    return f"{left}/".startswith(f"{right}/") or f"{right}/".startswith(f"{left}/")


def _shown(item: tuple[str, str]) -> str:
    return f'"{item[0]}" ({item[1]})' if item[1] else f'"{item[0]}"'
