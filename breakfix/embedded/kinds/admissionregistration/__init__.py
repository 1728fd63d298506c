"""The group admissionregistration.k8s.io, and CustomResourceDefinitions.

Facts from kubernetes/pkg/apis/admissionregistration/{v1,validation}.
"""

from __future__ import annotations

from breakfix.embedded.extensions.definition import CustomResourceDefinition
from breakfix.embedded.kinds.admissionregistration.bindings import ValidatingAdmissionPolicyBinding
from breakfix.embedded.kinds.admissionregistration.policies import ValidatingAdmissionPolicy
from breakfix.embedded.kinds.admissionregistration.webhooks import WebhookConfiguration
from breakfix.embedded.kinds.strategy import Strategy

_GROUP = "admissionregistration.k8s.io"
STRATEGIES: dict[str, Strategy] = {
    f"validatingwebhookconfigurations.{_GROUP}": WebhookConfiguration(mutating=False),
    f"mutatingwebhookconfigurations.{_GROUP}": WebhookConfiguration(mutating=True),
    f"validatingadmissionpolicies.{_GROUP}": ValidatingAdmissionPolicy(),
    f"validatingadmissionpolicybindings.{_GROUP}": ValidatingAdmissionPolicyBinding(),
    "customresourcedefinitions.apiextensions.k8s.io": CustomResourceDefinition(),
}
