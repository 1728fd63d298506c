"""The resources that a CRD adds to the API."""

from __future__ import annotations

from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.objects import Object, condition

_GET_PUT = ("get", "patch", "update")


def established(crd: Object) -> bool:
    """Is it served?"""
    found = condition(crd, "Established")
    return bool(found and found["status"] == "True")


def resources_of(crd: Object) -> list[Resource]:
    """A resource for each served version, the storage version's order that of the spec.

    Names are the accepted ones where the CRD has any.
    """
    return [_resource(crd, version) for version in crd["spec"]["versions"] if version.get("served")]


def _resource(crd: Object, version: Object) -> Resource:
    spec = crd["spec"]
    names = (crd.get("status") or {}).get("acceptedNames") or {}
    if not names.get("plural"):
        names = spec["names"]
    return Resource(
        group=spec["group"], version=version["name"], plural=names["plural"],
        kind=names["kind"], namespaced=spec["scope"] == "Namespaced",
        singular=names.get("singular") or names["kind"].lower(),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=_subresources(version, names["kind"]), custom=True,
    )  # fmt: skip


def _subresources(version: Object, kind: str) -> tuple[Subresource, ...]:
    given = version.get("subresources") or {}
    found = []
    if "status" in given:
        found.append(Subresource("status", kind, _GET_PUT))
    if given.get("scale"):
        found.append(Subresource("scale", "Scale", _GET_PUT, "autoscaling", "v1"))
    return tuple(found)
