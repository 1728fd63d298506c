"""What a cluster can do, as far as asking is enough: nothing is created.

Each answer is the reason why a capability does not hold, empty where it does.
"""

from __future__ import annotations

import asyncio

from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.requests import Api, find

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_KUBE_SYSTEM = "/namespaces/kube-system"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_TAINTS = ("NoSchedule", "NoExecute")
TWO = 2

Reasons = dict[str, str]
Facts = dict[str, str]


async def ask(api: Api, nodes: list[Object]) -> tuple[Reasons, Facts]:
    """The reasons by capability, and the facts for templates."""
    corefile, coredns, dns, classes, version, openid = await asyncio.gather(
        _maybe(api, f"/api/v1{_KUBE_SYSTEM}/configmaps/coredns"),
        _maybe(api, f"/apis/apps/v1{_KUBE_SYSTEM}/deployments/coredns"),
        _maybe(api, f"/api/v1{_KUBE_SYSTEM}/services/kube-dns"),
        _maybe(api, "/apis/storage.k8s.io/v1/storageclasses"),
        _maybe(api, "/version"),
        _maybe(api, "/.well-known/openid-configuration"),
    )
    reasons = {
        "kube-system-write": await _no_kube_system_write(api) or _no_corefile(corefile),
        "two-coredns-replicas": _one_coredns(coredns),
        "ephemeral-containers": await _no_ephemeral_containers(api),
        "nodes-2": _too_few(nodes, 2),
        "nodes-3": _too_few(nodes, 3),
    }
    facts = _node_facts(nodes) | _storage_facts(classes or {})
    facts["serverVersion"] = str((version or {}).get("gitVersion", ""))
    facts["issuer"] = str((openid or {}).get("issuer", ""))
    facts["dnsServiceIP"] = str((dns or {}).get("spec", {}).get("clusterIP", ""))
    return reasons, facts


async def _maybe(api: Api, path: str) -> Object | None:
    """The object, or None where there is none or it may not be read."""
    try:
        return await find(api, path)
    except ApiError:
        return None


def _no_corefile(corefile: Object | None) -> str:
    return "" if corefile else "there is no ConfigMap coredns in kube-system"


async def _no_kube_system_write(api: Api) -> str:
    for group, resource in (("", "configmaps"), ("apps", "deployments")):
        if not await may(api, "patch", resource, "kube-system", group=group):
            return f"you may not patch {resource} in kube-system"
    return ""


async def _no_ephemeral_containers(api: Api) -> str:
    served = await _maybe(api, "/api/v1") or {}
    names = {resource["name"] for resource in served.get("resources", [])}
    if "pods/ephemeralcontainers" not in names:
        return "this server has no ephemeral containers"
    if not await may(api, "patch", "pods", "default", subresource="ephemeralcontainers"):
        return "you may not patch pods/ephemeralcontainers"
    return ""


async def may(
    api: Api, verb: str, resource: str, namespace: str, group: str = "", subresource: str = ""
) -> bool:
    """Whether this kubeconfig's user may do it (SelfSubjectAccessReview)."""
    attributes = {
        "verb": verb,
        "resource": resource,
        "namespace": namespace,
        "group": group,
        "subresource": subresource,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        answer = await api.request("POST", _REVIEWS, body=review)
    except ApiError:
        return False
    return bool(answer["status"].get("allowed"))


def _one_coredns(coredns: Object | None) -> str:
    if coredns is None:
        return "there is no Deployment coredns in kube-system"
    running = int(coredns.get("status", {}).get("availableReplicas", 0))
    return "" if running >= TWO else f"CoreDNS runs with {running} replica(s)"


def _too_few(nodes: list[Object], wanted: int) -> str:
    if not nodes:
        return "you may not list nodes"
    return "" if len(nodes) >= wanted else f"the cluster has {len(nodes)} node(s)"


def _node_facts(nodes: list[Object]) -> Facts:
    names = [node["metadata"]["name"] for node in sorted(nodes, key=_is_tainted)]
    return {
        "nodes": str(len(nodes)),
        "node": names[0] if names else "",
        "nodeNames": ",".join(names),
    }


def _is_tainted(node: Object) -> bool:
    """Nodes that take no ordinary pods come last."""
    return any(t.get("effect") in _TAINTS for t in node["spec"].get("taints") or [])


def _storage_facts(classes: Object) -> Facts:
    for storage_class in classes.get("items", []):
        meta = storage_class["metadata"]
        if (meta.get("annotations") or {}).get(DEFAULT_CLASS) == "true":
            provisioner = storage_class["provisioner"]
            return {"storageClass": meta["name"], "storageProvisioner": provisioner}
    return {"storageClass": "", "storageProvisioner": ""}
