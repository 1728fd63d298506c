"""Discovery documents, as a real server of 1.34 gives them."""

from __future__ import annotations

import pytest

from breakfix.embedded.kinds.builtin import resources
from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.server import discovery

CRD = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def custom(version: str, group: str = "stable.example.com") -> Resource:
    subs = (Subresource("status", "Tab", ("get", "patch", "update")),)
    return Resource(
        group, version, "tabs", "Tab", True, CRD, "tab", ("tb",), ("all",), subs, custom=True
    )


def test_groups_come_in_the_order_of_their_priority() -> None:
    found = discovery.groups([*resources(), custom("v1"), custom("v1", "a.example.com")])
    assert list(found)[:4] == ["", "apiregistration.k8s.io", "apps", "events.k8s.io"]
    assert list(found)[-2:] == ["a.example.com", "stable.example.com"]
    assert found["autoscaling"] == ["v2", "v1"]


def test_versions_of_a_crd_are_ordered_as_kubernetes_does() -> None:
    versions = ["v1alpha1", "v1", "foo", "v2beta1", "v10", "v2"]
    found = discovery.groups(custom(v) for v in versions)
    assert found["stable.example.com"] == ["v10", "v2", "v1", "v2beta1", "v1alpha1", "foo"]


def test_group_documents() -> None:
    served = [*resources(), custom("v1")]
    listed = discovery.group_list(served)
    assert listed["groups"][0]["name"] == "apiregistration.k8s.io"
    assert discovery.group("autoscaling", served) == {
        "kind": "APIGroup", "apiVersion": "v1", "name": "autoscaling",
        "versions": [
            {"groupVersion": "autoscaling/v2", "version": "v2"},
            {"groupVersion": "autoscaling/v1", "version": "v1"},
        ],
        "preferredVersion": {"groupVersion": "autoscaling/v2", "version": "v2"},
    }  # fmt: skip
    assert discovery.group("nope", served) is None
    assert discovery.resource_list("nope/v1", served) is None


def test_a_resource_list_names_subresources() -> None:
    found = discovery.resource_list("apps/v1", resources())
    assert found is not None
    entries = {e["name"]: e for e in found["resources"]}
    assert list(entries) == sorted(entries)
    assert entries["deployments/scale"] == {
        "name": "deployments/scale", "singularName": "", "namespaced": True,
        "group": "autoscaling", "version": "v1", "kind": "Scale",
        "verbs": ["get", "patch", "update"],
    }  # fmt: skip
    assert entries["deployments"]["shortNames"] == ["deploy"]
    core = discovery.resource_list("v1", resources())
    assert core is not None
    assert "apiVersion" not in core


def test_the_aggregated_form_splits_core_from_groups() -> None:
    served = [*resources(), custom("v1")]
    core = discovery.aggregated(served, core=True)
    assert [i["metadata"] for i in core["items"]] == [{}]
    groups = discovery.aggregated(served, core=False)
    last = groups["items"][-1]
    assert last["metadata"] == {"name": "stable.example.com"}
    resource = last["versions"][0]["resources"][0]
    assert resource["responseKind"] == {
        "group": "stable.example.com", "version": "v1", "kind": "Tab",
    }  # fmt: skip
    pods = next(r for r in core["items"][0]["versions"][0]["resources"] if r["resource"] == "pods")
    assert pods["responseKind"] == {"group": "", "version": "", "kind": "Pod"}
    eviction = next(s for s in pods["subresources"] if s["subresource"] == "eviction")
    assert eviction["responseKind"] == {"group": "policy", "version": "v1", "kind": "Eviction"}


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (f"{discovery.AGGREGATED},application/json", True),
        ("application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io", True),
        ("application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_who_wants_the_aggregated_form(accept: str, wanted: bool) -> None:
    assert discovery.wants_aggregated(accept) is wanted
