from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.admission.limit_ranger import LimitRanger
from breakfix.embedded.admission.pod_resources import pod_amounts
from breakfix.embedded.admission.resource_quota import ResourceQuota
from breakfix.embedded.objects import Object
from tests.embedded.admission.world import World, pod, refusal, request, sized


def limited(**limit: Any) -> LimitRanger:
    world = World()
    limits = [{"type": "Container", **limit}]
    world.put("limitranges", {
        "metadata": {"name": "l", "namespace": "lab"}, "spec": {"limits": limits},
    })  # fmt: skip
    return LimitRanger(world)


async def test_containers_get_their_defaults() -> None:
    asked = request(pod())
    plugin = limited(default={"cpu": "1", "memory": "1Gi"}, defaultRequest={"cpu": "100m"})
    assert await refusal(plugin, asked) == ""
    assert asked.item is not None
    assert asked.item["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"},
    }  # fmt: skip
    assert asked.item["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger":
            "LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c"
    }  # fmt: skip


@pytest.mark.parametrize(("limit", "resources", "why"), [
    ({"min": {"cpu": "100m"}}, {"requests": {"cpu": "50m"}},
     "minimum cpu usage per Container is 100m, but request is 50m"),
    ({"min": {"cpu": "100m"}}, {},
     "minimum cpu usage per Container is 100m.  No request is specified"),
    ({"max": {"cpu": "1"}}, {"limits": {"cpu": "2"}},
     "maximum cpu usage per Container is 1, but limit is 2"),
    ({"max": {"cpu": "1"}}, {}, "maximum cpu usage per Container is 1.  No limit is specified"),
    ({"maxLimitRequestRatio": {"cpu": "2"}}, {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}},
     "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"),
])  # fmt: skip
async def test_out_of_range(limit: Object, resources: Object, why: str) -> None:
    found = await refusal(limited(**limit), request(sized(**resources)))
    assert found == f'pods "p" is forbidden: {why}'


def test_a_pod_needs_its_largest_step() -> None:
    def box(cpu: str, **more: Any) -> Object:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {
        "containers": [box("1"), box("500m")],
        "initContainers": [box("200m", restartPolicy="Always"), box("3")],
        "overhead": {"cpu": "100m"},
    }
    assert pod_amounts(spec, "requests") == {"cpu": "3300m"}


def quota(hard: Object, used: Object | None = None, **spec: Any) -> Object:
    used = used if used is not None else dict.fromkeys(hard, "0")
    return {
        "metadata": {"name": "q", "namespace": "lab"}, "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used},
    }  # fmt: skip


async def test_one_pod_too_many() -> None:
    world = World()
    world.put("resourcequotas", quota({"pods": "2"}))
    for name in ("a", "b"):
        world.put("pods", pod(name))
    found = await refusal(ResourceQuota(world.client), request(pod()))
    assert found == (
        'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2'
    )


async def test_two_at_once_cannot_take_the_last_place() -> None:
    world = World()
    world.put("resourcequotas", quota({"pods": "1"}))
    plugin = ResourceQuota(world.client)
    first, second = request(pod("a")), request(pod("b"))
    assert await refusal(plugin, first) == ""
    assert "used: pods=1" in await refusal(plugin, second)
    await plugin.settle(first, stored=False)
    assert await refusal(plugin, second) == ""


async def test_limited_compute_must_be_asked_for() -> None:
    world = World()
    world.put("resourcequotas", quota({"requests.cpu": "1", "limits.memory": "1Gi"}))
    plugin = ResourceQuota(world.client)
    assert await refusal(plugin, request(pod())) == (
        'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; '
        "requests.cpu for: c"
    )
    item = sized(requests={"cpu": "2"}, limits={"memory": "1Gi"})
    assert await refusal(plugin, request(item)) == (
        'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=2, used: '
        "requests.cpu=0, limited: requests.cpu=1"
    )


@pytest.mark.parametrize(("scope", "spec", "counted"), [
    ({"scopes": ["Terminating"]}, {"activeDeadlineSeconds": 5}, True),
    ({"scopes": ["Terminating"]}, {}, False),
    ({"scopes": ["NotBestEffort"]}, {}, False),
    ({"scopes": ["BestEffort", "NotTerminating"]}, {}, True),
    ({"scopeSelector": {"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}},
     {"priorityClassName": "high"}, True),
    ({"scopeSelector": {"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": "NotIn", "values": ["high"]}]}},
     {"priorityClassName": "high"}, False),
])  # fmt: skip
async def test_scopes(scope: Object, spec: Object, counted: bool) -> None:
    world = World()
    world.put("resourcequotas", quota({"pods": "0"}, **scope))
    found = await refusal(ResourceQuota(world.client), request(pod(**spec)))
    assert bool(found) is counted


async def test_services_and_claims_count_by_kind() -> None:
    world = World()
    world.put("resourcequotas", quota({"services.nodeports": "1", "count/widgets.a.io": "0"}))
    plugin = ResourceQuota(world.client)
    service: Object = {
        "metadata": {"name": "s", "namespace": "lab"},
        "spec": {"type": "NodePort", "ports": [{"port": 1}, {"port": 2}]},
    }
    assert "requested: services.nodeports=2" in await refusal(plugin, request(service, "services"))
    service["spec"]["type"] = "ClusterIP"
    assert await refusal(plugin, request(service, "services")) == ""
    widget = {"metadata": {"name": "w", "namespace": "lab"}}
    assert "count/widgets.a.io=1" in await refusal(plugin, request(widget, "widgets.a.io"))


async def test_claims_count_by_class() -> None:
    world, gold = World(), "gold.storageclass.storage.k8s.io/requests.storage"
    world.put("resourcequotas", quota({gold: "1Gi"}))
    claim: Object = {
        "metadata": {"name": "c", "namespace": "lab"},
        "spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "2Gi"}}},
    }
    found = await refusal(ResourceQuota(world.client), request(claim, "persistentvolumeclaims"))
    assert f"requested: {gold}=2Gi, used: {gold}=0, limited: {gold}=1Gi" in found
    claim["spec"]["storageClassName"] = "slow"
    asked = request(claim, "persistentvolumeclaims")
    assert await refusal(ResourceQuota(world.client), asked) == ""
