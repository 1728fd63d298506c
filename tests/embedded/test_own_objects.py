"""What a cluster keeps by itself: its own Service and the addresses of all Services."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from breakfix.embedded.assembly import own_objects
from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.controllers import ip_repair, service_cidrs
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, condition
from breakfix.embedded.registry.client import LocalClient

SERVICES = "services"
CIDRS, ADDRESSES = "servicecidrs.networking.k8s.io", "ipaddresses.networking.k8s.io"


@asynccontextmanager
async def running() -> AsyncIterator[LocalClient]:
    async with EmbeddedCluster(Options(nodes=0)) as cluster:
        yield cluster.client


def run(work: Callable[[LocalClient], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with running() as client:
            await asyncio.wait_for(work(client), 20)

    asyncio.run(whole())


async def until(found: Callable[[], Any]) -> Any:
    for _ in range(500):
        if value := found():
            return value
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def service(name: str, **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default"}
    spec = {"ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def service_cidr(name: str, cidr: str) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR",
        "metadata": {"name": name}, "spec": {"cidrs": [cidr]},
    }  # fmt: skip


def test_an_address_object_lives_as_long_as_its_service_has_the_address() -> None:
    async def work(client: LocalClient) -> None:
        made = await client.create(SERVICES, service("a"))
        found = client.get(ADDRESSES, made["spec"]["clusterIP"])
        assert found is not None
        assert found["spec"]["parentRef"] == {
            "resource": "services", "namespace": "default", "name": "a",
        }  # fmt: skip
        assert found["metadata"]["labels"] == {
            "ipaddress.kubernetes.io/ip-family": "IPv4",
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        }
        [entry] = found["metadata"]["managedFields"]
        assert entry["manager"] == "kube-apiserver"
        assert entry["fieldsV1"]["f:spec"]["f:parentRef"]["."] == {}
        external = clone(made)
        external["spec"] |= {"type": "ExternalName", "externalName": "example.com"}
        for field in ("clusterIP", "clusterIPs"):
            external["spec"].pop(field)
        await client.update(SERVICES, external)
        assert client.get(ADDRESSES, made["spec"]["clusterIP"]) is None
        await client.create(SERVICES, service("b", clusterIP=made["spec"]["clusterIP"]))
        await client.delete(SERVICES, "b", "default")
        assert client.get(ADDRESSES, made["spec"]["clusterIP"]) is None

    run(work)


def test_a_service_cidr_gives_addresses_and_stays_while_they_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_cidrs, "GRACE", 0.0)

    def ready(client: LocalClient) -> Object | None:
        item = client.get(CIDRS, "more")
        return condition(item, "Ready") if item else None

    async def work(client: LocalClient) -> None:
        await client.create(CIDRS, service_cidr("more", "10.120.3.0/24"))
        told = await until(lambda: ready(client))
        assert told["message"] == "Kubernetes Service CIDR is ready"
        await client.create(SERVICES, service("a", clusterIP="10.120.3.7"))
        await client.delete(CIDRS, "more")
        await until(lambda: (ready(client) or {}).get("reason") == "Terminating")
        with pytest.raises(StatusError, match="does not match the current range"):
            await client.create(SERVICES, service("b", clusterIP="10.120.3.8"))
        await client.delete(SERVICES, "a", "default")
        await until(lambda: client.get(CIDRS, "more") is None)

    run(work)


def test_addresses_and_services_are_made_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ip_repair, "YOUNG", 0.0)
    monkeypatch.setattr(ip_repair, "INTERVAL", 0.02)

    async def work(client: LocalClient) -> None:
        made = await client.create(SERVICES, service("a"))
        address = made["spec"]["clusterIP"]
        wrong = clone(client.get(ADDRESSES, address))
        wrong["metadata"] = {"name": "10.96.77.77", "labels": wrong["metadata"]["labels"]}
        await client.create(ADDRESSES, wrong)
        await until(lambda: client.get(ADDRESSES, "10.96.77.77") is None)
        await client.delete(ADDRESSES, address)
        await until(lambda: client.get(ADDRESSES, address))
        told = {"IPAddressWrongReference", "ClusterIPNotAllocated"}
        await until(lambda: told <= {e["reason"] for e in client.list("events")})

    run(work)


def test_the_api_servers_own_service_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_objects, "INTERVAL", 0.02)

    async def work(client: LocalClient) -> None:
        before = client.get(SERVICES, "kubernetes", "default")
        assert before is not None
        await client.delete(SERVICES, "kubernetes", "default")
        after = await until(lambda: client.get(SERVICES, "kubernetes", "default"))
        assert after["spec"] == before["spec"]
        assert after["metadata"]["uid"] != before["metadata"]["uid"]
        assert client.get(ADDRESSES, after["spec"]["clusterIP"]) is not None

    run(work)
