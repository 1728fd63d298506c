"""What the API server writes into a CRD's status: accepted names, and whether it is served.

Facts from apiextensions-apiserver/pkg/controller/{status,establish}.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from breakfix.embedded.objects import Object, clone, timestamp

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def status_of(crd: Object, others: Iterable[Object], now: datetime) -> Object:
    """The status that a CRD should have beside the others of the cluster."""
    status: Object = clone(crd.get("status") or {})
    names, reason, message = _names(crd, others)
    accepted = not reason
    status["acceptedNames"] = names
    set_condition(
        status, now, "NamesAccepted", accepted, reason or "NoConflicts",
        message or "no conflicts found",
    )  # fmt: skip
    _establish(status, now, accepted)
    status["storedVersions"] = stored_versions(crd)
    return status


def stored_versions(crd: Object) -> list[str]:
    """status.storedVersions, with the storage version among them."""
    found = list((crd.get("status") or {}).get("storedVersions") or [])
    for version in crd["spec"]["versions"]:
        if version.get("storage") and version["name"] not in found:
            found.append(version["name"])
    return found


def _names(crd: Object, others: Iterable[Object]) -> tuple[Object, str, str]:
    """The accepted names; the reason and message of the last conflict, "" for none."""
    wanted = crd["spec"]["names"]
    accepted = dict((crd.get("status") or {}).get("acceptedNames") or {})
    resources, kinds = _taken(crd["spec"]["group"], others)
    reason = message = ""
    for field, words, used in (
        ("plural", "PluralConflict", resources), ("singular", "SingularConflict", resources),
        ("shortNames", "ShortNamesConflict", resources), ("kind", "KindConflict", kinds),
        ("listKind", "ListKindConflict", kinds),
    ):  # fmt: skip
        conflict = _conflict(wanted.get(field), accepted.get(field), used)
        if conflict:
            reason, message = words, conflict
        else:
            _keep(accepted, field, wanted.get(field))
    _keep(accepted, "categories", wanted.get("categories"))
    return accepted, reason, message


def _keep(accepted: Object, field: str, value: object) -> None:
    if value:
        accepted[field] = value
    else:
        accepted.pop(field, None)


def _conflict(wanted: object, accepted: object, used: set[str]) -> str:
    if isinstance(wanted, list):
        mine = accepted if isinstance(accepted, list) else []
        found = [f'"{n}" is already in use' for n in wanted if n not in mine and n in used]
        return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""
    return f'"{wanted}" is already in use' if wanted != accepted and wanted in used else ""


def _taken(group: str, others: Iterable[Object]) -> tuple[set[str], set[str]]:
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        if other["spec"]["group"] != group:
            continue
        names = (other.get("status") or {}).get("acceptedNames") or {}
        resources |= {names.get("plural", ""), names.get("singular", "")} - {""}
        resources |= set(names.get("shortNames") or ())
        kinds |= {names.get("kind", ""), names.get("listKind", "")} - {""}
    return resources, kinds


def _establish(status: Object, now: datetime, accepted: bool) -> None:
    conditions = status.get("conditions") or []
    known = next((c for c in conditions if c["type"] == "Established"), None)
    if known and known["status"] == "True":
        return
    if accepted:
        set_condition(
            status, now, "Established", True, "InitialNamesAccepted",
            "the initial names have been accepted",
        )  # fmt: skip
    else:
        set_condition(
            status, now, "Established", False, "NotAccepted", "not all names are accepted"
        )


def set_condition(
    status: Object, now: datetime, kind: str, value: bool, reason: str, message: str
) -> None:
    """Put a condition; its time changes with its status."""
    conditions = status["conditions"] = status.get("conditions") or []
    condition = {
        "type": kind, "status": "True" if value else "False",
        "lastTransitionTime": timestamp(now), "reason": reason, "message": message,
    }  # fmt: skip
    for index, known in enumerate(conditions):
        if known["type"] == kind:
            if known["status"] == condition["status"]:
                condition["lastTransitionTime"] = known["lastTransitionTime"]
            conditions[index] = condition
            return
    conditions.append(condition)


def prepare_deletion(crd: Object, now: datetime) -> None:
    """What the first request to delete a CRD does to it, in place: its objects go first."""
    finalizers = crd["metadata"].setdefault("finalizers", [])
    if CLEANUP not in finalizers:
        finalizers.append(CLEANUP)
    set_condition(
        crd.setdefault("status", {}), now, "Terminating", True, "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    )  # fmt: skip
