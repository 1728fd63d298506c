"""Addresses for Services of type LoadBalancer."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.network.load_balancer import FINALIZER, LoadBalancers, addresses
from breakfix.embedded.objects import Object
from tests.embedded.network.helpers import State


class Client(State):
    """Writes that always succeed."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.reasons: list[str] = []

    async def update(self, resource: str, item: Object) -> Object:
        return self.put(resource, item)

    update_status = update

    def event(self, about: Object, type: str, reason: str, message: str, **more: Any) -> None:
        self.reasons.append(reason)


def service(name: str, type: str = "LoadBalancer", **spec: Any) -> Object:
    return {"metadata": {"name": name, "namespace": "a"}, "spec": {"type": type, **spec}}


async def test_addresses_come_and_go() -> None:
    client = Client()
    control = LoadBalancers(client)  # type: ignore[arg-type]
    for item in (service("one"), service("two"), service("other", loadBalancerClass="x/y")):
        client.put("services", item)
        await control.sync(("a", item["metadata"]["name"]))
    found = {n: client.get("services", n, "a") or {} for n in ("one", "two", "other")}
    shown = {name: addresses(item) for name, item in found.items()}
    assert shown == {"one": ["172.18.255.1"], "two": ["172.18.255.2"], "other": []}
    assert found["one"]["metadata"]["finalizers"] == [FINALIZER]
    assert client.reasons[:2] == ["EnsuringLoadBalancer", "EnsuredLoadBalancer"]
    client.put("services", {**found["one"], "spec": {"type": "ClusterIP"}})
    await control.sync(("a", "one"))
    gone = client.get("services", "one", "a") or {}
    assert (addresses(gone), gone["metadata"]["finalizers"]) == ([], [])
