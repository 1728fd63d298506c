"""The pods that controllers made: which of them are no longer as their template says.

They are not in snapshots; after a restore those that carry marks of the round, or read
configuration that was put back, are deleted, and their controllers make new ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object, is_controlled
from breakfix.clusters.requests import SYSTEM_NAMESPACE
from breakfix.clusters.snapshot import Difference

CONTROLLERS_LABELS = (
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
)
TEMPLATED = ("ReplicaSet", "StatefulSet", "DaemonSet")


async def renew(api: KubeApi, changes: Iterable[Difference]) -> set[str]:
    """Delete the pods that are not fresh; returns the namespaces where some were."""
    read = {
        (c.key.kind, c.key.namespace, c.key.name)
        for c in changes
        if c.key.kind in ("ConfigMap", "Secret") and c.before is not None
    }
    owners = await _templates(api)
    touched: set[str] = set()
    for pod in await api.list("Pod"):
        if is_controlled(pod) and (_is_marked(pod, owners) or _reads(pod, read)):
            meta = pod["metadata"]
            await api.delete("Pod", meta["name"], meta["namespace"], grace=1)
            touched.add(meta["namespace"])
    return touched


async def renew_all(api: KubeApi, namespaces: Iterable[str]) -> None:
    """Delete all pods there, so that the next round's logs tell of nothing earlier."""
    resource = await api.resource("Pod")
    for namespace in sorted(namespaces):
        await api.request("DELETE", resource.path(namespace), {"gracePeriodSeconds": 1})


async def _templates(api: KubeApi) -> dict[str, Object]:
    """The pod template of each controller, by its uid."""
    found: dict[str, Object] = {}
    for kind in TEMPLATED:
        for owner in await api.list(kind):
            found[owner["metadata"]["uid"]] = owner["spec"]["template"]
    return found


def _is_marked(pod: Object, templates: dict[str, Object]) -> bool:
    meta = pod["metadata"]
    if meta["namespace"] == SYSTEM_NAMESPACE or meta.get("deletionTimestamp"):
        return False
    if pod["spec"].get("ephemeralContainers"):
        return True
    owner = next(o for o in meta["ownerReferences"] if o.get("controller"))
    template = templates.get(owner["uid"])
    return template is not None and _labels(pod) != _labels(template)


def _labels(item: Object) -> dict[str, str]:
    labels = item.get("metadata", {}).get("labels") or {}
    return {k: v for k, v in labels.items() if k not in CONTROLLERS_LABELS}


def _reads(pod: Object, changed: set[tuple[str, str, str]]) -> bool:
    namespace = pod["metadata"]["namespace"]
    return any((kind, namespace, name) in changed for kind, name in references(pod["spec"]))


def references(spec: Object) -> set[tuple[str, str]]:
    """The ConfigMaps and Secrets that a pod spec reads, as (kind, name)."""
    found: set[tuple[str, str]] = set()
    for volume in spec.get("volumes") or []:
        sources = [volume, *(volume.get("projected", {}).get("sources") or [])]
        for source in sources:
            found |= _named(source.get("configMap"), source.get("secret"))
    for container in [*spec.get("containers", []), *(spec.get("initContainers") or [])]:
        for each in container.get("envFrom") or []:
            found |= _named(each.get("configMapRef"), each.get("secretRef"))
        for variable in container.get("env") or []:
            source = variable.get("valueFrom") or {}
            found |= _named(source.get("configMapKeyRef"), source.get("secretKeyRef"))
    return found


def _named(config: Object | None, secret: Object | None) -> set[tuple[str, str]]:
    found = set()
    if config and config.get("name"):
        found.add(("ConfigMap", config["name"]))
    if secret:
        found.add(("Secret", secret.get("name") or secret.get("secretName") or ""))
    return found
