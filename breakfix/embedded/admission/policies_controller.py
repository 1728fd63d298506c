"""Writes the status of each ValidatingAdmissionPolicy."""

from __future__ import annotations

from breakfix.embedded.admission.policies import POLICIES
from breakfix.embedded.admission.policies_status import (
    FindResource,
    FindSchema,
    is_observed,
    policy_status,
)
from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.objects import clone


class PolicyStatus(Controller):
    """Checks types once for each generation of a policy's spec."""

    name = "validatingadmissionpolicy-status"
    account = "validatingadmissionpolicy-status-controller"

    def __init__(self, client: Client, resource: FindResource, schema: FindSchema) -> None:
        super().__init__(client)
        self._resource, self._schema = resource, schema

    def watch(self) -> None:
        self.on(POLICIES, itself)

    async def sync(self, key: Key) -> None:
        policy = self.client.get(POLICIES, key[1])
        if policy is None or is_observed(policy):
            return
        status = policy_status(policy, self._resource, self._schema)
        await self.client.update_status(POLICIES, clone(policy) | {"status": status})
