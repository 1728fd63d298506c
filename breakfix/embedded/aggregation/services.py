"""The APIServices that there are, and which of them are served by a Service."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.client import Change
from breakfix.embedded.objects import Object, condition, name_of
from breakfix.embedded.storage.store import Store

APISERVICES = "apiservices.apiregistration.k8s.io"
Version = tuple[str, str]  # group and version


def version_of(item: Object) -> Version:
    """What it is about."""
    return item["spec"].get("group", ""), item["spec"]["version"]


def is_remote(item: Object) -> bool:
    """Is it served by a Service?"""
    return item["spec"].get("service") is not None


def is_available(item: Object) -> bool:
    """Did its last check pass?"""
    return (condition(item, "Available") or {}).get("status") == "True"


def path_of(version: Version) -> str:
    """Where a version is served."""
    group, name = version
    return f"/apis/{group}/{name}" if group else f"/api/{name}"


def version_in(path: str) -> Version | None:
    """The version that a path is of."""
    parts = [p for p in path.split("/") if p]
    if len(parts) >= 3 and parts[0] == "apis":  # noqa: PLR2004
        return parts[1], parts[2]
    if len(parts) >= 2 and parts[0] == "api":  # noqa: PLR2004
        return "", parts[1]
    return None


class RemoteServices:
    """Those that are served by a Service, as they are now."""

    def __init__(self, store: Store) -> None:
        self._found: dict[Version, Object] = {}
        self.changed: list[Callable[[], None]] = []
        for item in store.list(APISERVICES):
            self._see(item)
        store.subscribe(APISERVICES, self._seen)

    def _seen(self, change: Change) -> None:
        if change.type != "DELETED":
            self._see(change.new)
        elif self._found.pop(version_of(change.new), None) is None:
            return
        for tell in self.changed if self._found or is_remote(change.new) else ():
            tell()

    def _see(self, item: Object) -> None:
        self._found.pop(version_of(item), None)
        if is_remote(item):
            self._found[version_of(item)] = item

    def at(self, path: str) -> Object | None:
        """The one that serves a path."""
        version = version_in(path) if self._found else None
        return self._found.get(version) if version else None

    def all(self) -> list[Object]:
        """All of them, by name."""
        return sorted(self._found.values(), key=name_of)
