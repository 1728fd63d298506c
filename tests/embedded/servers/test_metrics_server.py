"""metrics-server, the aggregation layer and what lives on them."""

from __future__ import annotations

import asyncio
from typing import Any

from breakfix.embedded.objects import condition
from tests.embedded.servers.fixture import Lab, deployment, live

NAME = "v1beta1.metrics.k8s.io"
NODES = "/apis/metrics.k8s.io/v1beta1/nodes"
AGGREGATED = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}


def insecure(item: dict[str, Any]) -> None:
    if item["kind"] == "Deployment":
        args = item["spec"]["template"]["spec"]["containers"][0]["args"]
        args.append("--kubelet-insecure-tls")


def available(lab: Lab) -> tuple[str, str, str]:
    item = lab.client.get("apiservices.apiregistration.k8s.io", NAME)
    found = condition(item, "Available") if item else None
    assert found is not None
    return found["status"], found["reason"], found["message"]


def replicas(lab: Lab) -> int:
    found = lab.client.get("deployments.apps", "busy", "default")
    assert found is not None
    return int(found["spec"]["replicas"])


async def measured(lab: Lab) -> Any:
    for _ in range(120):
        status, found = await lab.get(NODES)
        if status == 200 and found["items"]:
            return found["items"]
        await asyncio.sleep(1)
    raise AssertionError("no metrics")


def test_kubelets_with_certificates_of_their_own_are_not_believed() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("metrics_server.yaml")
        await lab.until(lambda: lab.pod("metrics-server", "kube-system").get("status"))
        await asyncio.sleep(60)
        assert not lab.ready("metrics-server", "kube-system")
        log = await lab.logs("metrics-server", "kube-system")
        words = ("tls: failed to verify certificate: x509: cannot validate certificate for "
                 "172.18.0.3 because it doesn't contain any IP SANs")  # fmt: skip
        assert f'err="Get \\"https://172.18.0.3:10250/metrics/resource\\": {words}"' in log
        assert '"Failed probe" probe="metric-storage-ready" err="no metrics to serve"' in log
        assert available(lab) == (
            "False", "MissingEndpoints", 'endpointslices for service/metrics-server in '
            '"kube-system" have no addresses with port name "https"',
        )  # fmt: skip
        assert await lab.get(NODES) == (503, "service unavailable\n")
        groups = (await lab.get("/apis"))[1]["groups"]
        assert groups[-1]["name"] == "metrics.k8s.io"
        _, found = await lab.http.ask("GET", "/apis", headers=AGGREGATED)
        assert found["items"][-1]["versions"] == [{"version": "v1beta1", "freshness": "Stale"}]

    live(work)


def test_it_tells_what_containers_use_and_autoscalers_act_on_it() -> None:
    async def work(lab: Lab) -> None:
        requests = {"resources": {"requests": {"cpu": "200m"}}}
        await lab.create(deployment("busy", "polinux/stress", "stress", "--cpu", "1", **requests))
        await lab.create({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "busy"}, "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "busy"},
                "maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {
                    "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
            },
        })  # fmt: skip
        await lab.apply("metrics_server.yaml", insecure)
        names = [n["metadata"]["name"] for n in await measured(lab)]
        assert names == ["control-plane", "worker"]
        assert available(lab) == ("True", "Passed", "all checks passed")
        _, found = await lab.http.ask("GET", "/apis", headers=AGGREGATED)
        version = found["items"][-1]["versions"][0]
        assert version["freshness"] == "Current"
        assert [r["resource"] for r in version["resources"]] == ["nodes", "pods"]
        await lab.until(lambda: replicas(lab) == 3)
        path = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dbusy"
        cpu = [p["containers"][0]["usage"]["cpu"] for p in (await lab.get(path))[1]["items"]]
        assert cpu
        assert all(c == "1" or 950e6 < int(c[:-1]) < 1050e6 for c in cpu)

    live(work)


def test_a_kubelet_asks_who_may() -> None:
    def no_rights(item: dict[str, Any]) -> None:
        insecure(item)
        if item["metadata"]["name"] == "system:metrics-server" and "rules" in item:
            item["rules"] = item["rules"][1:]

    async def work(lab: Lab) -> None:
        await lab.apply("metrics_server.yaml", no_rights)
        await lab.until(lambda: lab.pod("metrics-server", "kube-system").get("status"))
        await asyncio.sleep(30)
        log = await lab.logs("metrics-server", "kube-system")
        assert '"Failed to scrape node" err="request failed, status: \\"403 Forbidden\\""' in log

    live(work)


def test_a_group_that_nobody_serves_keeps_namespaces() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("metrics_server.yaml", lambda i: None)
        await lab.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "going"}})
        await lab.client.delete("services", "metrics-server", "kube-system")
        await lab.until(lambda: available(lab)[1] == "ServiceNotFound")
        await lab.client.delete("namespaces", "going")
        await asyncio.sleep(10)
        found = condition(lab.client.get("namespaces", "going") or {},
                          "NamespaceDeletionDiscoveryFailure")  # fmt: skip
        assert found is not None
        assert found["message"] == (
            "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of "
            "server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: "
            "metrics.k8s.io/v1beta1"
        )
        await lab.client.delete("apiservices.apiregistration.k8s.io", NAME)
        await lab.until(lambda: lab.client.get("namespaces", "going") is None)

    live(work, nodes=1)


def test_crds_have_apiservices_while_they_are_there() -> None:
    async def work(lab: Lab) -> None:
        version = {"name": "v1", "served": True, "storage": True, "schema": {
            "openAPIV3Schema": {"type": "object"}}}  # fmt: skip
        crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
               "metadata": {"name": "cars.x.io"}, "spec": {
                   "group": "x.io", "scope": "Namespaced", "versions": [version],
                   "names": {"plural": "cars", "kind": "Car"}}}  # fmt: skip
        await lab.create(crd)
        services = "apiservices.apiregistration.k8s.io"
        found = await lab.until(lambda: (lab.client.get(services, "v1.x.io") or {}).get("status"))
        assert found["conditions"][0]["reason"] == "Local"
        item = lab.client.get(services, "v1.x.io")
        assert item is not None
        assert item["spec"] == {"group": "x.io", "version": "v1", "groupPriorityMinimum": 1000,
                                "versionPriority": 100}  # fmt: skip
        key = "customresourcedefinitions.apiextensions.k8s.io"
        await lab.client.delete(key, "cars.x.io")
        await lab.until(lambda: lab.client.get(services, "v1.x.io") is None)

    live(work, nodes=0)
