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


@cache
def _by_path() -> dict[tuple[str, str], Resource]:
    return {(r.api_version, r.plural): r for r in resources()}


@cache
def _by_key() -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for resource in resources():
        found.setdefault(resource.key, resource)
    return found


@cache
def _by_kind() -> dict[tuple[str, str], Resource]:
    found: dict[tuple[str, str], Resource] = {}
    for resource in resources():
        found.setdefault((resource.api_version, resource.kind), resource)
    return found


def of_path(api_version: str, plural: str) -> Resource | None:
    """The resource at "apps/v1", "deployments"."""
    return _by_path().get((api_version, plural))


def of_key(key: str) -> Resource | None:
    """The resource "deployments.apps", in the version that its group prefers."""
    return _by_key().get(key)


def of_kind(api_version: str, kind: str) -> Resource | None:
    """The resource of a kind, "apps/v1", "Deployment"."""
    return _by_kind().get((api_version, kind))


# The core group's events are the same objects as those of events.k8s.io.
SHARED = {"events.events.k8s.io": "events"}
