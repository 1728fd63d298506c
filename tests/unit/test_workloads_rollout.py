"""Workloads: how they are named, which pods are theirs, whether a rollout is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clusters.base import Object
from breakfix.clusters.pods import references
from breakfix.clusters.workloads import WorkloadRef, parse, pods_of, rollout, settle, unfinished
from breakfix.errors import ClusterError
from tests.unit.check_questions import Asked
from tests.unit.check_questions import shop as make_shop


@pytest.fixture
async def shop(tmp_path: Path) -> Asked:
    return await make_shop(tmp_path)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("deployment/load", WorkloadRef("Deployment", "shop", "load")),
        ("deploy/load", WorkloadRef("Deployment", "shop", "load")),
        ("guest/pod/stranger", WorkloadRef("Pod", "guest", "stranger")),
        ("kube-system/daemonset/kube-proxy", WorkloadRef("DaemonSet", "kube-system", "kube-proxy")),
    ],
)
def test_a_reference_is_namespace_kind_and_name(text: str, ref: WorkloadRef) -> None:
    assert parse(text, "shop") == ref


def test_a_reference_is_shown_as_kubectl_names_it() -> None:
    assert str(parse("deploy/load", "shop")) == "deployment/load in shop"


def test_an_unknown_kind_of_workload_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ClusterError, match="'service' is not one of deployment, deploy"):
        parse("service/front", "shop")


async def test_pods_of_a_workload_are_found_by_its_selector(shop: Asked) -> None:
    found = await pods_of(shop.fake.api(), parse("deployment/front", "shop"))
    assert [p["metadata"]["labels"]["app"] for p in found] == ["front", "front"]


async def test_ready_pods_come_first_and_dying_ones_not_at_all(shop: Asked) -> None:
    names = sorted(p["metadata"]["name"] for p in shop.fake.all("Pod") if "front" in str(p))
    sick, dying = names[0], names[1]
    shop.fake.behaviour.is_ready = lambda pod: pod["metadata"]["name"] != sick
    await shop.fake.api().patch("Deployment", "front", "shop", {"spec": {"replicas": 3}})
    shop.fake.has("Pod", dying, "shop")["metadata"]["deletionTimestamp"] = "now"
    found = await pods_of(shop.fake.api(), parse("deployment/front", "shop"))
    shown = [p["metadata"]["name"] for p in found]
    assert (len(shown), shown[-1]) == (2, sick)
    assert dying not in shown


async def test_a_missing_workload_has_no_pods(shop: Asked) -> None:
    api = shop.fake.api()
    assert await pods_of(api, parse("deployment/back", "shop")) == []
    assert await pods_of(api, parse("pod/back", "shop")) == []


def workload(kind: str, spec: Object, status: Object, generation: int = 1) -> Object:
    meta = {"name": "x", "generation": generation}
    status = {"observedGeneration": 1} | status
    return {"kind": kind, "metadata": meta, "spec": spec, "status": status}


THREE = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "readyReplicas": 3}


@pytest.mark.parametrize(
    ("item", "done", "words"),
    [
        (workload("Deployment", {"replicas": 3}, THREE), True, "3 of 3 available, 3 up to date"),
        (workload("Deployment", {"replicas": 3}, THREE, generation=2), False,
         "the controller has not seen the change yet"),
        (workload("Deployment", {"replicas": 3}, THREE | {"replicas": 4}), False,
         "3 of 3 available, 3 up to date"),
        (workload("Deployment", {"replicas": 3}, THREE | {"updatedReplicas": 1}), False,
         "3 of 3 available, 1 up to date"),
        (workload("Deployment", {"replicas": 0}, {}), True, "0 of 0 available, 0 up to date"),
        (workload("Deployment", {}, {}), False, "0 of 1 available, 0 up to date"),
        (workload("StatefulSet", {"replicas": 3}, THREE), True, "3 of 3 ready"),
        (workload("StatefulSet", {"replicas": 3},
                  THREE | {"updateRevision": "b", "currentRevision": "a"}), False, "3 of 3 ready"),
        (workload("DaemonSet", {}, {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
                                    "numberAvailable": 2}), True,
         "2 of 2 available, 2 up to date"),
        (workload("DaemonSet", {}, {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
                                    "numberAvailable": 1}), False,
         "1 of 2 available, 2 up to date"),
        (workload("ReplicaSet", {"replicas": 3}, THREE), True, "3 of 3 ready"),
        (workload("Job", {"completions": 2}, {"succeeded": 1}), False, "1 of 2 completed"),
        (workload("Pod", {}, {"phase": "Pending"}), False, "not ready, phase Pending"),
    ],
)  # fmt: skip
def test_a_rollout_is_complete_as_kubectl_has_it(item: Object, done: bool, words: str) -> None:
    assert rollout(item) == (done, words)


async def test_what_still_moves_is_named(shop: Asked) -> None:
    shop.fake.behaviour.is_ready = lambda pod: "load" not in pod["metadata"]["name"]
    await shop.fake.api().patch("Deployment", "load", "shop", {"metadata": {"labels": {"a": "b"}}})
    pod = next(p for p in shop.fake.all("Pod") if "front" in p["metadata"]["name"])
    pod["metadata"]["deletionTimestamp"] = "now"
    assert await unfinished(shop.fake.api(), ["shop", "", "default"]) == [
        "Deployment load: 0 of 1 available, 1 up to date", f"Pod {pod['metadata']['name']} goes",
    ]  # fmt: skip


async def test_settling_ends_with_its_timeout_and_says_what_moves(shop: Asked) -> None:
    shop.fake.behaviour.is_ready = lambda pod: False
    await shop.fake.api().patch("Deployment", "load", "shop", {"metadata": {"labels": {"a": "b"}}})
    moving = await settle(shop.fake.api(), ["shop"], shop.world.clock, timeout=10)
    assert len(moving) == 2
    assert shop.world.clock.monotonic() == pytest.approx(10, abs=0.5)


def test_a_pod_spec_refers_to_config_in_every_way() -> None:
    spec = {
        "volumes": [
            {"configMap": {"name": "mounted"}}, {"secret": {"secretName": "certs"}},
            {"projected": {"sources": [
                {"configMap": {"name": "projected"}}, {"secret": {"name": "token"}},
                {"serviceAccountToken": {}},
            ]}},
            {"emptyDir": {}},
        ],
        "containers": [{"envFrom": [{"configMapRef": {"name": "all"}},
                                    {"secretRef": {"name": "s"}}],
                        "env": [{"name": "plain", "value": "1"}]}],
        "initContainers": [{"env": [
            {"name": "a", "valueFrom": {"configMapKeyRef": {"name": "key", "key": "a"}}},
            {"name": "b", "valueFrom": {"secretKeyRef": {"name": "pass", "key": "b"}}},
            {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        ]}],
    }  # fmt: skip
    assert references(spec) == {
        ("ConfigMap", "mounted"), ("Secret", "certs"), ("ConfigMap", "projected"),
        ("Secret", "token"), ("ConfigMap", "all"), ("Secret", "s"), ("ConfigMap", "key"),
        ("Secret", "pass"),
    }  # fmt: skip
