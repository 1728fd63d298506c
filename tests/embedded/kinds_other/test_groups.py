from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.kinds.conversion import convert
from breakfix.embedded.kinds.scale import scale_of, write_scale
from breakfix.embedded.objects import Object
from tests.embedded.kinds_other.samples import (
    created,
    deployment,
    named,
    wrong_with,
    wrong_with_change,
)


def ingress(path: Object) -> Object:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"http": {"paths": [{"backend": backend, **path}]}}
    return named("Ingress", "networking.k8s.io/v1", spec={"rules": [rule]})


@pytest.mark.parametrize(("path", "why"), [
    ({"path": "/", "pathType": "Prefix"}, None),
    ({"pathType": "ImplementationSpecific"}, None),
    ({"path": "/"}, "pathType: Required value: pathType must be specified"),
    ({"path": "a", "pathType": "Exact"}, 'path: Invalid value: "a": must be an absolute path'),
    ({"path": "/a//b", "pathType": "Prefix"},
     'path: Invalid value: "/a//b": must not contain \'//\''),
    ({"path": "/", "pathType": "prefix"},
     'pathType: Unsupported value: "prefix": supported values: "Exact", '
     '"ImplementationSpecific", "Prefix"'),
])  # fmt: skip
def test_ingress_paths(path: Object, why: str | None) -> None:
    expected = [f"spec.rules[0].http.paths[0].{why}"] if why else []
    assert wrong_with("ingresses.networking.k8s.io", ingress(path)) == expected


def test_an_ingress_of_nothing() -> None:
    assert wrong_with(
        "ingresses.networking.k8s.io", named("Ingress", "networking.k8s.io/v1", spec={})
    ) == ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]


def policy(**spec: Any) -> Object:
    return named("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}, **spec})


def test_a_network_policy_says_what_it_is_about() -> None:
    key = "networkpolicies.networking.k8s.io"
    rule = {"ports": [{"port": 53}]}
    spec = created(key, policy(egress=[rule]))["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"][0]["ports"] == [{"port": 53, "protocol": "TCP"}]


@pytest.mark.parametrize(("rule", "why"), [
    ({"from": [{}]}, "from[0]: Required value: must specify a peer"),
    ({"from": [{"ipBlock": {"cidr": "10.0.0.0/99"}}]},
     'from[0].ipBlock.cidr: Invalid value: "10.0.0.0/99": must be a valid CIDR value, '
     "(e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]},
     'from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`'),
    ({"ports": [{"port": 80, "endPort": 70}]},
     "ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`"),
    ({"ports": [{"port": 0}]},
     "ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"),
])  # fmt: skip
def test_network_policy_rules(rule: Object, why: str) -> None:
    found = wrong_with("networkpolicies.networking.k8s.io", policy(ingress=[rule]))
    assert found == [f"spec.ingress[0].{why}"]


def test_a_budget_has_one_bound() -> None:
    item = named("PodDisruptionBudget", "policy/v1", spec={"minAvailable": 1, "maxUnavailable": 1})
    assert wrong_with("poddisruptionbudgets.policy", item) == [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,'
        '"UnhealthyPodEvictionPolicy":null}: '
        "minAvailable and maxUnavailable cannot be both set"
    ]


def test_priority_classes() -> None:
    key, kind = "priorityclasses.scheduling.k8s.io", ("PriorityClass", "scheduling.k8s.io/v1")
    assert wrong_with(key, named(*kind, value=2_000_000_000)) == [
        "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"
    ]
    assert wrong_with_change(key, named(*kind, value=1), named(*kind, value=2)) == [
        "value: Forbidden: may not be changed in an update."
    ]


def test_a_storage_class_keeps_its_provisioner() -> None:
    key, kind = "storageclasses.storage.k8s.io", ("StorageClass", "storage.k8s.io/v1")
    old, new = named(*kind, provisioner="a.io/b"), named(*kind, provisioner="a.io/c")
    assert wrong_with(key, old) == []
    assert wrong_with_change(key, old, new) == [
        "provisioner: Forbidden: updates to provisioner are forbidden."
    ]


def test_endpoint_slices_hold_addresses_of_their_type() -> None:
    item = named(
        "EndpointSlice", "discovery.k8s.io/v1", addressType="IPv4",
        endpoints=[{"addresses": ["fd00::1"]}], ports=[{"port": 80}],
    )  # fmt: skip
    assert created("endpointslices.discovery.k8s.io", item)["ports"] == [
        {"port": 80, "name": "", "protocol": "TCP"}
    ]
    assert wrong_with("endpointslices.discovery.k8s.io", item) == [
        'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'
    ]


def autoscaler(**spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    whole = {"scaleTargetRef": target, "maxReplicas": 5, **spec}
    return named("HorizontalPodAutoscaler", "autoscaling/v2", spec=whole)


def test_an_autoscaler_watches_the_cpu() -> None:
    key = "horizontalpodautoscalers.autoscaling"
    spec = created(key, autoscaler())["spec"]
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    assert wrong_with(key, autoscaler(minReplicas=9)) == [
        "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"
    ]


def test_an_autoscaler_survives_the_old_version() -> None:
    target = {"type": "AverageValue", "averageValue": "100"}
    pods = {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": target}}
    item = created("horizontalpodautoscalers.autoscaling", autoscaler(
        behavior={"scaleDown": {"stabilizationWindowSeconds": 60}}
    ))  # fmt: skip
    item["spec"]["metrics"].insert(0, pods)
    old = convert(item, "autoscaling/v1")
    assert old["spec"]["targetCPUUtilizationPercentage"] == 80
    assert "metrics" not in old["spec"]
    assert set(old["metadata"]["annotations"]) == {
        "autoscaling.alpha.kubernetes.io/metrics", "autoscaling.alpha.kubernetes.io/behavior",
    }  # fmt: skip
    back = convert(old, "autoscaling/v2")
    assert back["spec"] == item["spec"]
    assert "annotations" not in back["metadata"]


def test_events_in_both_groups() -> None:
    core = named(
        "Event", "v1", involvedObject={"kind": "Pod", "name": "p", "namespace": "lab"},
        message="hi", reason="Seen", type="Normal", count=2, source={"component": "kubelet"},
        firstTimestamp="2026-01-01T00:00:00Z", lastTimestamp="2026-01-01T00:00:00Z",
        eventTime=None, reportingComponent="", reportingInstance="",
    )  # fmt: skip
    new = convert(core, "events.k8s.io/v1")
    assert (new["note"], new["regarding"]["name"], new["deprecatedCount"]) == ("hi", "p", 2)
    assert convert(new, "v1") == core


def test_new_events_say_who_and_when() -> None:
    item = named("Event", "events.k8s.io/v1", note="hi", type="Normal", regarding={},
                 eventTime="2026-01-01T00:00:00.000000Z")  # fmt: skip
    found = wrong_with("events.events.k8s.io", item)
    assert "reportingController: Required value" in found
    assert "action: Required value" in found


def test_the_scale_of_a_deployment() -> None:
    item = created("deployments.apps", deployment(replicas=3))
    item["status"] = {"replicas": 2}
    scale = scale_of(item)
    assert scale["spec"] == {"replicas": 3}
    assert scale["status"] == {"replicas": 2, "selector": "app=web"}
    scale["spec"]["replicas"] = 5
    assert write_scale(item, scale, "deployments.apps")["spec"]["replicas"] == 5
