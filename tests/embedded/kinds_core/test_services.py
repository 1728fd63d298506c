"""Services and what they are given."""

from typing import Any

import pytest

from breakfix.embedded.client import Change
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.core import STRATEGIES
from breakfix.embedded.kinds.core.allocation import ServiceAllocator
from breakfix.embedded.kinds.core.service_ranges import ADDRESSES, CIDRS
from breakfix.embedded.objects import Object, clone
from tests.embedded.kinds_core.helpers import changed, created, refused

PORTS = [{"port": 80}]


def service_cidr(name: str, *cidrs: str, ready: str = "True") -> Object:
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": {"name": name}, "spec": {"cidrs": [*cidrs]}, "status": status}


class Stored:
    """What is there; also keeps whose the addresses are."""

    def __init__(self, *cidrs: Object) -> None:
        self.items: dict[tuple[str, str], Object] = {}
        self.cidrs = list(cidrs or [service_cidr("kubernetes", "10.96.0.0/16")])
        self.owners: dict[str, Object] = {}

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        if resource == ADDRESSES:
            return self.owners.get(name)
        return self.items.get((namespace, name))

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        return self.cidrs if resource == CIDRS else list(self.items.values())

    def put(self, item: Object) -> None:
        self.items[item["metadata"]["namespace"], item["metadata"]["name"]] = item

    def give(self, address: str, service: Object) -> None:
        self.owners[address] = service

    def take_back(self, address: str, service: Object) -> None:
        del service, self.owners[address]


def allocator_of(stored: Stored) -> ServiceAllocator:
    return ServiceAllocator(stored, stored)


def service(name: str = "x", **spec: Any) -> Object:
    item = created("services", {"ports": clone(PORTS), **spec})
    item["metadata"]["name"] = name
    return item


def test_the_defaults_of_a_service() -> None:
    assert service() == {
        "metadata": {"name": "x", "namespace": "default"},
        "spec": {
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}], "type": "ClusterIP",
            "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    }  # fmt: skip


def test_what_a_service_is_given() -> None:
    stored = Stored()
    allocator = allocator_of(stored)
    first, second = service("a", type="NodePort"), service("b", type="NodePort")
    for item in (first, second):
        allocator.allocate(item)
        stored.put(item)
        assert item["spec"]["clusterIPs"] == [item["spec"]["clusterIP"]]
        assert item["spec"]["clusterIP"].startswith("10.96.")
        assert item["spec"]["ipFamilies"] == ["IPv4"]
        assert item["spec"]["ipFamilyPolicy"] == "SingleStack"
        assert 30086 <= item["spec"]["ports"][0]["nodePort"] <= 32767
    assert first["spec"]["clusterIP"] != second["spec"]["clusterIP"]


def test_what_is_taken_is_refused_until_it_is_given_back() -> None:
    stored = Stored()
    allocator = allocator_of(stored)
    first = service("a", clusterIP="10.96.0.10")
    allocator.allocate(first)
    asked = service("b", clusterIP="10.96.0.10")
    with pytest.raises(StatusError) as refusal:
        allocator.allocate(clone(asked))
    assert refusal.value.message == (
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to '
        "allocate IP 10.96.0.10: provided IP is already allocated"
    )
    allocator.follow(Change("DELETED", "services", first, None, 2))
    allocator.allocate(asked)
    assert asked["spec"]["clusterIP"] == "10.96.0.10"


def test_a_port_of_a_write_that_failed_later_blocks_nothing() -> None:
    allocator = allocator_of(Stored())
    ports = [{"port": 80, "nodePort": 30000}]
    allocator.allocate(service("a", type="NodePort", ports=ports))
    allocator.allocate(service("b", type="NodePort", ports=ports))


def test_a_dry_run_takes_nothing() -> None:
    stored = Stored()
    item = service("a", type="NodePort", ports=[{"port": 80, "name": "a"}, {"port": 81}])
    allocator_of(stored).allocate(item, dry_run=True)
    assert item["spec"]["clusterIP"] == "10.96.0.0"
    assert [p["nodePort"] for p in item["spec"]["ports"]] == [32769, 32770]
    assert stored.owners == {}


def test_addresses_come_from_the_ready_ranges_until_they_are_full() -> None:
    stored = Stored(
        service_cidr("a", "10.120.3.0/29"),
        service_cidr("b", "10.7.0.0/24", ready="False"),
        service_cidr("c", "10.9.0.0/30"),
    )
    allocator, given = allocator_of(stored), []
    for number in range(8):
        item = service(f"s{number}")
        allocator.allocate(item)
        given.append(item["spec"]["clusterIP"])
    first, second = [f"10.120.3.{n}" for n in range(1, 7)], ["10.9.0.1", "10.9.0.2"]
    assert (sorted(given[:6]), sorted(given[6:])) == (first, second)
    with pytest.raises(StatusError, match="range is full"):
        allocator.allocate(service("more"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"clusterIP": "10.1.2.3"}, "the provided network does not match the current range"),
        ({"clusterIP": "10.96.0.0"}, "the provided network does not match the current range"),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]},
         "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The "
         "range of valid ports is 30000-32767"),
        ({"ipFamilyPolicy": "RequireDualStack"},
         "this cluster is not configured for dual-stack services"),
    ],
)  # fmt: skip
def test_what_cannot_be_given(spec: Object, message: str) -> None:
    with pytest.raises(StatusError) as refusal:
        allocator_of(Stored()).allocate(service(**spec))
    assert refusal.value.message.endswith(message)


def test_an_update_keeps_what_was_given() -> None:
    stored = Stored()
    allocator = allocator_of(stored)
    old = service(type="NodePort")
    allocator.allocate(old)
    stored.put(old)
    new = service(type="NodePort")
    allocator.allocate(new, old)
    assert new["spec"] == old["spec"]
    assert changed("services", old, {"clusterIP": "", "clusterIPs": []}) == []
    assert changed("services", old, {"clusterIP": "10.96.0.9"}) == [
        'spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set'
    ]


def test_a_change_of_the_type_drops_what_is_not_needed() -> None:
    old = service(type="NodePort")
    allocator_of(Stored()).allocate(old)
    item = clone(old)
    item["spec"] |= {"type": "ExternalName", "externalName": "example.com"}
    STRATEGIES["services"].prepare_update(item, old)
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & item["spec"].keys()
    assert "nodePort" not in item["spec"]["ports"][0]
    assert STRATEGIES["services"].validate_update(item, old) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"ports": []}, "spec.ports: Required value"),
        ({"type": "ExternalName"}, "spec.externalName: Required value"),
        ({"ports": [{"port": 80}, {"port": 81, "name": "b"}]},
         "spec.ports[0].name: Required value"),
        ({"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]},
         'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,'
         '"Port":80,"TargetPort":0,"NodePort":0}'),
        ({"ports": [{"port": 80, "nodePort": 30000}]},
         "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
        ({"type": "Magic"},
         'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", '
         '"LoadBalancer", "NodePort"'),
        ({"type": "NodePort", "clusterIP": "None"},
         "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort "
         "services"),
        ({"externalIPs": ["127.0.0.1"]},
         'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range '
         "(127.0.0.0/8, ::1/128)"),
    ],
)  # fmt: skip
def test_wrong_services(spec: Object, message: str) -> None:
    assert message in refused("services", {"ports": clone(PORTS), **spec})


def test_names_are_rfc_1035() -> None:
    assert STRATEGIES["services"].name_error("1a")[0].startswith("a DNS-1035 label must consist")
