"""What the servers behind APIServices serve, and how discovery tells it along with the rest."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from breakfix.embedded.aggregation.availability import AGGREGATOR
from breakfix.embedded.aggregation.calling import Backends
from breakfix.embedded.aggregation.services import (
    APISERVICES,
    RemoteServices,
    Version,
    is_available,
    is_remote,
    path_of,
    version_of,
)
from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.server import discovery
from breakfix.embedded.server.streams.service_calls import UnreachedError, UnresolvedError

REFRESH = 60.0  # s


class _FetchError(Exception):
    """There is no document."""


@dataclass(frozen=True)
class Entry:
    """One version, as the aggregated documents show it."""

    resources: tuple[Object, ...] = ()
    stale: bool = True


class Discovery(Controller):
    """Asks each server for what it serves, when its APIService changes and now and then."""

    name = "discovery-manager"
    workers = 2

    def __init__(self, client: Client, services: RemoteServices, backends: Backends) -> None:
        super().__init__(client)
        self._services, self._backends = services, backends
        self._entries: dict[Version, Entry] = {}
        self.version = 0  # changes with every change
        services.changed.append(self._changed)

    def _changed(self) -> None:
        self.version += 1

    def watch(self) -> None:
        """APIServices."""
        self.on(APISERVICES, _remote)

    async def sync(self, key: Key) -> None:
        """Fetch one."""
        item = self.client.get(APISERVICES, key[1])
        version, _, group = key[1].partition(".")
        if item is None or not is_remote(item):
            self._entries.pop((group, version), None)
            self._changed()
            return
        self.add_after(key, REFRESH)
        try:
            entry = Entry(tuple(await self._fetched(item)), stale=False)
        except _FetchError:
            entry = Entry()
        if self._entries.get((group, version)) != entry:
            self._entries[group, version] = entry
            self._changed()

    async def _fetched(self, item: Object) -> list[Object]:
        """The resources of one version. Raises _FetchError."""
        if not is_available(item):
            raise _FetchError
        group, version = version_of(item)
        kind, found = await self._asked(item, "/apis", discovery.AGGREGATED)
        if "as=APIGroupDiscoveryList" in kind:
            for each in found.get("items") or []:
                if each["metadata"].get("name", "") == group:
                    return _resources(each, version)
            return []
        _, found = await self._asked(item, path_of((group, version)), "application/json")
        return _converted(found.get("resources") or [])

    async def _asked(self, item: Object, path: str, accept: str) -> tuple[str, Object]:
        try:
            head, body = await self._backends.get(item, path, AGGREGATOR, accept=accept)
            found = orjson.loads(body) if head.status == 200 else None  # noqa: PLR2004
        except (UnresolvedError, UnreachedError, ValueError):
            raise _FetchError from None
        if isinstance(found, dict):
            return head.headers.get("Content-Type", ""), found
        if path == "/apis" and head.status != 503:  # noqa: PLR2004
            return "", {}
        raise _FetchError

    # -- what is told --------------------------------------------------------------------

    def stale(self) -> list[str]:
        """The group versions that nothing is known of."""
        found = []
        for item in self._services.all():
            group, version = version_of(item)
            if self._entries.get((group, version), Entry()).stale:
                found.append(f"{group}/{version}" if group else version)
        return found

    def merged(self, path: str, document: Object | None) -> Object | None:
        """/apis and /apis/GROUP, aggregated or not, with what others serve."""
        services = self._services.all()
        parts = [p for p in path.split("/") if p]
        if not services or parts[:1] != ["apis"] or len(parts) > 2:  # noqa: PLR2004
            return document
        if len(parts) == 2:  # noqa: PLR2004
            return self._group(parts[1], document)
        assert document is not None  # noqa: S101 - there are always groups
        field = "items" if document["kind"] == "APIGroupDiscoveryList" else "groups"
        groups = {_group_name(g): g for g in document[field]}
        for name in dict.fromkeys(version_of(s)[0] for s in services):
            if field == "groups":
                groups[name] = self._group(name, groups.get(name)) or {}
                groups[name] = {k: v for k, v in groups[name].items() if k in _GROUP_FIELDS}
            elif name:
                groups[name] = self._aggregated(name, groups.get(name))
        return document | {field: sorted(groups.values(), key=self._group_rank)}

    def _aggregated(self, name: str, known: Object | None) -> Object:
        versions = {v["version"]: v for v in (known or {}).get("versions") or []}
        for item in self._services.all():
            group, version = version_of(item)
            if group == name:
                entry = self._entries.get((group, version), Entry())
                resources = {"resources": list(entry.resources)} if entry.resources else {}
                freshness = "Stale" if entry.stale else "Current"
                versions[version] = {"version": version, **resources, "freshness": freshness}
        order = self._order(name, versions)
        return {"metadata": {"name": name}, "versions": [versions[v] for v in order]}

    def _group(self, name: str, known: Object | None) -> Object | None:
        versions = [v["version"] for v in (known or {}).get("versions") or []]
        own = [v for g, v in map(version_of, self._services.all()) if g == name]
        if not own:
            return known
        order = self._order(name, dict.fromkeys([*versions, *own]))
        shown = [{"groupVersion": f"{name}/{v}", "version": v} for v in order]
        head = {"kind": "APIGroup", "apiVersion": "v1"}
        return {**head, "name": name, "versions": shown, "preferredVersion": shown[0]}

    # -- order ---------------------------------------------------------------------------

    def _priority(self, group: str, version: str, field: str) -> int:
        item = self.client.get(APISERVICES, f"{version}.{group}")
        if item is None:
            return 0 if group != "apiregistration.k8s.io" else 20_000
        return int(item["spec"][field])

    def _order(self, group: str, versions: dict[str, Object] | dict[str, None]) -> list[str]:
        def rank(version: str) -> tuple[int, tuple[int, int, int, str]]:
            return (
                self._priority(group, version, "versionPriority"),
                discovery.version_key(version),
            )

        return sorted(versions, key=rank, reverse=True)

    def _group_rank(self, group: Object) -> tuple[int, str]:
        name = _group_name(group)
        found = (
            self._priority(name, v["version"], "groupPriorityMinimum") for v in group["versions"]
        )
        return -max(found, default=0), name


_GROUP_FIELDS = ("name", "versions", "preferredVersion")


def _group_name(group: Object) -> str:
    return str(group["name"] if "name" in group else group["metadata"].get("name", ""))


def _remote(change: Change) -> list[Key]:
    """Those that are, or were, served by a Service."""
    seen = (change.new, change.old)
    return [("", name_of(change.new))] if any(i and is_remote(i) for i in seen) else []


def _resources(group: Object, version: str) -> list[Object]:
    found = (v.get("resources") or [] for v in group["versions"] if v["version"] == version)
    return next(found, [])


def _converted(resources: list[Object]) -> list[Object]:
    """An APIResourceList's entries in the newer form."""
    found: dict[str, Object] = {}
    for each in resources:
        name, _, sub = each["name"].partition("/")
        kind = {"group": each.get("group", ""), "version": each.get("version", ""),
                "kind": each["kind"]}  # fmt: skip
        scope = "Namespaced" if each.get("namespaced") else "Cluster"
        if not sub:
            more = {k: each[k] for k in ("shortNames", "categories") if each.get(k)}
            entry = found.setdefault(name, {"resource": name})
            entry |= {"responseKind": kind, "scope": scope, **more,
                      "singularResource": each.get("singularName", ""),
                      "verbs": each.get("verbs") or []}  # fmt: skip
            continue
        empty = {"group": "", "version": "", "kind": ""}
        entry = found.setdefault(name, {"resource": name, "responseKind": empty, "scope": scope,
                                        "singularResource": "", "verbs": []})  # fmt: skip
        subs = entry.setdefault("subresources", [])
        subs.append({"subresource": sub, "responseKind": kind, "verbs": each.get("verbs") or []})
    return list(found.values())
