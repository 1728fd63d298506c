"""The ReplicaSets of a Deployment: which is the new one, revisions, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from breakfix.embedded.controllers.history import pruned
from breakfix.embedded.controllers.pod_helpers import scaled
from breakfix.embedded.objects import Object, annotations_of

HASH = "pod-template-hash"
_PREFIX = "deployment.kubernetes.io/"
REVISION = _PREFIX + "revision"
HISTORY = _PREFIX + "revision-history"
DESIRED = _PREFIX + "desired-replicas"
MAX = _PREFIX + "max-replicas"
OWN = {
    REVISION, HISTORY, DESIRED, MAX, "deprecated.deployment.rollback.to",
    "kubectl.kubernetes.io/last-applied-configuration",
}  # fmt: skip
HISTORY_LENGTH = 2000
FOREVER = 2**31 - 1


def replicas(item: Object) -> int:
    """spec.replicas of a Deployment or a ReplicaSet."""
    count: int = item["spec"].get("replicas", 1)
    return count


def status_number(item: Object, field: str) -> int:
    """A number in the status."""
    count: int = (item.get("status") or {}).get(field, 0)
    return count


def _metadata(template: Object) -> Object:
    """The metadata of a template to compare: without the hash, and without what is empty."""
    found: Object = pruned(template.get("metadata") or {})
    labels = {k: v for k, v in (found.get("labels") or {}).items() if k != HASH}
    return {k: v for k, v in found.items() if v and k != "labels"} | {"labels": labels}


def created_order(item: Object) -> tuple[str, str]:
    """A sort key, oldest first."""
    return item["metadata"].get("creationTimestamp", ""), item["metadata"]["name"]


def find_new(deployment: Object, sets: Iterable[Object]) -> Object | None:
    """The oldest set with the Deployment's own template."""
    alike = (s for s in sets if same_template(deployment, s))
    return min(alike, key=created_order, default=None)


def same_template(deployment: Object, item: Object) -> bool:
    """Has the set the Deployment's template?"""
    one, other = deployment["spec"]["template"], item["spec"]["template"]
    if _metadata(one) != _metadata(other):
        return False
    return one["spec"] == other["spec"] or bool(pruned(one["spec"]) == pruned(other["spec"]))


def revision_of(item: Object) -> int:
    """The revision in the annotation; 0 where there is none."""
    text = annotations_of(item).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def limits(deployment: Object) -> tuple[int, int]:
    """The numbers of maxSurge and maxUnavailable; never both 0."""
    if not is_rolling(deployment) or replicas(deployment) == 0:
        return 0, 0
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    total = replicas(deployment)
    surge = scaled(rolling.get("maxSurge", "25%"), total, up=True)
    missing = scaled(rolling.get("maxUnavailable", "25%"), total, up=False)
    if not surge and not missing:
        missing = 1
    return surge, min(missing, total)


def max_surge(deployment: Object) -> int:
    """How many pods beyond spec.replicas there may be."""
    if not is_rolling(deployment):
        return 0
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    return scaled(rolling.get("maxSurge", "25%"), replicas(deployment), up=True)


def is_rolling(deployment: Object) -> bool:
    """Is its strategy RollingUpdate?"""
    strategy = deployment["spec"].get("strategy") or {}
    return bool(strategy.get("type", "RollingUpdate") == "RollingUpdate")


def replica_annotations(deployment: Object) -> dict[str, str]:
    """What tells a set how large its Deployment was when it was scaled."""
    wanted = replicas(deployment)
    return {DESIRED: str(wanted), MAX: str(wanted + max_surge(deployment))}


def new_annotations(
    deployment: Object, present: Mapping[str, str], revision: int, *, exists: bool
) -> dict[str, str]:
    """The annotations of the new set: the Deployment's and the revision's."""
    found = dict(present)
    found |= {k: v for k, v in annotations_of(deployment).items() if k not in OWN}
    text = present.get(REVISION)
    old = int(text) if text and text.isdigit() else 0
    if old < revision:
        found[REVISION] = str(revision)
        if text:
            found[HISTORY] = _longer_history(present.get(HISTORY, ""), text)
    if not exists:
        found |= replica_annotations(deployment)
    return found


def _longer_history(history: str, revision: str) -> str:
    parts = [*filter(None, history.split(",")), revision]
    while len(",".join(parts)) > HISTORY_LENGTH:
        parts.pop(0)
    return ",".join(parts)


def new_size(deployment: Object, sets: Iterable[Object], present: int) -> int:
    """How many replicas the new set may have now."""
    wanted = replicas(deployment)
    if not is_rolling(deployment):
        return wanted
    room = wanted + max_surge(deployment) - sum(map(replicas, sets))
    return present + max(0, min(room, wanted - present)) if room > 0 else present


def proportion(deployment: Object, item: Object, to_add: int, added: int) -> int:
    """A set's share when a Deployment is scaled amidst a rollout."""
    size = replicas(item)
    if not size or not to_add or to_add == added:
        return 0
    share = _fraction(deployment, item, size)
    left = to_add - added
    return min(share, left) if to_add > 0 else max(share, left)


def _fraction(deployment: Object, item: Object, size: int) -> int:
    if replicas(deployment) == 0:
        return -size
    before = int(annotations_of(item).get(MAX, "0"))
    before = before or status_number(deployment, "replicas")
    if not before:
        return 0
    ideal = size * (replicas(deployment) + max_surge(deployment)) / before
    return int(ideal + 0.5) - size
