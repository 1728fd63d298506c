"""hostPorts."""

from __future__ import annotations

from tests.embedded.network.helpers import World


async def test_each_address_and_protocol_leads_to_its_own_pod() -> None:
    world = World()
    inside, outside = world.pod("a", "10.244.1.5"), world.pod("b", "10.244.1.6")
    world.echo(inside)
    world.echo(outside)
    client, node = world.pod("c", "10.244.2.5"), world.hosts["n1"]
    world.fabric.publish("n1", "TCP", 5000, ("10.244.1.5", 8080), "127.0.0.1")
    found = world.fabric.publish("n1", "TCP", 5000, ("10.244.1.6", 8080), "172.18.0.2")
    world.fabric.publish("n1", "UDP", 5000, ("10.244.1.5", 8080))
    assert await world.get(node, "127.0.0.1", 5000) == "a 10.244.1.1"
    assert await world.get(node, "172.18.0.2", 5000) == "b 10.244.1.1"
    assert await world.get(client, "172.18.0.2", 5000) == "b 172.18.0.3"
    asked = world.fabric.ask(node, "172.18.0.2", 5000, b"x")
    assert (await world.run(asked)).startswith(b"a ")
    assert await world.get(client, "172.18.0.3", 5000) == "Refused"
    found.close()
    assert await world.get(client, "172.18.0.2", 5000) == "Refused"


async def test_a_pod_reaches_itself_and_policies_see_the_pod_s_port() -> None:
    world = World()
    pod, client = world.pod("a", "10.244.1.5"), world.pod("c", "10.244.1.6")
    world.echo(pod)
    world.fabric.publish("n1", "TCP", 80, ("10.244.1.5", 8080))
    assert await world.get(pod, "172.18.0.2", 80) == "a 10.244.1.1"
    assert await world.get(client, "172.18.0.2", 80) == "a 10.244.1.6"
    world.policy("shut", podSelector={"matchLabels": {"app": "a"}})
    assert await world.get(client, "172.18.0.2", 80) == "TimedOut"
    world.policy("shut", ingress=[{"ports": [{"port": 8080}]}])
    assert await world.get(client, "172.18.0.2", 80) == "a 10.244.1.6"
