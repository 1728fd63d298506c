"""What webhooks are asked about requests to a whole cluster."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.cluster import EmbeddedCluster
from breakfix.embedded.objects import Object
from tests.embedded.admission_policies.world import Hook
from tests.embedded.cluster_fixture import Http, running

HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
CHANGING = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
PODS = "/api/v1/namespaces/default/pods"
REFUSING: Object = {"allowed": False, "status": {"message": "no", "code": 403}}


def hook(kind: str, operation: str, **rule: Any) -> Any:
    one = {
        "name": "a.x.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": {"name": "s", "namespace": "n"}},
        "rules": [{"operations": [operation], "apiVersions": ["v1"], **rule}],
    }  # fmt: skip
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
        "metadata": {"name": "c"}, "webhooks": [one],
    }  # fmt: skip


async def watched(
    cluster: EmbeddedCluster, http: Http, operation: str, answer: Object, **rule: Any
) -> Hook:
    found = Hook([answer])
    cluster.webhooks.post = found.post  # type: ignore[method-assign]
    body = hook("ValidatingWebhookConfiguration", operation, **rule)
    assert (await http.ask("POST", HOOKS, body))[0] == 201
    return found


@pytest.mark.parametrize(
    ("path", "kind", "options"),
    [
        ("pods/p/exec?command=ls&command=-l&container=c&stdin=1", "PodExecOptions",
         {"command": ["ls", "-l"], "container": "c", "stdin": True}),
        ("pods/p/attach?stdout=true", "PodAttachOptions", {"stdout": True}),
        ("pods/p/portforward?ports=80,81", "PodPortForwardOptions", {"ports": [80, 81]}),
        ("services/s/proxy/a/b", "ServiceProxyOptions", {"path": "/a/b"}),
    ],
)  # fmt: skip
async def test_connections_are_admitted(path: str, kind: str, options: Object) -> None:
    async with running() as (cluster, http):
        webhook = await watched(
            cluster, http, "CONNECT", REFUSING, apiGroups=[""], resources=["*/*"]
        )
        status, answer = await http.ask("GET", f"/api/v1/namespaces/default/{path}")
        words = 'admission webhook "a.x.io" denied the request: no'
        assert (status, answer["message"]) == (403, words)
        [asked] = webhook.asked
        assert asked["kind"] == {"group": "", "version": "v1", "kind": kind}
        assert asked["object"] == {"apiVersion": "v1", "kind": kind, **options}
        assert (asked["operation"], asked["name"]) == ("CONNECT", path.split("/")[1])


async def test_a_connection_is_no_dry_run() -> None:
    async with running() as (_, http):
        status, answer = await http.ask("POST", f"{PODS}/p/exec?command=ls&dryRun=All")
        assert (status, answer["message"]) == (400, "dryRun is not supported")


def pod(name: str) -> Any:
    container = {"name": "c", "image": "busybox"}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "spec": {"containers": [container], "schedulerName": "nobody"},
        "metadata": {"name": name, "finalizers": ["x.io/kept"]},
    }  # fmt: skip


async def evicted(http: Http, name: str, **more: Any) -> tuple[int, Any]:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, **more}
    return await http.ask("POST", f"{PODS}/{name}/eviction", body)


async def test_an_eviction_is_noted_on_the_pod() -> None:
    async with running() as (_, http):
        await http.ask("POST", PODS, pod("a"))
        stale = {"preconditions": {"resourceVersion": "1"}}
        assert (await evicted(http, "a", deleteOptions=stale))[0] == 409
        present = (await http.ask("GET", f"{PODS}/a"))[1]
        assert "conditions" not in present["status"]
        same = {"preconditions": {"resourceVersion": present["metadata"]["resourceVersion"]}}
        assert (await evicted(http, "a", deleteOptions=same))[0] == 201
        found = (await http.ask("GET", f"{PODS}/a"))[1]
        [said] = [c for c in found["status"]["conditions"] if c["type"] == "DisruptionTarget"]
        assert (said["reason"], said["message"], said["status"]) == (
            "EvictionByEvictionAPI", "Eviction API: evicting", "True",
        )  # fmt: skip
        assert "deletionTimestamp" in found["metadata"]


async def test_an_eviction_is_admitted_as_one_and_not_as_a_deletion() -> None:
    async with running() as (cluster, http):
        await http.ask("POST", PODS, pod("a"))
        webhook = await watched(
            cluster, http, "*", REFUSING, apiGroups=[""], resources=["pods/eviction"]
        )
        assert (await evicted(http, "a"))[0] == 403
        [asked] = webhook.asked
        assert asked["kind"] == {"group": "policy", "version": "v1", "kind": "Eviction"}
        assert (asked["operation"], asked["subResource"]) == ("CREATE", "eviction")
        await http.ask("DELETE", f"{HOOKS}/c")
        await watched(cluster, http, "DELETE", REFUSING, apiGroups=[""], resources=["pods"])
        assert (await evicted(http, "a"))[0] == 201
        assert (await http.ask("DELETE", f"{PODS}/a"))[0] == 403


async def test_another_version_of_the_same_objects_is_shown_as_the_rule_names_it() -> None:
    path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
    target = {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}
    usage = {"type": "Utilization", "averageUtilization": 50}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": usage}}
    item = {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": target, "metrics": [metric]},
    }  # fmt: skip
    rule = {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"]}
    more = [{"op": "replace", "path": "/spec/targetCPUUtilizationPercentage", "value": 70}]
    async with running() as (cluster, http):
        webhook = Hook([patch(more)])
        cluster.webhooks.post = webhook.post  # type: ignore[method-assign]
        body = hook("MutatingWebhookConfiguration", "CREATE", **rule)
        assert (await http.ask("POST", CHANGING, body))[0] == 201
        status, made = await http.ask("POST", path, item)
        assert status == 201
        [asked] = webhook.asked
        versions = (asked["kind"]["version"], asked["requestKind"]["version"])
        assert versions == ("v1", "v2")
        assert asked["object"]["spec"]["targetCPUUtilizationPercentage"] == 50
        [metric] = made["spec"]["metrics"]
        assert metric["resource"]["target"]["averageUtilization"] == 70


def patch(operations: Any) -> Object:
    import base64

    import orjson

    encoded = base64.b64encode(orjson.dumps(operations)).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": encoded}
