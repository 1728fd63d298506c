"""The pods of a StatefulSet have names, and claims that stay theirs."""

from __future__ import annotations

import re

from breakfix.embedded.controllers.pod_helpers import pod_from
from breakfix.embedded.objects import Object, clone, labels_of, name_of, namespace_of

REVISION = "controller-revision-hash"
POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]+)$")


def ordinal_of(pod: Object) -> int:
    """The number at the end of its name; -1 where there is none."""
    found = _NAME.fullmatch(name_of(pod))
    return int(found[2]) if found else -1


def is_member(item: Object, pod: Object) -> bool:
    """Does the pod's name say that it is of this set?"""
    found = _NAME.fullmatch(name_of(pod))
    return found is not None and found[1] == name_of(item)


def ordinals(item: Object) -> range:
    """The numbers that the set wants."""
    start = (item["spec"].get("ordinals") or {}).get("start", 0)
    return range(start, start + item["spec"].get("replicas", 1))


def revision_of(pod: Object) -> str:
    """The name of the ControllerRevision that the pod was made by."""
    return labels_of(pod).get(REVISION, "")


def new_pod(item: Object, revision: Object, ordinal: int) -> Object:
    """The pod of this number, by the template of a revision."""
    template = dict(revision["data"]["spec"]["template"])
    template.pop("$patch", None)
    pod = pod_from(template, item, "apps/v1", "StatefulSet")
    name = f"{name_of(item)}-{ordinal}"
    metadata = pod["metadata"]
    metadata["name"] = name
    metadata["labels"] = metadata.get("labels", {}) | {
        POD_NAME: name, POD_INDEX: str(ordinal), REVISION: name_of(revision),
    }  # fmt: skip
    spec = pod["spec"]
    spec["hostname"], spec["subdomain"] = name, item["spec"].get("serviceName", "")
    if claims := claims_of(item, ordinal):
        own = [{"name": t, "persistentVolumeClaim": {"claimName": name_of(c)}}
               for t, c in claims.items()]  # fmt: skip
        others = [v for v in spec.get("volumes") or [] if v["name"] not in claims]
        spec["volumes"] = own + others
    return pod


def claims_of(item: Object, ordinal: int) -> dict[str, Object]:
    """By the template's name: the PersistentVolumeClaims of the pod of this number."""
    found = {}
    for template in item["spec"].get("volumeClaimTemplates") or []:
        claim = clone(template)
        claim.pop("status", None)
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        metadata = claim["metadata"]
        name = template["metadata"]["name"]
        labels = item["spec"]["selector"].get("matchLabels") or {}
        metadata["labels"] = (metadata.get("labels") or {}) | labels
        metadata |= {
            "name": f"{name}-{name_of(item)}-{ordinal}", "namespace": namespace_of(item)
        }  # fmt: skip
        found[name] = claim
    return found


def claim_owners(item: Object, pod: Object, claim: Object) -> list[Object]:
    """The ownerReferences of a claim, by persistentVolumeClaimRetentionPolicy.

    What deletes it is what owns it: the set where it goes with the set, the pod where the pod
    is one too many.
    """
    policy = item["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    present = claim["metadata"].get("ownerReferences") or []
    mine = (("StatefulSet", name_of(item)), ("Pod", name_of(pod)))
    owners = [r for r in present if (r["kind"], r["name"]) not in mine]
    if _stale(present, item, pod) or any(r.get("controller") for r in owners):
        return present
    scaled_down = ordinal_of(pod) not in ordinals(item)
    goes_with_pod = policy.get("whenScaled") == "Delete" and scaled_down
    if goes_with_pod:
        owners.append(_reference("v1", "Pod", pod))
    elif policy.get("whenDeleted") == "Delete":
        owners.append(_reference("apps/v1", "StatefulSet", item))
    return owners


def _stale(references: list[Object], item: Object, pod: Object) -> bool:
    """Is it held by a set or pod of the same name that is gone?"""
    now = {("StatefulSet", name_of(item)): item, ("Pod", name_of(pod)): pod}
    return any(
        (one := now.get((r["kind"], r["name"]))) is not None
        and r["uid"] != one["metadata"].get("uid")
        for r in references
    )


def _reference(api_version: str, kind: str, owner: Object) -> Object:
    return {
        "apiVersion": api_version, "kind": kind, "name": name_of(owner),
        "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip
