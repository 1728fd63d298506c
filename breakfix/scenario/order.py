"""The order in which objects are applied: what others stand on comes first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

KINDS = (
    "Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "RuntimeClass",
    "PersistentVolume", "LimitRange", "ResourceQuota", "ServiceAccount", "ClusterRole",
    "ClusterRoleBinding", "Role", "RoleBinding", "ConfigMap", "Secret", "Service",
    "PersistentVolumeClaim", "NetworkPolicy", "PodDisruptionBudget", "Pod", "ReplicaSet",
    "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler",
    "Ingress",
)  # fmt: skip
LAST = (
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(KINDS)} | {
    kind: len(KINDS) + 1 + rank for rank, kind in enumerate(LAST)
}


def in_order(objects: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Objects by kind; those of one kind as they were written; unknown kinds (custom
    resources) behind the workloads, what judges other objects last."""
    return tuple(sorted(objects, key=lambda item: _RANK.get(item["kind"], len(KINDS))))
