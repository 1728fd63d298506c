"""What may change in a pod that is there."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds.checks import MAX_INT32, Errors, annotations_in, same
from breakfix.embedded.kinds.core.diffs import spec_diff
from breakfix.embedded.kinds.core.pod_gates import keep_gated_placement
from breakfix.embedded.kinds.core.pod_qos import qos_class
from breakfix.embedded.kinds.pod_annotations import MIRROR
from breakfix.embedded.kinds.pod_containers import validate_image
from breakfix.embedded.kinds.pod_scheduling import validate_tolerations
from breakfix.embedded.objects import Object

_UPDATABLE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)
_GROUPS = ("containers", "initContainers")


def validate_pod_update(item: Object, old: Object) -> list[FieldError]:
    """What is wrong with a change of the spec."""
    new, was = item["spec"], old["spec"]
    if same(new, was):
        return []
    errors: list[FieldError] = []
    for group in _GROUPS:
        now, before = new.get(group) or [], was.get(group) or []
        if len(now) != len(before):
            words = "pod updates may not add or remove containers"
            return [*errors, forbidden(f"spec.{group}", words)]
        errors += _images(now, f"spec.{group}")
    if deadline := _deadline(new.get("activeDeadlineSeconds"), was.get("activeDeadlineSeconds")):
        errors.append(deadline)
        if new.get("activeDeadlineSeconds") is not None:
            return errors
    errors += _tolerations(new.get("tolerations") or [], was.get("tolerations") or [])
    errors += _gates(new.get("schedulingGates") or [], was.get("schedulingGates") or [])
    return errors + _others(new, was)


def _images(containers: list[Object], path: str) -> Errors:
    for i, container in enumerate(containers):
        if not container.get("image"):
            yield required(f"{path}[{i}].image")
        yield from validate_image(container, f"{path}[{i}]")


def _deadline(new: int | None, old: int | None) -> FieldError | None:
    at = "spec.activeDeadlineSeconds"
    if new is None:
        if old is None:
            return None
        return invalid(at, None, "must not update from a positive integer to nil value")
    if not 0 <= new <= MAX_INT32:
        return invalid(at, new, f"must be between 0 and {MAX_INT32}, inclusive")
    if old is not None and old < new:
        return invalid(at, new, "must be less than or equal to previous value")
    return None


def _tolerations(new: list[Object], old: list[Object]) -> list[FieldError]:
    bare = [_without_seconds(toleration) for toleration in new]
    if any(_without_seconds(toleration) not in bare for toleration in old):
        words = "existing toleration can not be modified except its tolerationSeconds"
        return [forbidden("spec.tolerations", words)]
    return list(validate_tolerations(new, "spec.tolerations")) if new != old else []


def _without_seconds(toleration: Object) -> Object:
    return {k: v for k, v in toleration.items() if k != "tolerationSeconds"}


def _gates(new: list[Object], old: list[Object]) -> Errors:
    known = {gate.get("name") for gate in old}
    for i, gate in enumerate(new):
        if (name := gate.get("name")) not in known:
            words = f"only deletion is allowed, but found new scheduling gate '{name}'"
            yield forbidden(f"spec.schedulingGates[{i}].name", words)


def _others(new: Object, old: Object) -> list[FieldError]:
    """Everything that is neither an image nor one of the few other fields."""
    kept = dict(new)
    for group in _GROUPS:
        if new.get(group):
            pairs = zip(new[group], old[group], strict=True)
            kept[group] = [_with(now, "image", was.get("image")) for now, was in pairs]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        kept = _with(kept, field, old.get(field))
    grace = "terminationGracePeriodSeconds"
    if (old.get(grace) or 0) < 0 and kept.get(grace) == 1:
        kept = _with(kept, grace, old[grace])
    kept, errors = keep_gated_placement(kept, old)
    if not same(kept, old):
        words = f"pod updates may not change fields other than {','.join(_UPDATABLE)}"
        errors.append(forbidden("spec", words + "\n" + spec_diff("core.PodSpec", old, kept)))
    return errors


def _with(item: Object, field: str, value: Any) -> Object:
    """A shallow copy with another value, or without the field where that is None."""
    kept = {k: v for k, v in item.items() if k != field}
    return kept if value is None else kept | {field: value}


def validate_ephemeral_update(item: Object, old: Object) -> list[FieldError]:
    """Ephemeral containers are only ever added."""
    if MIRROR in annotations_in(old):
        return [forbidden("[]", "static pods do not support ephemeral containers")]
    at, errors = "spec.ephemeralContainers", []
    new = {c.get("name"): c for c in item["spec"].get("ephemeralContainers") or ()}
    for container in old["spec"].get("ephemeralContainers") or ():
        name = container.get("name")
        start = f'existing ephemeral containers "{name}" may not be'
        if name not in new:
            errors.append(forbidden(at, f"{start} removed\n"))
        elif not same(container, new[name]):
            diff = spec_diff("core.EphemeralContainer", container, new[name])
            errors.append(forbidden(at, f"{start} changed\n{diff}"))
    return errors


def keep_all_but_resources(item: Object, old: Object) -> None:
    """A resize takes only `resources` and `resizePolicy` from what is asked."""
    item["status"] = old.get("status") or {}
    kept = dict(old["spec"])
    for group in _GROUPS:
        now, was = item["spec"].get(group) or [], old["spec"].get(group) or []
        if len(now) != len(was):
            return
        if was:
            kept[group] = _resized(now, was)
    item["spec"] = kept


def _resized(new: list[Object], old: list[Object]) -> list[Object]:
    if [c.get("name") for c in new] != [c.get("name") for c in old]:
        return new
    found = []
    for now, was in zip(new, old, strict=True):
        merged = _with(was, "resources", now.get("resources") or {})
        found.append(_with(merged, "resizePolicy", now.get("resizePolicy")))
    return found


def validate_resize(item: Object, old: Object) -> list[FieldError]:
    """What is wrong with other resources of the containers."""
    new, was = item["spec"], old["spec"]
    for words, refused in (
        ("pods with pod-level resources cannot be resized",
         new.get("resources") or was.get("resources")),
        ("static pods cannot be resized", MIRROR in annotations_in(old)),
        ("windows pods cannot be resized", (was.get("os") or {}).get("name") == "windows"),
    ):  # fmt: skip
        if refused:
            return [forbidden("[]", words)]
    errors = []
    qos = (old.get("status") or {}).get("qosClass") or qos_class(was)
    if qos != qos_class(new):
        words = "Pod QOS Class may not change as a result of resizing"
        errors.append(invalid("spec", qos, words))
    if not _is_supported(old):
        errors.append(forbidden("spec", "Pod running on node without support for resize"))
    if order := list(_order(new, was)):
        return errors + order
    for group in _GROUPS:
        for i, container in enumerate(was.get(group) or ()):
            errors += _resize(new[group][i], container, group, f"spec.{group}[{i}].resources")
    return errors


def _is_supported(pod: Object) -> bool:
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if (status.get("state") or {}).get("running") is not None:
            return status.get("resources") is not None
    return True


def _order(new: Object, old: Object) -> Errors:
    for group in _GROUPS:
        now, was = new.get(group) or [], old.get(group) or []
        if len(now) != len(was):
            yield forbidden(f"spec.{group}", f"{group} may not be added or removed on resize")
            continue
        for i, container in enumerate(was):
            if now[i].get("name") != container.get("name"):
                words = f"{group} may not be renamed or reordered on resize"
                yield forbidden(f"spec.{group}[{i}].name", words)


def _resize(new: Object, old: Object, group: str, path: str) -> Errors:
    sidecar = group == "initContainers"
    if sidecar and old.get("restartPolicy") != "Always":
        if not same(new, old):
            yield forbidden("spec", "resources for non-sidecar init containers are immutable")
        return
    now, was = new.get("resources") or {}, old.get("resources") or {}
    for kind in ("requests", "limits"):
        if (was.get(kind) or {}).keys() - (now.get(kind) or {}).keys():
            yield forbidden(f"{path}.{kind}", f"resource {kind} cannot be removed")
    if not same(_fixed(new), _fixed(old)):
        which = " for sidecar containers" if sidecar else ""
        yield forbidden("spec", f"only cpu and memory resources{which} are mutable")


def _fixed(container: Object) -> Object:
    resources = container.get("resources") or {}
    kept = {
        kind: {k: v for k, v in (resources.get(kind) or {}).items() if k not in ("cpu", "memory")}
        for kind in ("requests", "limits")
    }
    return _with(container, "resources", kept)
