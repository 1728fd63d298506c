"""The discovery documents, from the resources that are served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from breakfix.embedded.facts import loading
from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.objects import Object

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# What the registration of a CRD's group asks for, beside the built-in ones.
_CUSTOM_PRIORITY = (1000, 100)
_KUBE_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_STAGES = {"alpha": 0, "beta": 1, None: 2}


def wants_aggregated(accept: str) -> bool:
    """Does an Accept header take the aggregated form?"""
    wanted = set(AGGREGATED.split(";"))
    return any(wanted <= {t.strip() for t in part.split(";")} for part in accept.split(","))


@cache
def _priorities() -> dict[tuple[str, str], tuple[int, int]]:
    """GroupPriorityMinimum and versionPriority of the built-in group versions."""
    found = {("apiregistration.k8s.io", "v1"): (17_900, 1)}  # serves itself, after the core
    for service in loading.default_objects("APIService"):
        spec = service["spec"]
        found[spec.get("group", ""), spec["version"]] = (
            spec["groupPriorityMinimum"], spec["versionPriority"],
        )  # fmt: skip
    return found


def version_key(version: str) -> tuple[int, int, int, str]:
    """Newer and more stable versions are greater: v2 > v1 > v1beta2 > v1alpha1 > foo."""
    found = _KUBE_VERSION.fullmatch(version)
    if found is None:
        return -1, 0, 0, version
    return _STAGES[found[2]], int(found[1]), int(found[3] or 0), ""


def groups(resources: Iterable[Resource]) -> dict[str, list[str]]:
    """The groups in their order, each with its versions, the preferred one first."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        found.setdefault(resource.group, set()).add(resource.version)

    def version_rank(group: str, version: str) -> tuple[object, ...]:
        rank = _priorities().get((group, version), _CUSTOM_PRIORITY)[1]
        stage, major, minor, name = version_key(version)
        return -rank, -stage, -major, -minor, name

    def group_rank(group: str) -> tuple[int, str]:
        ranks = [_priorities().get((group, v), _CUSTOM_PRIORITY)[0] for v in found[group]]
        return -max(ranks), group

    return {
        group: sorted(found[group], key=lambda v, g=group: version_rank(g, v))  # type: ignore[misc]
        for group in sorted(found, key=group_rank)
    }


# -- the older form ----------------------------------------------------------------------


def api_versions(address: str) -> Object:
    """/api; `address` as "127.0.0.1:6443"."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(resources: Sequence[Resource]) -> Object:
    """/apis."""
    found = [_group(name, versions) for name, versions in groups(resources).items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(name: str, resources: Sequence[Resource]) -> Object | None:
    """/apis/GROUP; None where there is none."""
    versions = groups(r for r in resources if r.group == name).get(name)
    if not name or versions is None:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def _group(name: str, versions: list[str]) -> Object:
    shown = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": shown, "preferredVersion": shown[0]}


def resource_list(api_version: str, resources: Iterable[Resource]) -> Object | None:
    """/api/v1, /apis/GROUP/VERSION; None where there is none."""
    served = sorted((r for r in resources if r.api_version == api_version), key=lambda r: r.plural)
    if not served:
        return None
    entries = [e for r in served for e in (_entry(r), *(_sub_entry(r, s) for s in r.subresources))]
    found: Object = {"kind": "APIResourceList", "groupVersion": api_version}
    if api_version != "v1":
        found = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version}
    if not any(r.custom for r in served):
        entries.sort(key=lambda e: str(e["name"]))
    return found | {"resources": entries}


def _entry(resource: Resource) -> Object:
    found: Object = {
        "name": resource.plural, "singularName": resource.singular,
        "namespaced": resource.namespaced, "kind": resource.kind, "verbs": list(resource.verbs),
    }  # fmt: skip
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    return found


def _sub_entry(resource: Resource, sub: Subresource) -> Object:
    kind = {"group": sub.group, "version": sub.version} if sub.version else {}
    return {
        "name": f"{resource.plural}/{sub.name}", "singularName": "",
        "namespaced": resource.namespaced, **kind, "kind": sub.kind, "verbs": list(sub.verbs),
    }  # fmt: skip


# -- the aggregated form -----------------------------------------------------------------


def aggregated(resources: Sequence[Resource], *, core: bool) -> Object:
    """/api (the core group) or /apis (all others) as an APIGroupDiscoveryList."""
    by_version: dict[tuple[str, str], list[Resource]] = {}
    for resource in resources:
        by_version.setdefault((resource.group, resource.version), []).append(resource)
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [_version(v, by_version[name, v]) for v in versions],
        }
        for name, versions in groups(resources).items()
        if (name == "") == core
    ]
    return {
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items,
    }  # fmt: skip


def _version(version: str, resources: list[Resource]) -> Object:
    shown = [_discovered(r) for r in sorted(resources, key=lambda r: r.plural)]
    return {"version": version, "resources": shown, "freshness": "Current"}


def _discovered(resource: Resource) -> Object:
    found: Object = {
        "resource": resource.plural,
        "responseKind": _kind(resource.kind, resource),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular, "verbs": list(resource.verbs),
    }  # fmt: skip
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    if resource.subresources:
        found["subresources"] = [_discovered_sub(resource, s) for s in resource.subresources]
    return found


def _discovered_sub(resource: Resource, sub: Subresource) -> Object:
    group = {"group": sub.group, "version": sub.version} if sub.version else None
    kind = {**group, "kind": sub.kind} if group else _kind(sub.kind, resource)
    return {"subresource": sub.name, "responseKind": kind, "verbs": list(sub.verbs)}


def _kind(kind: str, resource: Resource) -> Object:
    """Built-in ones leave the group of their own path out, those of CRDs state it."""
    if resource.custom:
        return {"group": resource.group, "version": resource.version, "kind": kind}
    return {"group": "", "version": "", "kind": kind}
