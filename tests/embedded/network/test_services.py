"""kube-proxy."""

from __future__ import annotations

from collections import Counter

import pytest

from breakfix.embedded.network.types import NetworkNamespace, RefusedError
from breakfix.embedded.objects import Object
from tests.embedded.network.helpers import SLICES, World, endpoint

PORTS: list[Object] = [{"name": "http", "port": 80, "targetPort": "http"}]
TARGET: list[Object] = [{"name": "http", "port": 8080, "protocol": "TCP"}]


@pytest.fixture
def world() -> World:
    found = World()
    for i in (1, 2):
        found.echo(found.pod(f"w{i}", f"10.244.{i}.10"))
    found.slice("web", [endpoint("10.244.1.10"), endpoint("10.244.2.10", "n2")], TARGET)
    found.service("web", "10.96.0.50", PORTS)
    return found


async def asked(world: World, space: NetworkNamespace, ip: str = "10.96.0.50", port: int = 80,
                times: int = 20) -> Counter[str]:  # fmt: skip
    return Counter([(await world.get(space, ip, port)).split()[0] for _ in range(times)])


async def test_all_endpoints_get_traffic_and_pods_keep_their_address(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    assert set(await asked(world, c)) == {"w1", "w2"}
    assert (await world.get(c, "10.96.0.50", 80)).split()[1] == "10.244.1.2"
    assert await world.get(c, "10.96.0.50", 81) == "TimedOut"


async def test_without_endpoints_it_is_refused_at_once(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    world.slice("web", [endpoint("10.244.1.10", conditions={"ready": False, "serving": False})],
                TARGET)  # fmt: skip
    assert await world.get(c, "10.96.0.50", 80) == "Refused"
    assert world.clock.monotonic() == 0
    udp: list[Object] = [{"port": 53, "protocol": "UDP"}]
    world.service("dns", "10.96.0.53", udp)
    with pytest.raises(RefusedError):
        await world.fabric.ask(c, "10.96.0.53", 53, b"?")
    world.slice("dns", [endpoint("10.244.1.10")], [{"port": 8080, "protocol": "UDP"}])
    assert await world.fabric.ask(c, "10.96.0.53", 53, b"?") == b"w1 10.244.1.2 ?"


async def test_terminating_endpoints_serve_when_none_is_ready(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    going = endpoint("10.244.1.10", conditions={"ready": False, "terminating": True})
    world.slice("web", [going, endpoint("10.244.2.10", "n2")], TARGET)
    assert set(await asked(world, c)) == {"w2"}
    world.slice("web", [going], TARGET)
    assert set(await asked(world, c)) == {"w1"}
    world.state.delete(SLICES, "web-x", "default")
    assert await world.get(c, "10.96.0.50", 80) == "Refused"


async def test_node_ports_and_external_policy_local(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    ports: list[Object] = [{"name": "http", "port": 80, "nodePort": 30080}]
    world.service("web", "10.96.0.50", ports, type="NodePort")
    out = world.fabric.outside.add("198.51.100.7")
    for node in ("172.18.0.2", "172.18.0.3"):
        assert set(await asked(world, c, node, 30080)) == {"w1", "w2"}
        assert set(await asked(world, out, node, 30080)) == {"w1", "w2"}
    assert await world.get(world.hosts["n1"], "127.0.0.1", 30080) != "Refused"
    world.service("web", "10.96.0.50", ports, type="NodePort", externalTrafficPolicy="Local")
    assert await world.get(out, "172.18.0.3", 30080) == "w2 198.51.100.7"
    world.slice("web", [endpoint("10.244.1.10")], TARGET)
    assert await world.get(out, "172.18.0.3", 30080) == "TimedOut"
    assert await world.get(c, "172.18.0.2", 30080) == "w1 10.244.1.2"
    assert await world.get(out, "172.18.0.3", 30081) == "Refused"


async def test_load_balancers_and_their_source_ranges(world: World) -> None:
    status = {"loadBalancer": {"ingress": [{"ip": "172.18.255.1", "ipMode": "VIP"}]}}
    more: Object = {
        "externalIPs": ["172.18.200.1"],
        "loadBalancerSourceRanges": ["198.51.100.0/24"],
    }
    world.service("web", "10.96.0.50", PORTS, type="LoadBalancer", status=status, **more)
    good, bad = (world.fabric.outside.add(a) for a in ("198.51.100.7", "192.0.2.1"))
    assert set(await asked(world, good, "172.18.255.1")) == {"w1", "w2"}
    assert await world.get(bad, "172.18.255.1", 80) == "TimedOut"
    assert set(await asked(world, bad, "172.18.200.1")) == {"w1", "w2"}


async def test_internal_policy_local_drops_without_a_local_endpoint(world: World) -> None:
    world.service("web", "10.96.0.50", PORTS, internalTrafficPolicy="Local")
    c = world.pod("c", "10.244.1.2")
    assert set(await asked(world, c)) == {"w1"}
    world.slice("web", [endpoint("10.244.2.10", "n2")], TARGET)
    assert await world.get(c, "10.96.0.50", 80) == "TimedOut"


async def test_session_affinity_holds_until_its_timeout(world: World) -> None:
    world.service("web", "10.96.0.50", PORTS, sessionAffinity="ClientIP",
                  sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}})  # fmt: skip
    clients = [world.pod(f"c{i}", f"10.244.1.{20 + i}") for i in range(8)]
    first = [set(await asked(world, c)) for c in clients]
    assert all(len(found) == 1 for found in first)
    assert {"w1"} in first
    assert {"w2"} in first
    await world.clock.advance(61)
    assert [set(await asked(world, c, times=1)) for c in clients] != first


async def test_zone_hints_keep_traffic_near_unless_one_is_missing(world: World) -> None:
    near = [endpoint(f"10.244.{i}.10", f"n{i}", hints={"forZones": [{"name": f"z{i}"}]})
            for i in (1, 2)]  # fmt: skip
    world.slice("web", near, TARGET)
    c = world.pod("c", "10.244.1.2")
    assert set(await asked(world, c)) == {"w1"}
    world.slice("web", [near[0], endpoint("10.244.2.10", "n2")], TARGET)
    assert set(await asked(world, c)) == {"w1", "w2"}


async def test_a_pod_reaches_itself_by_its_service(world: World) -> None:
    world.slice("web", [endpoint("10.244.1.10")], TARGET)
    own = world.fabric.routes.spaces["10.244.1.10"]
    assert await world.get(own, "10.96.0.50", 80) == "w1 10.244.1.1"


async def test_a_service_that_changes_or_goes(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    await asked(world, c)
    world.service("web", "10.96.0.50", [{"name": "http", "port": 8000}])
    assert await world.get(c, "10.96.0.50", 80) == "TimedOut"
    assert set(await asked(world, c, port=8000)) == {"w1", "w2"}
    world.state.delete("services", "web", "default")
    assert await world.get(c, "10.96.0.50", 8000) == "TimedOut"


async def test_a_node_port_that_changes_its_owner(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    target = [endpoint("10.244.2.10", "n2")]
    other = {"name": "http", "port": 81, "targetPort": "http"}
    world.slice("new", target, TARGET)
    world.service("web", "10.96.0.50", [{**PORTS[0], "nodePort": 30000}], type="NodePort")
    assert (await world.get(c, "172.18.0.2", 30000)).split()[0] in ("w1", "w2")
    world.service("new", "10.96.0.51", [other])
    world.service("web", "10.96.0.50", PORTS)
    world.service("new", "10.96.0.51", [{**other, "nodePort": 30000}], type="NodePort")
    assert (await world.get(c, "172.18.0.2", 30000)).split()[0] == "w2"


async def test_affinity_outlives_other_changes_of_the_endpoint(world: World) -> None:
    c = world.pod("c", "10.244.1.2")
    world.service("web", "10.96.0.50", PORTS, sessionAffinity="ClientIP")
    first = (await world.get(c, "10.96.0.50", 80)).split()[0]
    near: Object = {"forZones": [{"name": "z1"}, {"name": "z2"}]}
    both = [endpoint("10.244.1.10", hints=near), endpoint("10.244.2.10", "n2", hints=near)]
    world.slice("web", both, TARGET)
    assert set(await asked(world, c)) == {first}
