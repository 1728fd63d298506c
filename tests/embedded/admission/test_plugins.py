from __future__ import annotations

import pytest

from breakfix.embedded.admission.chain import ORDER, default_chain, in_order
from breakfix.embedded.admission.default_ingress_class import DefaultIngressClass
from breakfix.embedded.admission.namespace_lifecycle import NamespaceLifecycle
from breakfix.embedded.admission.priority import Priority
from breakfix.embedded.admission.runtime_class import RuntimeClass
from breakfix.embedded.admission.storage_class import (
    DefaultStorageClass,
    PersistentVolumeClaimResize,
    StorageObjectInUseProtection,
)
from breakfix.embedded.admission.taint import DefaultTolerationSeconds, TaintNodesByCondition
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from tests.embedded.admission.world import World, pod, refusal, request


def marked(name: str, key: str, created: str = "2026-01-01T00:00:00Z") -> Object:
    meta = {"name": name, "annotations": {key: "true"}, "creationTimestamp": created}
    return {"metadata": meta}


def claim(size: str = "1Gi", **spec: object) -> Object:
    whole = {"resources": {"requests": {"storage": size}}, **spec}
    return {"metadata": {"name": "c", "namespace": "lab"}, "spec": whole}


async def test_nothing_goes_into_a_namespace_that_is_not_there() -> None:
    asked = request(pod())
    asked.namespace = "gone"
    found = await refusal(NamespaceLifecycle(World()), asked)
    assert found == 'namespaces "gone" not found'


async def test_nothing_is_created_in_a_namespace_that_goes() -> None:
    world = World()
    world.items["namespaces"][0]["status"] = {"phase": "Terminating"}
    with pytest.raises(StatusError) as refused:
        await NamespaceLifecycle(world).mutate(request(pod()))
    assert refused.value.message == (
        'pods "p" is forbidden: unable to create new content in namespace lab because it is being '
        "terminated"
    )
    assert refused.value.details["causes"] == [{
        "reason": "NamespaceTerminating", "message": "namespace lab is being terminated",
        "field": "metadata.namespace",
    }]  # fmt: skip
    assert await refusal(NamespaceLifecycle(world), request(pod(), operation="UPDATE")) == ""


async def test_some_namespaces_stay() -> None:
    asked = request(None, "namespaces", "DELETE", name="kube-system")
    assert await refusal(NamespaceLifecycle(World()), asked) == (
        'namespaces "kube-system" is forbidden: this namespace may not be deleted'
    )


async def test_pods_get_their_priority() -> None:
    world = World()
    world.put("priorityclasses.scheduling.k8s.io", {
        "metadata": {"name": "high"}, "value": 1000, "preemptionPolicy": "Never",
    })  # fmt: skip
    item = pod(priorityClassName="high")
    assert await refusal(Priority(world), request(item)) == ""
    assert (item["spec"]["priority"], item["spec"]["preemptionPolicy"]) == (1000, "Never")
    plain = pod()
    await refusal(Priority(world), request(plain))
    assert plain["spec"]["priority"] == 0
    found = await refusal(Priority(world), request(pod(priorityClassName="low")))
    assert found == 'pods "p" is forbidden: no PriorityClass with name low was found'


async def test_one_priority_class_is_the_default() -> None:
    world, key = World(), "priorityclasses.scheduling.k8s.io"
    world.put(key, {"metadata": {"name": "a"}, "value": 7, "globalDefault": True})
    second = {"metadata": {"name": "b"}, "value": 8, "globalDefault": True}
    assert await refusal(Priority(world), request(second, key)) == (
        f'{key} "b" is forbidden: PriorityClass a is already marked as default. Only one default '
        "can exist"
    )


async def test_pods_wait_five_minutes_for_their_node() -> None:
    item = pod(tolerations=[{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}])
    await DefaultTolerationSeconds().mutate(request(item))
    assert item["spec"]["tolerations"][1:] == [{
        "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
        "tolerationSeconds": 300,
    }]  # fmt: skip


async def test_a_new_node_is_not_ready() -> None:
    node: Object = {"metadata": {"name": "n"}}
    await TaintNodesByCondition().mutate(request(node, "nodes"))
    assert node["spec"]["taints"] == [
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    ]


async def test_claims_get_the_newest_default_class() -> None:
    world, key = World(), "storageclass.kubernetes.io/is-default-class"
    world.put("storageclasses.storage.k8s.io", marked("old", key))
    world.put("storageclasses.storage.k8s.io", marked("new", key, "2026-02-01T00:00:00Z"))
    item, chosen = claim(), claim(storageClassName="")
    for one in (item, chosen):
        await DefaultStorageClass(world).mutate(request(one, "persistentvolumeclaims"))
    assert (item["spec"]["storageClassName"], chosen["spec"]["storageClassName"]) == ("new", "")


async def test_claims_are_protected() -> None:
    item = claim()
    await StorageObjectInUseProtection().mutate(request(item, "persistentvolumeclaims"))
    assert item["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


async def test_claims_grow_where_their_class_allows_it() -> None:
    world = World()
    world.put("storageclasses.storage.k8s.io", {
        "metadata": {"name": "big"}, "allowVolumeExpansion": True,
    })  # fmt: skip
    plugin = PersistentVolumeClaimResize(world)

    async def grow(name: str, phase: str) -> str:
        old = {**claim(storageClassName=name), "status": {"phase": phase}}
        new = claim("2Gi", storageClassName=name)
        asked = request(new, "persistentvolumeclaims", "UPDATE", old)
        return await refusal(plugin, asked)

    assert await grow("big", "Bound") == ""
    assert (await grow("big", "Pending")).endswith(
        "Only bound persistent volume claims can be expanded"
    )
    assert (await grow("small", "Bound")).endswith(
        "only dynamically provisioned pvc can be resized and the storageclass that provisions "
        "the pvc must support resize"
    )


async def test_an_ingress_gets_the_default_class() -> None:
    world = World()
    key = "ingressclass.kubernetes.io/is-default-class"
    world.put("ingressclasses.networking.k8s.io", marked("nginx", key))
    item: Object = {"metadata": {"name": "i", "namespace": "lab"}, "spec": {}}
    await DefaultIngressClass(world).mutate(request(item, "ingresses.networking.k8s.io"))
    assert item["spec"] == {"ingressClassName": "nginx"}


async def test_a_pod_takes_the_overhead_of_its_runtime() -> None:
    world = World()
    world.put("runtimeclasses.node.k8s.io", {
        "metadata": {"name": "vm"}, "overhead": {"podFixed": {"cpu": "250m"}},
        "scheduling": {"nodeSelector": {"kvm": "yes"}},
    })  # fmt: skip
    item = pod(runtimeClassName="vm")
    assert await refusal(RuntimeClass(world), request(item)) == ""
    assert item["spec"]["overhead"] == {"cpu": "250m"}
    assert item["spec"]["nodeSelector"] == {"kvm": "yes"}
    found = await refusal(RuntimeClass(world), request(pod(runtimeClassName="no")))
    assert found == 'pods "p" is forbidden: pod rejected: RuntimeClass "no" not found'
    found = await refusal(RuntimeClass(world), request(pod(overhead={"cpu": "1"})))
    assert found.endswith("Pod Overhead set without corresponding RuntimeClass defined Overhead")


def test_the_chain_is_in_order() -> None:
    plugins = default_chain(World().client)
    assert in_order(plugins) == plugins
    assert all(plugin.name in ORDER for plugin in plugins)
