"""Tables as kubectl prints them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.tables.durations import human
from breakfix.embedded.tables.partial import partial_list
from breakfix.embedded.tables.render import table

NOW = datetime(2026, 1, 2, 0, 0, 5, tzinfo=UTC)
PODS = Resource("", "v1", "pods", "Pod", True)


def item(**more: Any) -> Object:
    meta = {"name": "x", "creationTimestamp": "2026-01-01T23:00:00Z"} | more.pop("metadata", {})
    return {"metadata": meta} | more


def cells(resource: Resource, item: Object, **more: Any) -> list[Any]:
    found = table(resource, [item], now=NOW, version="7", **more)
    assert found["metadata"] == {"resourceVersion": "7"}
    row: list[Any] = found["rows"][0]["cells"]
    return row


def of(group: str, plural: str, kind: str) -> Resource:
    return Resource(group, "v1", plural, kind, True)


@pytest.mark.parametrize(("seconds", "text"), [
    (-5, "<invalid>"), (-0.5, "0s"), (119, "119s"), (120, "2m"), (130, "2m10s"), (600, "10m"),
    (10799, "179m"), (10800, "3h"), (11000, "3h3m"), (28800, "8h"), (172800, "2d"),
    (180000, "2d2h"), (691200, "8d"), (63072000, "2y"), (63158400, "2y1d"), (252288000, "8y"),
])  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert human(seconds) == text


def container(state: Object, ready: bool = False, restarts: int = 0, **more: Any) -> Object:
    return {"name": "app", "state": state, "ready": ready, "restartCount": restarts} | more


def a_pod(*containers: Object, phase: str = "Running", **status: Any) -> Object:
    spec = {"containers": [{"name": "app"} for _ in containers], "nodeName": "n1"}
    more = {"metadata": status.pop("metadata", {})}
    spec = spec | status.pop("spec", {})
    known = {"phase": phase, "containerStatuses": list(containers)}
    return item(spec=spec, status=known | status, **more)


RUNS: Object = {"running": {}}
OOM: Object = {"terminated": {"finishedAt": "2026-01-01T23:55:05Z", "exitCode": 137}}


@pytest.mark.parametrize(("pod", "shown"), [
    (a_pod(container(RUNS, True)), ["1/1", "Running", "0"]),
    (a_pod(container(RUNS, True, 2, lastState=OOM)), ["1/1", "Running", "2 (5m ago)"]),
    (a_pod(container({"waiting": {"reason": "ErrImagePull"}}), phase="Pending"),
     ["0/1", "ErrImagePull", "0"]),
    (a_pod(container({"terminated": {"exitCode": 3}})), ["0/1", "ExitCode:3", "0"]),
    (a_pod(container({"terminated": {"reason": "Completed"}}), container(RUNS, True)),
     ["1/2", "NotReady", "0"]),
    (a_pod(container(RUNS, True), metadata={"deletionTimestamp": "2026-01-02T00:00:00Z"}),
     ["1/1", "Terminating", "0"]),
    (a_pod(phase="Failed", reason="Evicted"), ["0/0", "Evicted", "0"]),
    (a_pod(container({"waiting": {"reason": "PodInitializing"}}), phase="Pending",
           spec={"initContainers": [{"name": "a"}, {"name": "b"}]},
           initContainerStatuses=[
               {"name": "a", "state": {"terminated": {"exitCode": 0}}},
               {"name": "b", "state": RUNS}]), ["0/1", "Init:1/2", "0"]),
    (a_pod(container({"waiting": {"reason": "PodInitializing"}}), phase="Pending",
           spec={"initContainers": [{"name": "a"}]},
           initContainerStatuses=[
               {"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "restartCount": 3}]), ["0/1", "Init:CrashLoopBackOff", "3"]),
    (a_pod(phase="Pending",
           conditions=[{"type": "PodScheduled", "reason": "SchedulingGated"}]),
     ["0/0", "SchedulingGated", "0"]),
])  # fmt: skip
def test_pods(pod: Object, shown: list[str]) -> None:
    found = cells(PODS, pod)
    assert found[1:4] == shown
    assert found[4:] == ["60m", "<none>", "n1", "<none>", "<none>"]


def test_a_done_pod_says_so_in_its_row() -> None:
    found = table(PODS, [a_pod(phase="Succeeded")], now=NOW, version="7")["rows"][0]
    assert found["conditions"][0]["reason"] == "Succeeded"


def test_columns_are_the_recorded_ones() -> None:
    columns = table(PODS, [], now=NOW, version="7")["columnDefinitions"]
    assert [c["name"] for c in columns][:5] == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert [c["priority"] for c in columns] == [0] * 5 + [1] * 4


DEPLOYMENT = item(
    spec={"replicas": 3, "selector": {"matchLabels": {"app": "x"}},
          "template": {"spec": {"containers": [{"name": "a", "image": "i"}]}}},
    status={"readyReplicas": 1, "updatedReplicas": 2},
)  # fmt: skip
SERVICE = item(spec={
    "type": "LoadBalancer", "clusterIPs": ["10.96.0.5"], "selector": {"app": "x"},
    "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 1, "protocol": "UDP"}],
})  # fmt: skip


@pytest.mark.parametrize(("resource", "found", "shown"), [
    (of("apps", "deployments", "Deployment"), DEPLOYMENT,
     ["x", "1/3", 2, 0, "60m", "a", "i", "app=x"]),
    (of("apps", "replicasets", "ReplicaSet"), DEPLOYMENT,
     ["x", 3, 0, 1, "60m", "a", "i", "app=x"]),
    (of("", "replicationcontrollers", "ReplicationController"),
     item(spec={"replicas": 1, "selector": {"app": "x"}}),
     ["x", 1, 0, 0, "60m", "", "", "app=x"]),
    (of("", "services", "Service"), SERVICE,
     ["x", "LoadBalancer", "10.96.0.5", "<pending>", "80:30080/TCP,1/UDP", "60m", "app=x"]),
    (of("", "endpoints", "Endpoints"),
     item(subsets=[{"addresses": [{"ip": f"10.0.0.{n}"} for n in range(4)],
                    "ports": [{"port": 80}]}]),
     ["x", "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 1 more...", "60m"]),
    (of("batch", "jobs", "Job"),
     item(spec={"completions": 2}, status={"succeeded": 2, "startTime": "2026-01-01T23:00:00Z",
          "completionTime": "2026-01-01T23:00:09Z",
          "conditions": [{"type": "Complete", "status": "True"}]}),
     ["x", "Complete", "2/2", "9s", "60m", "", "", "<none>"]),
    (of("", "nodes", "Node"),
     item(metadata={"labels": {"node-role.kubernetes.io/control-plane": ""}},
          spec={"unschedulable": True},
          status={"conditions": [{"type": "Ready", "status": "Unknown"}],
                  "nodeInfo": {"kubeletVersion": "v1.34.4"}}),
     ["x", "NotReady,SchedulingDisabled", "control-plane", "60m", "v1.34.4", "<none>", "<none>",
      "<unknown>", "<unknown>", "<unknown>"]),
    (of("rbac.authorization.k8s.io", "roles", "Role"), item(), ["x", "2026-01-01T23:00:00Z"]),
    (of("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
     item(spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5,
                "metrics": [{"type": "Resource", "resource": {
                    "name": "cpu", "target": {"averageUtilization": 80}}}]}),
     ["x", "Deployment/web", "cpu: <unknown>/80%", "<unset>", 5, 0, "60m"]),
    (of("", "resourcequotas", "ResourceQuota"),
     item(status={"hard": {"pods": "5", "limits.cpu": "2"}, "used": {"pods": "1"}}),
     ["x", "pods: 1/5", "limits.cpu: 0/2", "60m"]),
    (of("", "events", "Event"),
     item(involvedObject={"kind": "Pod", "name": "p"}, reason="Started", type="Normal",
          message="Started container app\n", lastTimestamp="2026-01-02T00:00:00Z",
          firstTimestamp="2026-01-01T23:59:00Z", count=3,
          source={"component": "kubelet", "host": "n1"}),
     ["5s", "Normal", "Started", "pod/p", "", "kubelet, n1", "Started container app", "65s", 3,
      "x"]),
])  # fmt: skip
def test_cells(resource: Resource, found: Object, shown: list[Any]) -> None:
    kind = {"kind": resource.kind}
    row = cells(resource, kind | found)
    assert row == shown
    columns = table(resource, [], now=NOW, version="7")["columnDefinitions"]
    assert len(columns) == len(row)


def test_what_a_row_includes() -> None:
    deployments = of("apps", "deployments", "Deployment")
    rows = [table(deployments, [DEPLOYMENT], now=NOW, version="7", include=which)["rows"][0]
            for which in ("Metadata", "Object", "None")]  # fmt: skip
    assert rows[0]["object"]["kind"] == "PartialObjectMetadata"
    assert (rows[1]["object"]["kind"], rows[1]["object"]["apiVersion"]) == ("Deployment", "apps/v1")
    assert rows[2]["object"] is None


def test_a_custom_resource_brings_its_own() -> None:
    columns = [{"name": "Name"}, {"name": "Size"}]
    custom = columns, lambda item: ["x", item["size"]]
    found = table(of("a.b", "widgets", "Widget"), [item(size=3)], now=NOW, version="1",
                  custom=custom, headers=False)  # fmt: skip
    assert found["columnDefinitions"] is None
    assert found["rows"][0]["cells"] == ["x", 3]


def test_partial_lists() -> None:
    found = partial_list([item()], "9", continue_="more", remaining=4)
    assert found["metadata"] == {
        "resourceVersion": "9", "continue": "more", "remainingItemCount": 4}  # fmt: skip
    assert found["items"][0].keys() == {"kind", "apiVersion", "metadata"}
