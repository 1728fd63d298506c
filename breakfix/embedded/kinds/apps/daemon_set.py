"""DaemonSets."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

GENERATION = "deprecated.daemonset.template.generation"
_COUNTED = (
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
    "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
    "collisionCount",
)  # fmt: skip


class DaemonSets(Strategy):
    """daemonsets.apps."""

    def default_(self, item: Object) -> None:
        """Rolling, one node at a time."""
        spec = item.setdefault("spec", {})
        spec.setdefault("revisionHistoryLimit", 10)
        strategy = spec.setdefault("updateStrategy", {})
        strategy["type"] = strategy.get("type") or "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            rolling = strategy.setdefault("rollingUpdate", {})
            rolling.setdefault("maxUnavailable", 1)
            rolling.setdefault("maxSurge", 0)
        template.default_template(spec.setdefault("template", {}))
        _set_generation(item, _generation(item))

    def prepare_create(self, item: Object) -> None:
        """The number of the template's versions lives on as an annotation."""
        item["status"] = {
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
            "numberReady": 0,
        }  # fmt: skip
        _set_generation(item, max(1, _generation(item)))

    def prepare_update(self, item: Object, old: Object) -> None:
        changed = item["spec"]["template"] != old["spec"]["template"]
        _set_generation(item, _generation(old) + int(changed))

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = checks.label_selector("spec.selector", spec.get("selector"))
        found += template.validate_match(spec, "spec")
        selector = spec.get("selector")
        if selector is not None and checks.is_empty(selector):
            why = "empty selector is invalid for daemonset"
            found.append(invalid("spec.selector", selector, why))
        found += template.validate_template(spec["template"], "spec.template")
        found += template.validate_lasting(spec["template"], "spec.template", "DaemonSet")
        found += checks.non_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
        found += _validate_strategy(spec["updateStrategy"])
        return found + checks.non_negative(
            "spec.revisionHistoryLimit", spec["revisionHistoryLimit"]
        )

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, before = item["spec"], old["spec"]
        fixed = checks.immutable("spec.selector", spec.get("selector"), before.get("selector"))
        return fixed + self.validate(item)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        status = item.get("status") or {}
        found = checks.all_non_negative("status", status, _COUNTED)
        return found + template.validate_collisions(status, old.get("status") or {})

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        before = old["spec"]["template"] if old else None
        return template.template_warnings(item["spec"]["template"], "spec.template", before)


def _generation(item: Object) -> int:
    text = (item["metadata"].get("annotations") or {}).get(GENERATION, "0")
    return int(text) if text.isdigit() else 0


def _set_generation(item: Object, number: int) -> None:
    annotations = item["metadata"].get("annotations") or {}
    item["metadata"]["annotations"] = {**annotations, GENERATION: str(number)}


def _validate_strategy(strategy: Object) -> list[FieldError]:
    if strategy["type"] == "OnDelete":
        return []
    if strategy["type"] != "RollingUpdate":
        known = ("RollingUpdate", "OnDelete")
        shown = checks.internal(strategy, "type", "rollingUpdate")
        return [checks.unsupported("spec.updateStrategy", shown, known)]
    path, rolling = "spec.updateStrategy.rollingUpdate", strategy["rollingUpdate"]
    down, up = rolling["maxUnavailable"], rolling["maxSurge"]
    found = checks.share(f"{path}.maxUnavailable", down) + checks.share(f"{path}.maxSurge", up)
    if not checks.is_zero(down) and not checks.is_zero(up):
        why = "may not be set when maxUnavailable is non-zero"
        found.append(invalid(f"{path}.maxSurge", up, why))
    elif checks.is_zero(down) and checks.is_zero(up):
        found.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return found
