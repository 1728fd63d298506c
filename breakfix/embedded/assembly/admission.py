"""The admission plugins, in the order of a real API server."""

from __future__ import annotations

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.chain import default_chain, in_order
from breakfix.embedded.admission.policies import ValidatingPolicies
from breakfix.embedded.admission.service_account import ServiceAccount
from breakfix.embedded.admission.webhooks import MutatingWebhooks, ValidatingWebhooks
from breakfix.embedded.admission.webhooks_calling import Caller
from breakfix.embedded.auth.escalation import Escalation
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.request_admission import certificate_plugins
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.served import Catalogue


def admission_chain(
    client: LocalClient, rbac: Rbac, catalogue: Catalogue, caller: Caller
) -> list[Plugin]:
    """All of them; quota is last, since it counts what the others let through."""

    def again(request: AdmissionRequest) -> None:
        """What a webhook added gets its defaults too."""
        if request.item is not None and request.item.get("kind") == request.resource.kind:
            catalogue.by_key(request.key).strategy.default_(request.item)

    async def convert(item: Object, wanted: Resource) -> Object:
        served = catalogue.find(wanted.group, wanted.version, wanted.plural)
        return await served.shown_as(item) if served else item

    return in_order([
        *default_chain(client),
        ServiceAccount(client, client.clock),
        Escalation(rbac),
        *certificate_plugins(rbac.decide),
        MutatingWebhooks(
            client, caller, rbac.decide, catalogue.equivalents, convert, default=again
        ),
        ValidatingPolicies(client, rbac.decide, catalogue.by_kind),
        ValidatingWebhooks(client, caller, rbac.decide, catalogue.equivalents, convert),
    ])  # fmt: skip
