"""The garbage collector and the namespace controller."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.garbage import GarbageCollector
from breakfix.embedded.controllers.namespace import NamespaceController
from breakfix.embedded.objects import condition
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient, resolve, resources


async def make(client: FakeClient, name: str, *owners: Any, namespace: str = "default") -> Any:
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": o["metadata"]["name"],
         "uid": o["metadata"]["uid"], "blockOwnerDeletion": True}
        for o in owners
    ]  # fmt: skip
    metadata: Any = {"name": name, "namespace": namespace}
    if references:
        metadata["ownerReferences"] = references
    return await client.create("configmaps", {"metadata": metadata, "kind": "ConfigMap"})


def names(client: FakeClient) -> list[str]:
    return sorted(i["metadata"]["name"] for i in client.list("configmaps"))


def collector(client: FakeClient) -> Any:
    return running(client, GarbageCollector(client, resources, resolve))


async def test_background(client: FakeClient) -> None:
    async with collector(client):
        owner = await make(client, "owner")
        child = await make(client, "child", owner)
        await make(client, "grandchild", child)
        other = await make(client, "other")
        await make(client, "shared", owner, other)
        await client.clock.advance(1)
        await client.delete("configmaps", "owner", "default", propagation="Background")
        await client.clock.advance(1)
        assert names(client) == ["other", "shared"]
        references = client.the("configmaps", "shared")["metadata"]["ownerReferences"]
        assert [r["name"] for r in references] == ["other"]


async def test_foreground(client: FakeClient) -> None:
    async with collector(client):
        owner = await make(client, "owner")
        child = await make(client, "child", owner)
        grandchild = await make(client, "grandchild", child)
        await client.patch("configmaps", "grandchild", "default",
                           {"metadata": {"finalizers": ["test/hold"]}})  # fmt: skip
        await client.delete("configmaps", "owner", "default", propagation="Foreground")
        await client.clock.advance(1)
        assert names(client) == ["child", "grandchild", "owner"]
        assert grandchild["metadata"]["uid"]
        assert client.the("configmaps", "child")["metadata"]["deletionTimestamp"]
        await client.patch("configmaps", "grandchild", "default",
                           {"metadata": {"finalizers": None}})  # fmt: skip
        await client.clock.advance(1)
        assert names(client) == []


async def test_orphan(client: FakeClient) -> None:
    async with collector(client):
        owner = await make(client, "owner")
        await make(client, "child", owner)
        await client.delete("configmaps", "owner", "default", propagation="Orphan")
        await client.clock.advance(1)
        assert names(client) == ["child"]
        assert "ownerReferences" not in client.the("configmaps", "child")["metadata"]


async def test_circle(client: FakeClient) -> None:
    async with collector(client):
        first = await make(client, "a")
        second = await make(client, "b", first)
        third = await make(client, "c", second)
        ref = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c",
               "uid": third["metadata"]["uid"], "blockOwnerDeletion": True}  # fmt: skip
        await client.patch("configmaps", "a", "default", {"metadata": {"ownerReferences": [ref]}})
        await client.clock.advance(1)
        await client.delete("configmaps", "a", "default", propagation="Foreground")
        await client.clock.advance(60)
        assert names(client) == []


async def test_owner_elsewhere(client: FakeClient) -> None:
    async with collector(client):
        owner = await make(client, "owner", namespace="far")
        await make(client, "child", owner)
        await client.clock.advance(1)
        assert names(client) == ["owner"]
        uid = owner["metadata"]["uid"]
        assert client.messages("OwnerRefInvalidNamespace") == [
            f"ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: {uid}] does not exist "
            'in namespace "default"'
        ]


async def test_namespace(client: FakeClient) -> None:
    await client.create("namespaces", {"metadata": {"name": "shop"},
                                       "spec": {"finalizers": ["kubernetes"]}})  # fmt: skip
    await make(client, "held", namespace="shop")
    await make(client, "free", namespace="shop")
    await make(client, "elsewhere")
    await client.patch("configmaps", "held", "shop", {"metadata": {"finalizers": ["test/hold"]}})
    pod = {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"nodeName": "n"}}
    await client.create("pods", pod)
    async with running(client, NamespaceController(client, resources)):
        await client.delete("namespaces", "shop")
        await client.clock.advance(1)
        assert len(client.list("configmaps", "shop")) == 2  # pods go first
        await client.delete("pods", "p", "shop", grace=0)
        await client.clock.advance(1)
        shop = client.the("namespaces", "shop", "")
        assert shop["status"]["phase"] == "Terminating"
        assert condition(shop, "NamespaceContentRemaining")["message"] == (  # type: ignore[index]
            "Some resources are remaining: configmaps. has 1 resource instances"
        )
        assert condition(shop, "NamespaceFinalizersRemaining")["message"] == (  # type: ignore[index]
            "Some content in the namespace has finalizers remaining: "
            "test/hold in 1 resource instances"
        )
        await client.patch("configmaps", "held", "shop", {"metadata": {"finalizers": None}})
        await client.clock.advance(1)
        assert client.get("namespaces", "shop") is None
        assert names(client) == ["elsewhere"]
