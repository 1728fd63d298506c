"""ReplicationControllers: ReplicaSets with a plain selector."""

from __future__ import annotations

from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.replicaset import ReplicaSetController
from breakfix.embedded.selectors import matches_all

REPLICATION_CONTROLLER = Owner(
    "replicationcontrollers", "v1", "ReplicationController",
    lambda owner, labels: matches_all(owner["spec"].get("selector"), labels),
)  # fmt: skip


class ReplicationControllerController(ReplicaSetController):
    """The same work for the older kind."""

    name = "replication-controller"
    owner = REPLICATION_CONTROLLER
