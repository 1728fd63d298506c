"""The resources that every cluster serves, as a real one lists them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from breakfix.embedded.facts import loading
from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.objects import Object


@cache
def resources() -> tuple[Resource, ...]:
    """All of them: groups and versions in the order of discovery, the preferred one first."""
    return tuple(_each())


def _each() -> Iterator[Resource]:
    for group in loading.discovery():
        name = group["metadata"].get("name", "")
        for version in group["versions"]:
            for found in version["resources"]:
                yield _resource(name, version["version"], found)


def _resource(group: str, version: str, found: Object) -> Resource:
    return Resource(
        group=group, version=version, plural=found["resource"],
        kind=found["responseKind"]["kind"], namespaced=found["scope"] == "Namespaced",
        verbs=tuple(found["verbs"]), singular=found["singularResource"],
        short_names=tuple(found.get("shortNames", ())),
        categories=tuple(found.get("categories", ())),
        subresources=tuple(_subresource(s) for s in found.get("subresources", ())),
    )  # fmt: skip


def _subresource(found: Object) -> Subresource:
    kind = found["responseKind"]
    return Subresource(
        found["subresource"], kind["kind"], tuple(found["verbs"]), kind["group"], kind["version"]
    )
