"""Which kinds a server serves, from its discovery documents: the two aggregated ones
(Kubernetes 1.26 and later), else one for each group and version.

Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from breakfix.errors import ClusterError

LIST = "APIGroupDiscoveryList"
AGGREGATED = f"application/json;g=apidiscovery.k8s.io;v=v2;as={LIST}"
JSON = "application/json, */*"


def accepted(path: str) -> str:
    """What to accept at a path."""
    return f"{AGGREGATED}, {JSON}" if path in ("/api", "/apis") else JSON


@dataclass(frozen=True)
class Resource:
    """One kind as the server serves it; `verbs` are what may be done with it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def api_version(self) -> str:
        """`v1`, or `GROUP/VERSION`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str = "") -> str:
        """The URL path of an object, of a namespace's objects, or of all of them."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if self.namespaced and namespace:
            root += f"/namespaces/{quote(namespace)}"
        return f"{root}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Resources:
    """All kinds of a server, preferred versions first."""

    def __init__(self, found: list[Resource]) -> None:
        self.all = tuple(found)

    @classmethod
    async def discover(cls, request: Callable[..., Awaitable[Any]]) -> Resources:
        """Ask the server. `request` is KubeApi.request, which accepts AGGREGATED."""
        groups = await request("GET", "/apis")
        if groups.get("kind") == LIST:
            core = await request("GET", "/api")
            return cls([r for document in (core, groups) for r in _aggregated(document)])
        core = await request("GET", "/api/v1")
        found = [_resource("", "v1", item) for item in core["resources"] if _whole(item)]
        for group in groups["groups"]:
            preferred = group["preferredVersion"]["version"]
            versions = sorted(group["versions"], key=lambda v: v["version"] != preferred)
            for version in versions:
                answer = await _group(request, version["groupVersion"])
                items = (i for i in answer if _whole(i))
                found += [_resource(group["name"], version["version"], i) for i in items]
        return cls(found)

    def find(self, kind: str, api_version: str = "") -> Resource:
        """The resource of a kind; without apiVersion the first that is served."""
        for resource in self.all:
            if resource.kind == kind and api_version in ("", resource.api_version):
                return resource
        where = f" in {api_version}" if api_version else ""
        raise ClusterError(
            f"this cluster has no kind {kind!r}{where}",
            "`kubectl api-resources` lists the kinds that it serves.",
        )

    def preferred(self) -> list[Resource]:
        """One resource for each group and kind: the preferred version."""
        first: dict[tuple[str, str], Resource] = {}
        for resource in self.all:
            first.setdefault((resource.group, resource.kind), resource)
        return list(first.values())


def _aggregated(document: dict[str, Any]) -> Iterator[Resource]:
    """What an APIGroupDiscoveryList says; its groups have their preferred version first."""
    for group in document["items"]:
        name = group["metadata"].get("name", "")
        for version in group["versions"]:
            for item in version.get("resources") or ():
                kind = (item.get("responseKind") or {}).get("kind")
                if kind and item.get("verbs"):  # not the parent of subresources alone
                    yield Resource(
                        name, version["version"], kind, item["resource"],
                        item["scope"] == "Namespaced", frozenset(item["verbs"]),
                    )  # fmt: skip


async def _group(request: Callable[..., Awaitable[Any]], group_version: str) -> list[Any]:
    try:
        answer = await request("GET", f"/apis/{group_version}")
    except ClusterError as error:
        if getattr(error, "code", 0) in (404, 503):  # an aggregated API whose server is away
            return []
        raise
    return list(answer["resources"])


def _whole(item: dict[str, Any]) -> bool:
    return "/" not in item["name"]


def _resource(group: str, version: str, item: dict[str, Any]) -> Resource:
    return Resource(
        group=item.get("group") or group,
        version=item.get("version") or version,
        kind=item["kind"],
        plural=item["name"],
        namespaced=item["namespaced"],
        verbs=frozenset(item["verbs"]),
    )
