"""Whatever is done to a cluster, in whatever order: a restore leaves no difference."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.restore import restore
from tests.game.fake_kubernetes import FakeApi
from tests.game.shop import World

Deed = Callable[[FakeApi], Coroutine[Any, Any, object]]
NAMESPACES = st.sampled_from(["shop", "default", "kube-system", "new"])
NAMES = st.sampled_from(["front", "load", "data", "coredns", "a", "b"])
VALUES = st.sampled_from(["catalog", "nowhere", "", "1"])
NAMESPACED = st.sampled_from(["ConfigMap", "Secret", "Service", "NetworkPolicy", "Role"])
POD_SPEC = {"containers": [{"name": "a", "envFrom": [{"configMapRef": {"name": "a"}}]}]}
VERSIONS = {
    "NetworkPolicy": "networking.k8s.io/v1", "Role": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1", "StorageClass": "storage.k8s.io/v1",
    "Deployment": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1",
}  # fmt: skip


def item(kind: str, name: str, namespace: str, **more: object) -> Object:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": meta} | more


@st.composite
def creations(draw: st.DrawFn) -> Deed:
    name, namespace = draw(NAMES), draw(NAMESPACES)
    template = {"metadata": {"labels": {"app": name}}, "spec": POD_SPEC}
    bodies = [
        item(draw(NAMESPACED), name, namespace, spec={}, data={"a": draw(VALUES)}),
        item("Deployment", name, namespace, spec={"replicas": 2, "template": template}),
        item("StatefulSet", name, namespace, spec={"replicas": 1, "template": template}),
        item("Job", name, namespace, spec={"template": {"spec": POD_SPEC}}),
        item("Pod", name, namespace, spec=POD_SPEC),
        item("PersistentVolumeClaim", name, namespace, spec={"storageClassName": "standard"}),
        item("ClusterRole", name, "", rules=[]),
        item("StorageClass", name, "", provisioner=draw(VALUES), reclaimPolicy="Retain"),
        item("Namespace", "new", ""),
    ]
    body = draw(st.sampled_from(bodies))
    return lambda api: api.create(body)


@st.composite
def patches(draw: st.DrawFn) -> Deed:
    kind, name, namespace = draw(
        st.sampled_from([
            ("ConfigMap", "front", "shop"), ("ConfigMap", "coredns", "kube-system"),
            ("Service", "front", "shop"), ("Deployment", "front", "shop"),
            ("PersistentVolumeClaim", "data", "shop"), ("Namespace", "shop", ""),
            ("Node", "node", ""), ("StorageClass", "standard", ""),
        ])
    )  # fmt: skip
    value = draw(VALUES)
    body = draw(
        st.sampled_from([
            {"metadata": {"labels": {"a": value}}},
            {"metadata": {"annotations": {"a": value}}},
            {"data": {"UPSTREAM": value}},
            {"spec": {"replicas": 0, "taints": [{"key": value}], "ports": []}},
        ])
    )  # fmt: skip
    return lambda api: api.patch(kind, name, namespace or None, body)


@st.composite
def deletions(draw: st.DrawFn) -> Deed:
    kind, name, namespace = draw(
        st.sampled_from([
            ("ConfigMap", "front", "shop"), ("ConfigMap", "coredns", "kube-system"),
            ("Service", "front", "shop"), ("Deployment", "front", "shop"),
            ("Deployment", "load", "shop"), ("PersistentVolumeClaim", "data", "shop"),
            ("Namespace", "shop", ""), ("StorageClass", "standard", ""), ("Job", "import", "shop"),
        ])
    )  # fmt: skip
    return lambda api: api.delete(kind, name, namespace or None)


@given(deeds=st.lists(st.one_of(creations(), patches(), deletions()), max_size=12))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_after_a_restore_nothing_differs(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[Deed]
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    await world.stage().apply_base()
    api = world.kubernetes.api()
    await api.create(item("Job", "import", "shop", spec={"template": {"spec": POD_SPEC}}))
    before = await world.snapshot()
    for deed in deeds:
        with suppress(ApiError):  # what a learner does may be refused
            await deed(api)
    assert await restore(api, before, world.clock) == []
    assert len(world.kubernetes.all("PersistentVolume")) == 1
