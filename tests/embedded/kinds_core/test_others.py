"""The other kinds of the core group."""

import pytest

from breakfix.embedded.kinds.core import STRATEGIES
from breakfix.embedded.objects import Object, clone
from tests.embedded.kinds_core.helpers import changed, created, pod_spec, refused, wrong

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
VOLUME = {
    "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/a"},
}  # fmt: skip


def test_config_maps_that_may_not_change() -> None:
    old = created("configmaps", immutable=True, data={"a": "1"})
    item = clone(old) | {"data": {"a": "2"}, "immutable": False}
    assert [str(e) for e in STRATEGIES["configmaps"].validate_update(item, old)] == [
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
    ]


def test_config_maps() -> None:
    assert refused("configmaps", data={"..": "x"})[-1].endswith("must not be '..'")
    assert refused("configmaps", data={"a": "x" * 1048577}) == [
        "[]: Too long: may not be more than 1048576 bytes"
    ]


def test_string_data_becomes_data() -> None:
    item = created("secrets", stringData={"a": "b"})
    assert item == {
        "metadata": {"name": "x", "namespace": "default"}, "type": "Opaque", "data": {"a": "Yg=="},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "messages"),
    [
        ("kubernetes.io/tls", ["data[tls.crt]: Required value", "data[tls.key]: Required value"]),
        ("kubernetes.io/service-account-token",
         ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]),
        ("kubernetes.io/dockerconfigjson", ["data[.dockerconfigjson]: Required value"]),
        ("example.com/any", []),
    ],
)  # fmt: skip
def test_secrets_by_type(kind: str, messages: list[str]) -> None:
    assert refused("secrets", type=kind) == messages


def test_the_type_of_a_secret_is_fixed() -> None:
    old = created("secrets")
    item = clone(old) | {"type": "other"}
    assert [str(e) for e in STRATEGIES["secrets"].validate_update(item, old)] == [
        'type: Invalid value: "other": field is immutable'
    ]


def test_namespaces() -> None:
    item = created("namespaces")
    assert item["metadata"]["labels"] == {"kubernetes.io/metadata.name": "x"}
    assert item["spec"] == {"finalizers": ["kubernetes"]}
    assert item["status"] == {"phase": "Active"}
    going = clone(item)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert [str(e) for e in STRATEGIES["namespaces"].validate_status_update(going, item)] == [
        "status.Phase: Invalid value: \"Active\": may only be 'Terminating' if "
        "`deletionTimestamp` is not empty"
    ]


def test_finalizers_of_a_namespace_change_in_their_subresource_only() -> None:
    old = created("namespaces")
    for key, left in (("namespaces", ["kubernetes"]), ("namespaces/finalize", [])):
        item = clone(old)
        item["spec"]["finalizers"] = []
        STRATEGIES[key].prepare_update(item, old)
        assert item["spec"]["finalizers"] == left


def test_taints_are_unique_by_key_and_effect() -> None:
    taint = {"key": "a", "effect": "NoSchedule"}
    assert refused("nodes", {"taints": [taint, taint, {"key": "b"}]}) == [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule",'
        '"TimeAdded":null}: taints must be unique by key and effect pair',
        "metadata.taints[2].effect: Required value",
    ]


def test_a_node_shows_what_it_does_not_know() -> None:
    status = created("nodes")["status"]
    assert status["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 0}}
    assert status["nodeInfo"]["kubeletVersion"] == ""


def test_claims() -> None:
    item = created("persistentvolumeclaims", clone(CLAIM))
    assert (item["spec"]["volumeMode"], item["status"]) == ("Filesystem", {"phase": "Pending"})
    assert wrong("persistentvolumeclaims", item) == []
    assert refused("persistentvolumeclaims", {}) == [
        "spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value",
    ]


def test_a_bound_claim_may_grow() -> None:
    old = created("persistentvolumeclaims", clone(CLAIM) | {"volumeName": "v"})
    old["status"] = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    more = {"resources": {"requests": {"storage": "2Gi"}}}
    less = {"resources": {"requests": {"storage": "500Mi"}}}
    assert changed("persistentvolumeclaims", old, more) == []
    assert changed("persistentvolumeclaims", old, less) == [
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    ]
    old["status"]["phase"] = "Pending"
    [message] = changed("persistentvolumeclaims", old, more)
    assert message.startswith(
        "spec: Forbidden: spec is immutable after creation except resources.requests and "
        "volumeAttributesClassName for bound claims\n@@ "
    )


def test_volumes() -> None:
    item = created("persistentvolumes", clone(VOLUME))
    assert item["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert item["status"]["phase"] == "Pending"
    assert wrong("persistentvolumes", item) == []
    [message] = changed("persistentvolumes", item, {"hostPath": {"path": "/b"}})
    assert message.startswith(
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after "
        "creation\n"
    )
    assert refused("persistentvolumes", {"accessModes": ["ReadWriteOnce"]}) == [
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: null: supported values: "storage"',
        "spec: Required value: must specify a volume type",
    ]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"hard": {"cats": "1"}},
         'spec.hard[cats]: Invalid value: "cats": must be a standard resource type or fully '
         "qualified"),
        ({"hard": {"pods": "1.5"}},
         'spec.hard[pods]: Invalid value: "1.5": must be an integer'),
        ({"scopes": ["BestEffort", "NotBestEffort"]},
         'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'),
    ],
)  # fmt: skip
def test_wrong_quotas(spec: Object, message: str) -> None:
    assert message in refused("resourcequotas", spec)


def test_limits_of_containers_default_from_each_other() -> None:
    limit = {"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Mi"}}
    item = created("limitranges", {"limits": [limit]})
    assert item["spec"]["limits"][0] == limit | {
        "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2", "memory": "1Mi"},
    }  # fmt: skip
    pod = {"type": "Pod", "min": {"cpu": "2"}, "max": {"cpu": "1"}}
    assert refused("limitranges", {"limits": [pod]}) == [
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'
    ]


def test_replication_controllers() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod_spec()}
    item = created("replicationcontrollers", {"template": template})
    assert (item["spec"]["replicas"], item["spec"]["selector"]) == (1, {"a": "b"})
    assert item["metadata"]["labels"] == {"a": "b"}
    assert wrong("replicationcontrollers", item) == []
    item["spec"]["selector"] = {"a": "c"}
    assert wrong("replicationcontrollers", item) == [
        'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match '
        "template `labels`"
    ]


def test_events_belong_to_the_namespace_of_what_they_tell_of() -> None:
    item = created("events", involvedObject={"namespace": "other"})
    assert item["firstTimestamp"] is None
    assert wrong("events", item) == [
        'involvedObject.namespace: Invalid value: "other": does not match event.namespace'
    ]


def test_bindings_and_endpoints() -> None:
    assert wrong("bindings", {"target": {"kind": "Pod"}}) == [
        'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
        "target.name: Required value",
    ]
    assert refused("endpoints", subsets=[{}]) == [
        "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"
    ]


def test_the_range_of_a_node_stays_whichever_field_is_changed() -> None:
    old = created("nodes", {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]})
    item = clone(old)
    item["spec"]["podCIDR"] = "10.9.0.0/24"
    assert [str(e) for e in STRATEGIES["nodes"].validate_update(item, old)] == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
    ]
