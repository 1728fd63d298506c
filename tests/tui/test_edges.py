"""What points to what on the map: the same facts that kubectl would show."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.clusters.base import Object
from breakfix.clusters.live_edges import matches
from breakfix.clusters.live_picture import Backend, Place, Shape, Workload
from breakfix.clusters.live_reading import happenings, nodes, places
from tests.tui.test_live import obj, pod, running, slice_of, store


def labelled(name: str, **labels: str) -> Object:
    """A running pod with labels."""
    return pod(name, running(), meta={"labels": labels})


def deployment(name: str, replicas: int = 1, **labels: str) -> Object:
    """A Deployment whose template has labels."""
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main"}]}}
    return obj("Deployment", name, spec={"replicas": replicas, "template": template})


def service(name: str, **selector: str) -> Object:
    """A Service with a selector; none where no label is given."""
    return obj("Service", name, spec={"selector": selector} if selector else {})


def shop(*items: Object) -> Place:
    """The namespace shop of these objects."""
    return places(store(*items), "shop")[0]


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({}, True),
        ({"matchLabels": {"app": "front"}}, True),
        ({"matchLabels": {"app": "front", "tier": "db"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "front"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["front"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_matches_as_kubernetes_does(selector: dict[str, Any], fits: bool) -> None:
    assert matches(selector, {"app": "front"}) is fits


def test_a_service_points_to_the_workloads_that_its_selector_matches() -> None:
    place = shop(
        service("web", app="front"), deployment("front", app="front"), labelled("x", app="front"),
        labelled("y", app="other"), slice_of("web", True),
    )  # fmt: skip
    assert (place.services[0].selects, place.services[0].endpoints) == (("front", "x"), 1)


def test_a_service_whose_selector_matches_nothing_says_so_and_one_without_has_none() -> None:
    place = shop(service("alone"), service("lost", app="frnt"), deployment("front", app="front"))
    assert [s.selects for s in place.services] == [None, ()]


def test_a_workload_without_pods_is_still_selected() -> None:
    place = shop(service("web", app="front"), deployment("front", 0, app="front"))
    assert place.services[0].selects == ("front",)


def test_a_claim_says_what_it_is_bound_to_and_who_mounts_it() -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    user = pod("db-0", running(), spec={"containers": [{"name": "main"}], "volumes": volumes})
    claim = obj(
        "PersistentVolumeClaim", "data", status={"phase": "Bound"},
        spec={"volumeName": "pvc-1", "storageClassName": "standard"},
    )  # fmt: skip
    waiting = obj("PersistentVolumeClaim", "new", spec={})
    bound, pending = shop(claim, user, waiting).claims
    assert (bound.volume, bound.storage_class, bound.used_by) == ("pvc-1", "standard", ("db-0",))
    assert (pending.phase, pending.used_by) == ("Pending", ())


def test_a_policy_selects_some_workloads_or_every_pod() -> None:
    one = obj("NetworkPolicy", "one", spec={"podSelector": {"matchLabels": {"app": "db"}}})
    all_of = obj("NetworkPolicy", "all", spec={"podSelector": {}, "policyTypes": ["Egress"]})
    every, some = shop(one, all_of, labelled("db-0", app="db"), labelled("x", app="x")).policies
    assert (every.every, every.directions) == (True, ("Egress",))
    assert (some.every, some.selects, some.directions) == (False, ("db-0",), ("Ingress",))


def test_an_ingress_knows_which_of_its_services_exist() -> None:
    def path(where: str, name: str) -> dict[str, Any]:
        return {"path": where, "backend": {"service": {"name": name}}}

    rules = [{"host": "shop.test", "http": {"paths": [path("/", "web"), path("/x", "wbe")]}}]
    place = shop(obj("Ingress", "shop", spec={"rules": rules}), service("web", app="front"))
    assert place.ingresses[0].backends == (
        Backend("shop.test/", "web", True), Backend("shop.test/x", "wbe", False),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "ready", "word", "shape"),
    [
        ({}, "True", "Ready", Shape.READY),
        ({"unschedulable": True}, "True", "Ready,SchedulingDisabled", Shape.RUNNING),
        ({}, "False", "NotReady", Shape.FAILING),
        ({}, "Unknown", "NotReady", Shape.FAILING),
    ],
)
def test_a_node_has_the_word_of_kubectl(spec: Object, ready: str, word: str, shape: Shape) -> None:
    conditions = [{"type": "Ready", "status": ready}]
    item = obj("Node", "worker", "", spec=spec, status={"conditions": conditions})
    on = pod("x", running(), spec={"nodeName": "worker", "containers": []})
    (node,) = nodes(store(item, on))
    assert (node.status, node.shape, node.pods) == (word, shape, 1)


def test_a_node_is_no_namespace() -> None:
    assert places(store(obj("Node", "worker", "")), "shop") == ()


def words(*found: Workload) -> dict[str, str]:
    """The state of each workload."""
    return {f"{w.kind} {w.name}": w.word for w in found}


def test_jobs_and_cron_jobs_have_words_of_their_own() -> None:
    failed = {"conditions": [{"type": "Failed", "status": "True"}]}
    done = {"conditions": [{"type": "Complete", "status": "True"}], "succeeded": 1}
    place = shop(
        obj("Job", "bad", spec={}, status=failed), obj("Job", "good", spec={}, status=done),
        obj("Job", "now", spec={"completions": 3}, status={"succeeded": 1}),
        obj("CronJob", "nightly", spec={"schedule": "0 3 * * *", "suspend": True}),
    )  # fmt: skip
    assert words(*place.workloads) == {
        "Job bad": "0/1 Failed", "Job good": "1/1 Complete", "Job now": "1/3 Running",
        "CronJob nightly": "0 3 * * * suspended",
    }  # fmt: skip


def test_a_pod_knows_its_node_and_what_is_inside() -> None:
    spec = {"nodeName": "w", "containers": [{"name": "main"}], "initContainers": [{"name": "i"}]}
    meta = {"creationTimestamp": "2026-01-01T10:00:00Z"}
    found = shop(pod("x", running(), spec=spec, meta=meta)).workloads[0].pods[0]
    assert (found.node, found.inside) == ("w", ("main", "i"))
    assert found.created is not None
    assert found.created.hour == 10


def test_of_many_events_the_newest_are_read() -> None:
    def at(minute: int) -> Object:
        return obj("Event", f"e{minute}", lastTimestamp=f"2026-01-01T10:{minute:02}:00Z")

    found = happenings(store(*(at(m) for m in (5, 1, 9, 3))), 2)
    assert [event.name for event in found] == ["e5", "e9"]
