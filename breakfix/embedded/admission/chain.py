"""The plugins that a cluster has, in the order of the real server."""

from __future__ import annotations

from breakfix.embedded.admission.base import Plugin
from breakfix.embedded.admission.default_ingress_class import DefaultIngressClass
from breakfix.embedded.admission.limit_ranger import LimitRanger
from breakfix.embedded.admission.namespace_lifecycle import NamespaceLifecycle
from breakfix.embedded.admission.pod_security import PodSecurity
from breakfix.embedded.admission.priority import Priority
from breakfix.embedded.admission.resource_quota import ResourceQuota
from breakfix.embedded.admission.runtime_class import RuntimeClass
from breakfix.embedded.admission.storage_class import (
    DefaultStorageClass,
    PersistentVolumeClaimResize,
    StorageObjectInUseProtection,
)
from breakfix.embedded.admission.taint import DefaultTolerationSeconds, TaintNodesByCondition
from breakfix.embedded.client import Client

# Every plugin of a cluster by name, also those of other rooms, in the order they run.
ORDER = (
    "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "NodeRestriction",
    "TaintNodesByCondition", "PodSecurity", "Priority", "DefaultTolerationSeconds",
    "DefaultStorageClass", "StorageObjectInUseProtection",
    "OwnerReferencesPermissionEnforcement", "PersistentVolumeClaimResize", "RuntimeClass",
    "CertificateRequester", "CertificateApproval", "CertificateSigning",
    "CertificateSubjectRestriction", "DefaultIngressClass", "PodTopologyLabels",
    "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook", "ResourceQuota",
)  # fmt: skip


def default_chain(client: Client) -> list[Plugin]:
    """The plugins that need no more than a client; `in_order` puts others among them."""
    return [
        NamespaceLifecycle(client),
        LimitRanger(client),
        TaintNodesByCondition(),
        PodSecurity(client),
        Priority(client),
        DefaultTolerationSeconds(),
        DefaultStorageClass(client),
        StorageObjectInUseProtection(),
        PersistentVolumeClaimResize(client),
        RuntimeClass(client),
        DefaultIngressClass(client),
        ResourceQuota(client),
    ]


def in_order(plugins: list[Plugin]) -> list[Plugin]:
    """The plugins as the real server orders them; unknown ones go before the webhooks."""
    last = ORDER.index("MutatingAdmissionPolicy") - 1
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(plugins, key=lambda plugin: places.get(plugin.name, last))
