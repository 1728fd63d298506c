"""NetworkPolicy: isolation, peers, ports, exceptions."""

from __future__ import annotations

import time

import pytest

from breakfix.embedded.network.packets import Packet
from breakfix.embedded.objects import Object
from tests.embedded.network.helpers import World, endpoint


@pytest.fixture
def world() -> World:
    """Namespaces default, x (team=x) and y; a server in default, clients everywhere."""
    found = World()
    found.namespace("x", team="x")
    found.namespace("y")
    tcp: Object = {"name": "serve", "containerPort": 8080}
    ports = [tcp, {"name": "serve-udp", "containerPort": 8080, "protocol": "UDP"}]
    server = found.pod("server", "10.244.1.10", {"app": "server"}, ports=ports)
    found.echo(server)
    found.echo(server, 8081)
    found.pod("a", "10.244.1.2", {"app": "a"})
    found.pod("xa", "10.244.2.2", {"app": "a"}, "x")
    found.pod("xb", "10.244.2.3", {"app": "b"}, "x")
    found.pod("ya", "10.244.2.4", {"app": "a"}, "y")
    return found


async def reach(world: World, port: int = 8080, to: str = "10.244.1.10") -> set[str]:
    """Who gets through to the server."""
    spaces = world.fabric.routes.spaces
    names = {"a": "10.244.1.2", "xa": "10.244.2.2", "xb": "10.244.2.3", "ya": "10.244.2.4"}
    return {
        n for n, a in names.items() if await world.get(spaces[a], to, port) not in (
            "TimedOut", "Refused")
    }  # fmt: skip


EVERYBODY = {"a", "xa", "xb", "ya"}


async def test_default_deny_is_silent_and_the_own_node_gets_through(world: World) -> None:
    assert await reach(world) == EVERYBODY
    world.policy("deny", policyTypes=["Ingress"])
    assert await reach(world) == set()
    server = world.fabric.routes.spaces["10.244.1.10"]
    assert (await world.get(world.hosts["n1"], "10.244.1.10")).startswith("server 10.244.1.1")
    assert await world.get(world.hosts["n2"], "10.244.1.10") == "TimedOut"
    assert (await world.get(server, "10.244.1.10")).startswith("server")
    world.state.delete("networkpolicies.networking.k8s.io", "deny", "default")
    assert await reach(world) == EVERYBODY


async def test_namespace_and_pod_selectors_and_or(world: World) -> None:
    pods, spaces = {"matchLabels": {"app": "a"}}, {"matchLabels": {"team": "x"}}
    world.policy("p", ingress=[{"from": [{"podSelector": pods, "namespaceSelector": spaces}]}])
    assert await reach(world) == {"xa"}
    world.policy("p", ingress=[{"from": [{"podSelector": pods}, {"namespaceSelector": spaces}]}])
    assert await reach(world) == {"a", "xa", "xb"}
    world.policy("p", ingress=[{"from": [{"namespaceSelector": {}}]}])
    assert await reach(world) == EVERYBODY
    world.policy("p", ingress=[{"from": [{"podSelector": {}}]}])
    assert await reach(world) == {"a"}
    expressions = [{"key": "team", "operator": "NotIn", "values": ["x"]},
                   {"key": "kubernetes.io/metadata.name", "operator": "Exists"}]  # fmt: skip
    world.policy(
        "p", ingress=[{"from": [{"namespaceSelector": {"matchExpressions": expressions}}]}]
    )
    assert await reach(world) == {"a", "ya"}


async def test_labels_that_change_count_at_once(world: World) -> None:
    world.policy("p", ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]}])
    assert await reach(world) == {"xa", "xb"}
    world.namespace("y", team="x")
    assert await reach(world) == {"xa", "xb", "ya"}
    world.policy("p", podSelector={"matchLabels": {"app": "other"}}, policyTypes=["Ingress"])
    assert await reach(world) == EVERYBODY
    world.state.put("pods", {"metadata": {"name": "server", "namespace": "default",
                                          "labels": {"app": "other"}}, "spec": {}})  # fmt: skip
    assert await reach(world) == set()


async def test_ports_named_ranges_and_protocols(world: World) -> None:
    rule: Object = {"ports": [{"port": "serve"}]}
    world.policy("p", ingress=[rule])
    assert (await reach(world), await reach(world, 8081)) == (EVERYBODY, set())
    world.policy("p", ingress=[{"ports": [{"port": 8081, "endPort": 8090}]}])
    assert (await reach(world), await reach(world, 8081)) == (set(), EVERYBODY)
    world.policy("p", ingress=[{"ports": [{"protocol": "UDP", "port": "serve-udp"}]}])
    assert await reach(world) == set()
    a = world.fabric.routes.spaces["10.244.1.2"]
    assert await world.fabric.ask(a, "10.244.1.10", 8080, b"hi")
    world.policy("p", ingress=[{"ports": [{"protocol": "TCP"}]}])
    assert await reach(world, 8081) == EVERYBODY


async def test_blocks_with_exceptions_and_many_policies_add_up(world: World) -> None:
    block = {"cidr": "10.244.2.0/24", "except": ["10.244.2.2/32"]}
    world.policy("p", ingress=[{"from": [{"ipBlock": block}]}])
    assert await reach(world) == {"xb", "ya"}
    world.policy("q", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}])
    assert await reach(world) == {"a", "xb", "ya"}


async def test_egress_is_judged_after_service_translation(world: World) -> None:
    world.service("web", "10.96.0.50", [{"port": 80}])
    world.slice("web", [endpoint("10.244.1.10")], [{"port": 8080}])
    to = [{"podSelector": {"matchLabels": {"app": "server"}}}]
    world.policy("out", podSelector={"matchLabels": {"app": "a"}}, policyTypes=["Egress"],
                 egress=[{"to": to, "ports": [{"port": 8080}]}])  # fmt: skip
    a = world.fabric.routes.spaces["10.244.1.2"]
    assert await world.get(a, "10.96.0.50", 80) == "server 10.244.1.2"
    assert await world.get(a, "10.244.1.10", 8081) == "TimedOut"
    assert await reach(world, 8081) == {"xa", "xb", "ya"}
    world.policy("out", podSelector={"matchLabels": {"app": "a"}},
                 egress=[{"to": [{"ipBlock": {"cidr": "10.96.0.0/16"}}]}])  # fmt: skip
    assert await world.get(a, "10.96.0.50", 80) == "TimedOut"


async def test_named_egress_ports_are_the_receiver_s(world: World) -> None:
    world.policy("out", podSelector={"matchLabels": {"app": "a"}}, policyTypes=["Egress"],
                 egress=[{"ports": [{"port": "serve"}]}])  # fmt: skip
    assert await reach(world) == EVERYBODY
    assert await reach(world, 8081) == EVERYBODY - {"a"}


async def test_policy_types_default_to_what_is_there(world: World) -> None:
    a, server = (world.fabric.routes.spaces[i] for i in ("10.244.1.2", "10.244.1.10"))
    world.echo(a)
    world.policy("p", podSelector={"matchLabels": {"app": "server"}})
    assert await world.get(server, "10.244.1.2") == "a 10.244.1.10"
    world.policy("p", podSelector={"matchLabels": {"app": "server"}}, egress=[{}])
    assert await reach(world) == set()
    assert await world.get(server, "10.244.1.2") == "a 10.244.1.10"
    world.policy("p", podSelector={"matchLabels": {"app": "server"}}, policyTypes=["Egress"])
    assert await reach(world) == EVERYBODY
    assert await world.get(server, "10.244.1.2") == "TimedOut"


async def test_100_000_decisions_a_second(world: World) -> None:
    ports = [{"port": 9000 + i} for i in range(100)]
    for i in range(10):
        world.policy(
            f"p{i}", ingress=[{"ports": ports, "from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]
        )
    spaces = world.fabric.routes.spaces
    packet = Packet("10.244.1.2", "10.244.1.10", 8080)
    world.policies.enters(spaces["10.244.1.10"], spaces["10.244.1.2"], packet)
    started = time.perf_counter()
    for _ in range(20_000):
        world.policies.enters(spaces["10.244.1.10"], spaces["10.244.1.2"], packet)
    assert time.perf_counter() - started < 0.2
