"""The group apps."""

from breakfix.embedded.kinds.apps.daemon_set import DaemonSets
from breakfix.embedded.kinds.apps.deployment import Deployments
from breakfix.embedded.kinds.apps.replica_set import ControllerRevisions, ReplicaSets
from breakfix.embedded.kinds.apps.stateful_set import StatefulSets
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "deployments.apps": Deployments(),
    "replicasets.apps": ReplicaSets(),
    "statefulsets.apps": StatefulSets(),
    "daemonsets.apps": DaemonSets(),
    "controllerrevisions.apps": ControllerRevisions(),
}
