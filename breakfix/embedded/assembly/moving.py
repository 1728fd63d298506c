"""Everything that moves by itself, as one task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from typing import Any

from breakfix.embedded.admission.policies_controller import PolicyStatus
from breakfix.embedded.aggregation.aggregator import Aggregator
from breakfix.embedded.assembly.bootstrap import node_name
from breakfix.embedded.assembly.own_objects import OwnObjects
from breakfix.embedded.assembly.pods import Pods
from breakfix.embedded.auth.keys import Keys
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.controllers.all import workload_controllers
from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.certificates import (
    CertificateApproving,
    CertificateCleaner,
    CertificateSigner,
)
from breakfix.embedded.controllers.cluster_role_aggregation import ClusterRoleAggregation
from breakfix.embedded.controllers.ip_repair import IPRepairController
from breakfix.embedded.controllers.node_ipam import NodeIpam
from breakfix.embedded.controllers.node_lifecycle import NodeLifecycle
from breakfix.embedded.controllers.node_ttl import NodeTtl
from breakfix.embedded.controllers.pod_gc import PodGC
from breakfix.embedded.controllers.provisioner import VolumeProvisioner
from breakfix.embedded.controllers.resource_quota import ResourceQuotas
from breakfix.embedded.controllers.root_ca import RootCa
from breakfix.embedded.controllers.service_accounts import ServiceAccounts, TokenSecrets
from breakfix.embedded.controllers.service_cidrs import ServiceCIDRController
from breakfix.embedded.controllers.taint_eviction import TaintEviction
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.scheduling.scheduler import Scheduler
from breakfix.embedded.users import AUTHENTICATED, User, controller, service_account

MANAGER_NAME = "kube-controller-manager"
MANAGER = User(f"system:{MANAGER_NAME}", (AUTHENTICATED,))
SCHEDULER = User("system:kube-scheduler", (AUTHENTICATED,))
PROVISIONER = service_account("local-path-storage", "local-path-provisioner-service-account")
PLAIN = (
    NodeIpam, NodeLifecycle, NodeTtl, TaintEviction, PodGC, ResourceQuotas, ServiceAccounts,
    ClusterRoleAggregation, CertificateCleaner, ServiceCIDRController,
)  # fmt: skip
log = logging.getLogger("breakfix.embedded")


class Moving:
    """Controllers, scheduler and kubelets of one cluster."""

    def __init__(
        self, client: LocalClient, registry: Registry, rbac: Rbac, tokens: Tokens, keys: Keys,
        pods: Pods, aggregator: Aggregator,
    ) -> None:  # fmt: skip
        self._client = client
        self._registry = registry
        self._rbac = rbac
        self._tokens = tokens
        self._keys = keys
        self._pods = pods
        self._aggregator = aggregator
        self.controllers = list(self._controllers())

    def _of(self, kind: type[Controller]) -> LocalClient:
        """Each controller works as its own ServiceAccount."""
        if kind is VolumeProvisioner:
            return self._client.as_user(PROVISIONER, "local-path-provisioner")
        user = MANAGER if kind is TokenSecrets else controller(kind.account or kind.name)
        return self._client.as_user(user, MANAGER_NAME)

    def _controllers(self) -> Iterator[Controller]:
        catalogue, authority = self._registry.catalogue, self._keys.authority
        yield from workload_controllers(
            self._of, catalogue.keys, catalogue.key_of_kind, metrics=self._aggregator.metrics,
            undiscovered=self._aggregator.discovery.stale,
        )  # fmt: skip
        yield from self._aggregator.controllers()
        for kind in PLAIN:
            yield kind(self._of(kind))
        yield TokenSecrets(self._of(TokenSecrets), self._tokens, authority.pem)
        yield RootCa(self._of(RootCa), authority.pem)
        approving = self._of(CertificateApproving)
        yield CertificateApproving(approving, self._rbac.decide)
        yield CertificateSigner(self._of(CertificateSigner), authority)
        yield PolicyStatus(self._of(PolicyStatus), catalogue.resource, catalogue.schema_of)
        yield OwnObjects(self._client, catalogue.key_of_kind)
        yield IPRepairController(self._client)

    def _works(self) -> Iterator[Coroutine[Any, Any, None]]:
        for each in self.controllers:
            yield each.run()
        scheduling = self._client.as_user(SCHEDULER, "kube-scheduler")
        yield Scheduler(scheduling, host=node_name(0)).run()
        for kubelet in self._pods.kubelets:
            yield kubelet.run()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in self._works():
                group.create_task(_guarded(work))


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    """One part that breaks is written down; the others go on."""
    try:
        await work
    except Exception:
        log.exception("%s has ended", getattr(work, "__qualname__", work))
