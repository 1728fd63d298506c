"""A whole cluster calls a webhook through its Service."""

from __future__ import annotations

import base64
import json
from typing import Any

from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.cluster import EmbeddedCluster
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.network.types import NetworkNamespace
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from tests.embedded.cluster_fixture import Http, config_map, running

ADDRESS = "10.244.0.240"
CORE = "/api/v1/namespaces/default"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


async def refuse(request: Request) -> Response:
    review = json.loads(request.body)
    name = review["request"]["object"]["metadata"]["name"]
    status = {"message": f"{name} is not welcome"}
    answer = {"uid": review["request"]["uid"], "allowed": False, "status": status}
    return text(200, json.dumps(review | {"response": answer}), "application/json")


def listen(cluster: EmbeddedCluster, authority: Authority) -> None:
    """A pod that is nobody's, with a webhook in it."""
    space = NetworkNamespace("control-plane", (ADDRESS,), "hook", pod=("default", "hook"))
    cluster.pods.network.attach(space)
    pair = authority.server(cluster.clock.now(), ["hook.default.svc"])
    context = server_context(pair.certificate_pem, pair.key_pem)
    server = HttpServer(refuse, cluster.clock, tls=context)
    cluster.pods.network.listen(space, 8443, server.serve)


def service() -> Any:
    ports = [{"port": 443, "targetPort": 8443}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"},
            "spec": {"ports": ports}}  # fmt: skip


def endpoints() -> Any:
    labels = {"kubernetes.io/service-name": "hook"}
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "hook-1", "labels": labels},
        "endpoints": [{"addresses": [ADDRESS]}], "ports": [{"name": "", "port": 8443}],
    }  # fmt: skip


def configuration(authority: Authority) -> Any:
    trusted = base64.b64encode(authority.pem).decode()
    where = {"service": {"name": "hook", "namespace": "default"}, "caBundle": trusted}
    rule = {
        "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
        "resources": ["configmaps"],
    }  # fmt: skip
    one = {"name": "a.x.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
           "clientConfig": where, "rules": [rule]}  # fmt: skip
    return {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": "c"},
            "kind": "ValidatingWebhookConfiguration", "webhooks": [one]}  # fmt: skip


async def created(http: Http) -> tuple[int, str]:
    status, answer = await http.ask("POST", f"{CORE}/configmaps", config_map("m"))
    return status, answer["message"]


async def test_endpoints_decide_whether_a_webhook_is_reached() -> None:
    async with running(nodes=1) as (cluster, http):
        authority = Authority.create(cluster.clock.now())
        listen(cluster, authority)
        made = (await http.ask("POST", f"{CORE}/services", service()))[1]
        await http.ask("POST", HOOKS, configuration(authority))
        where = f"{made['spec']['clusterIP']}:443"
        assert await created(http) == (
            500, 'Internal error occurred: failed calling webhook "a.x.io": failed to call '
            'webhook: Post "https://hook.default.svc:443/?timeout=10s": dial tcp '
            f"{where}: connect: connection refused",
        )  # fmt: skip
        assert (await http.ask("POST", SLICES, endpoints()))[0] == 201
        words = 'admission webhook "a.x.io" denied the request: m is not welcome'
        assert await created(http) == (400, words)
