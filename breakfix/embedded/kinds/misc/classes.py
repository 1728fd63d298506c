"""PriorityClasses, RuntimeClasses and Leases."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

SYSTEM_CLASSES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
HIGHEST_USER_PRIORITY = 1_000_000_000
_POLICIES = ("Never", "PreemptLowerPriority")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class PriorityClasses(Strategy):
    """priorityclasses.scheduling.k8s.io."""

    has_generation = False

    def default_(self, item: Object) -> None:
        """Pods of a class preempt others."""
        item.setdefault("value", 0)
        item.setdefault("preemptionPolicy", "PreemptLowerPriority")

    def prepare_create(self, item: Object) -> None:
        """Nothing that counts ever changes, so neither does the generation."""
        item["metadata"]["generation"] = 1

    def validate(self, item: Object) -> list[FieldError]:
        name, value, found = item["metadata"].get("name", ""), item["value"], []
        if name.startswith("system-"):
            if why := _not_system(name, item):
                words = (
                    "priority class names with 'system-' prefix are reserved for system use only. "
                    f"error: {why}"
                )
                found.append(forbidden("metadata.name", words))
        elif value > HIGHEST_USER_PRIORITY:
            why = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
            found.append(forbidden("value", why))
        return found + checks.one_of("preemptionPolicy", item["preemptionPolicy"], _POLICIES)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = []
        if item["value"] != old["value"]:
            found.append(forbidden("value", "may not be changed in an update."))
        new, before = item["preemptionPolicy"], old["preemptionPolicy"]
        return found + checks.immutable("preemptionPolicy", new, before)


def _not_system(name: str, item: Object) -> str:
    if name not in SYSTEM_CLASSES:
        return f"{name} is not a known system priority class"
    if item["value"] != SYSTEM_CLASSES[name]:
        return f"value of {name} PriorityClass must be {SYSTEM_CLASSES[name]}"
    if item.get("globalDefault"):
        return f"globalDefault of {name} PriorityClass must be false"
    return ""


class RuntimeClasses(Strategy):
    """runtimeclasses.node.k8s.io."""

    unconditional_update = False
    has_generation = False
    create_on_update = True

    def validate(self, item: Object) -> list[FieldError]:
        found = checks.label("handler", item.get("handler", ""))
        for name, amount in ((item.get("overhead") or {}).get("podFixed") or {}).items():
            found += checks.quantity(f"overhead.limits[{name}]", amount)
        scheduling = item.get("scheduling") or {}
        found += checks.labels("scheduling.nodeSelector", scheduling.get("nodeSelector"))
        seen: list[Object] = []
        for at, toleration in enumerate(scheduling.get("tolerations") or []):
            path = f"scheduling.tolerations[{at}]"
            effect = toleration.get("effect", "")
            found += checks.one_of(f"{path}.effect", effect, _EFFECTS) if effect else []
            found += [duplicate(path, toleration)] if toleration in seen else []
            seen.append(toleration)
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        fixed = checks.immutable("handler", item.get("handler"), old.get("handler"))
        return self.validate(item) + fixed


class LeaseCandidates(Strategy):
    """leasecandidates.coordination.k8s.io."""

    unconditional_update = False


class Leases(Strategy):
    """leases.coordination.k8s.io."""

    unconditional_update = False
    has_generation = False
    create_on_update = True

    def prepare_create(self, item: Object) -> None:
        """The fields of coordinated leader election are off."""
        _drop_coordinated(item)

    def prepare_update(self, item: Object, old: Object) -> None:
        del old
        _drop_coordinated(item)

    def validate(self, item: Object) -> list[FieldError]:
        spec, found = item.get("spec") or {}, []
        seconds, changes = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
        if seconds is not None and seconds <= 0:
            found.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        return found + checks.non_negative("spec.leaseTransitions", changes)


def _drop_coordinated(item: Object) -> None:
    for name in ("strategy", "preferredHolder"):
        (item.get("spec") or {}).pop(name, None)
