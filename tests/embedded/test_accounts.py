"""Every controller works as the ServiceAccount that the bootstrap roles are made for."""

from __future__ import annotations

from breakfix.embedded.assembly.moving import Moving
from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.controllers.certificates import CertificateSigner
from breakfix.embedded.controllers.daemonset import DaemonSetController
from breakfix.embedded.controllers.deployment import DeploymentController
from breakfix.embedded.controllers.node_lifecycle import NodeLifecycle
from breakfix.embedded.controllers.service_accounts import TokenSecrets
from breakfix.embedded.facts import loading

ACCOUNT = "system:serviceaccount:kube-system:"
KINDS = (CertificateSigner, DaemonSetController, DeploymentController, NodeLifecycle)


def moving() -> Moving:
    made = EmbeddedCluster(Options(nodes=1))
    return Moving(
        made.client, made.registry, made.rbac, made.tokens, made.keys, made.pods, made.aggregator
    )


async def test_accounts_are_those_of_the_bootstrap_bindings() -> None:
    bound = {
        subject["name"]
        for items in loading.rbac().values()
        for item in items
        for subject in item.get("subjects") or ()
        if subject["kind"] == "ServiceAccount" and subject.get("namespace") == "kube-system"
    }
    found = {kind: moving()._of(kind)._user.name for kind in KINDS}
    assert {name.removeprefix(ACCOUNT) for name in found.values()} <= bound
    assert found[DaemonSetController] == f"{ACCOUNT}daemon-set-controller"


async def test_tokens_are_made_by_the_manager_itself() -> None:
    assert moving()._of(TokenSecrets)._user.name == "system:kube-controller-manager"
