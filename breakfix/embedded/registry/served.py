"""Which resources are served, and what belongs to each: strategy, schema, place in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from breakfix.embedded.kinds.builtin import resources as builtin_resources
from breakfix.embedded.kinds.conversion import STORAGE_ALIAS, STORED_VERSION, convert
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.kinds.strategies import strategy_of
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.converting import Conversions
from breakfix.embedded.schema.builtin import schema_of
from breakfix.embedded.schema.types import Schema

Convert = Callable[[Object, str], Object]


@dataclass(frozen=True)
class Served:
    """One version of a resource with all that is needed to read and write it."""

    resource: Resource
    strategy: Strategy
    schema: Schema | None
    key: str  # its group resource in the store
    storage_version: str  # the apiVersion of stored objects
    convert: Convert
    columns: tuple[list[Object], Callable[[Object], list[Any]]] | None = None  # of a CRD's table
    as_read: Callable[[Object], Object] | None = None  # what reading adds to a stored object
    custom_fields: Schema | None = None  # a CRD's schema with its metadata
    conversions: Conversions | None = None  # by a webhook

    @property
    def fields(self) -> Schema | None:
        """What can be owned: the schema that server-side apply goes by."""
        return self.custom_fields or self.schema

    async def ready(self, stored: Sequence[Object]) -> None:
        """Have stored objects converted that are to be shown. Raises StatusError 500.

        Ask before `out`, and again after anything else was awaited.
        """
        if self.conversions:
            await self.conversions.prepare(stored, self.resource.api_version)

    def out(self, stored: Object) -> Object:
        """A stored object as this version shows it."""
        if stored["apiVersion"] != self.resource.api_version:
            stored = self.convert(stored, self.resource.api_version)
        return self.as_read(stored) if self.as_read else stored

    async def inward(self, item: Object) -> Object:
        """An object of this version as it is stored. Raises StatusError 500."""
        return await self._to(item, self.storage_version)

    async def shown_as(self, item: Object) -> Object:
        """An object of another version, stored or not, as this one. Raises StatusError 500."""
        return await self._to(item, self.resource.api_version)

    async def _to(self, item: Object, api_version: str) -> Object:
        if item["apiVersion"] == api_version:
            return item
        if self.conversions:
            return await self.conversions.converted(item, api_version)
        return self.convert(item, api_version)


class Catalogue:
    """All resources that are served now: built in, and of CRDs."""

    def __init__(self) -> None:
        self._served: dict[tuple[str, str, str], Served] = {}
        self._kinds: dict[tuple[str, str], Resource] = {}
        self._keys: dict[str, Served] = {}
        self._same: dict[Resource, list[Resource]] = {}
        self.version = 0  # changes with every change, for caches of discovery
        for resource in builtin_resources():
            self._add(_builtin(resource))

    def _add(self, served: Served) -> None:
        r = served.resource
        self._same.clear()
        self._served[r.group, r.version, r.plural] = served
        self._kinds.setdefault((r.api_version, r.kind), r)
        if r.api_version == served.storage_version or r.key not in self._keys:
            self._keys[r.key] = served

    def set_custom(self, group: str, plural: str, versions: list[Served]) -> None:
        """Serve a CRD's versions, and no other ones of it."""
        self._same.clear()
        for key in [k for k in self._served if (k[0], k[2]) == (group, plural)]:
            gone = self._served.pop(key)
            self._kinds.pop((gone.resource.api_version, gone.resource.kind), None)
        self._keys.pop(f"{plural}.{group}", None)
        for served in versions:
            self._add(served)
        self.version += 1

    def find(self, group: str, version: str, plural: str) -> Served | None:
        """By the parts of a path."""
        return self._served.get((group, version, plural))

    def by_key(self, key: str) -> Served:
        """By group resource, in the version that is stored. Raises KeyError."""
        return self._keys[key]

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """By what an object or a reference says."""
        return self._kinds.get((api_version, kind))

    def resource(self, group: str, version: str, plural: str) -> Resource | None:
        """By the parts of a path."""
        found = self.find(group, version, plural)
        return found.resource if found else None

    def schema_of(self, api_version: str, kind: str) -> Schema | None:
        """The schema of a kind, built in or custom."""
        found = self.by_kind(api_version, kind)
        served = self.find(found.group, found.version, found.plural) if found else None
        return served.schema if served else None

    def key_of_kind(self, api_version: str, kind: str) -> str | None:
        """The group resource of what a reference says."""
        found = self._kinds.get((api_version, kind))
        if found is None:
            group = api_version.rpartition("/")[0]
            same = (r for (v, k), r in self._kinds.items() if k == kind and r.group == group)
            found = next(same, None)
        return found.key if found else None

    def equivalents(self, resource: Resource) -> list[Resource]:
        """The other versions, and groups, of the same stored objects."""
        if resource not in self._same:
            own = self.find(resource.group, resource.version, resource.plural)
            same = (s.resource for s in self._served.values() if own and s.key == own.key)
            self._same[resource] = [r for r in same if r != resource]
        return self._same[resource]

    def resources(self) -> list[Resource]:
        """All, in order of discovery."""
        return [served.resource for served in self._served.values()]

    def keys(self) -> list[str]:
        """The group resources of all objects that can be stored."""
        return [k for k, s in self._keys.items() if "list" in s.resource.verbs and s.key == k]

    def group_versions(self) -> set[tuple[str, str]]:
        """What is served, as (group, version)."""
        return {(g, v) for g, v, _ in self._served}


def _builtin(resource: Resource) -> Served:
    return Served(
        resource,
        strategy_of(resource.key),
        schema_of(resource.api_version, resource.kind),
        STORAGE_ALIAS.get(resource.key, resource.key),
        STORED_VERSION.get(resource.key, resource.api_version),
        convert,
    )
