from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.horizontal import HorizontalController
from breakfix.embedded.controllers.horizontal_metrics import Metrics, Usage
from breakfix.embedded.controllers.pod_gc_threshold import EndedPodsController
from breakfix.embedded.controllers.ttl_after_finished import TTLAfterFinishedController
from breakfix.embedded.objects import condition
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient, resolve

HPAS = "horizontalpodautoscalers.autoscaling"


async def setup(client: FakeClient, replicas: int = 2, **spec: Any) -> None:
    await client.create("deployments.apps", {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}},
    })  # fmt: skip
    for number in range(replicas):
        resources = {"requests": {"cpu": "100m"}}
        pod = await client.create("pods", {
            "metadata": {"name": f"p{number}", "namespace": "default", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "resources": resources}]},
        })  # fmt: skip
        await client.set_pod(pod)
    metric = {"type": "Resource", "resource": {
        "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}  # fmt: skip
    await client.create(HPAS, {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 1, "maxReplicas": 10, "metrics": [metric],
        } | spec,
    })  # fmt: skip


def measured(client: FakeClient, used: dict[str, int]) -> Metrics:
    async def metrics(namespace: str) -> Usage:
        pods = client.list("pods", namespace)
        return {p["metadata"]["name"]: {"c": {"cpu": used["now"]}} for p in pods}

    return metrics


def size(client: FakeClient) -> Any:
    return client.the("deployments.apps", "web")["spec"]["replicas"]


def state(client: FakeClient, kind: str) -> tuple[str, str]:
    found = condition(client.the(HPAS, "web"), kind)
    assert found is not None
    return found["reason"], found["message"]


async def test_without_metrics(client: FakeClient) -> None:
    async with running(client, HorizontalController(client, resolve)):
        await setup(client)
        await client.clock.advance(16)
        why = (
            "failed to get cpu utilization: unable to get metrics for resource cpu: unable to "
            "fetch metrics from resource metrics API: the server could not find the requested "
            "resource (get pods.metrics.k8s.io)"
        )
        assert state(client, "ScalingActive") == (
            "FailedGetResourceMetric", f"the HPA was unable to compute the replica count: {why}",
        )  # fmt: skip
        assert client.messages("FailedGetResourceMetric") == [why]
        assert client.messages("FailedComputeMetricsReplicas") == [
            "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource "
            f"metric value: {why}"
        ]


async def test_up_and_slowly_down(client: FakeClient) -> None:
    used = {"now": 150}
    async with running(client, HorizontalController(client, resolve, measured(client, used))):
        await setup(client)
        await client.clock.advance(16)
        assert size(client) == 6
        assert client.messages("SuccessfulRescale") == [
            "New size: 6; reason: cpu resource utilization (percentage of request) above target"
        ]
        status = client.the(HPAS, "web")["status"]
        assert status["currentMetrics"][0]["resource"]["current"] == {
            "averageUtilization": 150, "averageValue": "150m",
        }  # fmt: skip
        used["now"] = 10
        await client.clock.advance(60)
        assert size(client) == 6
        assert state(client, "AbleToScale")[0] == "ScaleDownStabilized"
        await client.clock.advance(300)
        assert size(client) == 1


async def test_bounds(client: FakeClient) -> None:
    metrics = measured(client, {"now": 900})
    async with running(client, HorizontalController(client, resolve, metrics)):
        await setup(client, maxReplicas=3)
        await client.clock.advance(16)
        assert size(client) == 3
        assert state(client, "ScalingLimited")[0] == "TooManyReplicas"


async def test_ttl(client: FakeClient) -> None:
    async with running(client, TTLAfterFinishedController(client)):
        done = {"type": "Complete", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        job = await client.create("jobs.batch", {
            "metadata": {"name": "j", "namespace": "default"},
            "spec": {"ttlSecondsAfterFinished": 30},
        })  # fmt: skip
        await client.update_status("jobs.batch", job | {"status": {"conditions": [done]}})
        await client.clock.advance(29)
        assert "deletionTimestamp" not in client.the("jobs.batch", "j")["metadata"]
        await client.clock.advance(2)
        assert client.the("jobs.batch", "j")["metadata"]["deletionTimestamp"]


async def test_the_oldest_ended_pods_go(client: FakeClient) -> None:
    async with running(client, EndedPodsController(client, threshold=1)):
        for name in ("a", "b", "c"):
            metadata = {"name": name, "namespace": "default"}
            pod = await client.create("pods", {"metadata": metadata, "spec": {"containers": []}})
            await client.set_pod(pod, "Running" if name == "a" else "Failed", ready=False)
            await client.clock.advance(2)
        await client.clock.advance(20)
        assert [p["metadata"]["name"] for p in client.list("pods")] == ["a", "c"]


async def test_metrics_of_other_apis(client: FakeClient) -> None:
    target = {"type": "Value", "value": "5"}
    about = {"kind": "Service", "name": "s"}
    selector = {"matchLabels": {"a": "b"}}
    metrics = [
        {"type": "External", "external": {"metric": {"name": "q"}, "target": target}},
        {"type": "External", "external": {
            "metric": {"name": "r", "selector": selector}, "target": target}},
        {"type": "Object", "object": {
            "metric": {"name": "o"}, "describedObject": about, "target": target}},
    ]  # fmt: skip
    async with running(client, HorizontalController(client, resolve)):
        await setup(client, metrics=metrics)
        await client.clock.advance(16)
        external = (
            "unable to fetch metrics from external metrics API: the server could not find the "
            "requested resource"
        )
        assert set(client.messages("FailedGetExternalMetric")) == {
            f"unable to get external metric default/q/nil: {external} "
            "(get q.external.metrics.k8s.io)",
            "unable to get external metric default/r/&LabelSelector{MatchLabels:map[string]string"
            "{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}: "
            f"{external} (get r.external.metrics.k8s.io)",
        }
        found = client.messages("FailedGetObjectMetric")[0]
        assert found.startswith("unable to get metric o: Service on default s/unable to fetch")
