"""Deployments."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, annotations_of

REVISION = "deployment.kubernetes.io/revision"
_KNOWN = ("Recreate", "RollingUpdate")
_COUNTED = (
    "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
    "unavailableReplicas", "terminatingReplicas", "collisionCount",
)  # fmt: skip


class Deployments(Strategy):
    """deployments.apps."""

    status_keeps = ("labels",)

    def default_(self, item: Object) -> None:
        """25 % more, 25 % less, ten old ReplicaSets, ten minutes of patience."""
        spec = item.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
        strategy = spec.setdefault("strategy", {})
        strategy["type"] = strategy.get("type") or "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            rolling = strategy.setdefault("rollingUpdate", {})
            rolling.setdefault("maxUnavailable", "25%")
            rolling.setdefault("maxSurge", "25%")
        template.default_template(spec.setdefault("template", {}))

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def prepare_update(self, item: Object, old: Object) -> None:
        """Annotations count as a change: they are copied to the ReplicaSets."""
        if _copied(item) != _copied(old):
            item["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate(self, item: Object) -> list[FieldError]:
        return validate_spec(item["spec"])

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, before = item["spec"], old["spec"]
        return validate_spec(spec) + checks.immutable(
            "spec.selector", spec.get("selector"), before.get("selector")
        )

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        status = item.get("status") or {}
        within = ("updatedReplicas", "readyReplicas", "availableReplicas")
        found = template.validate_counts(status, _COUNTED, within)
        return found + template.validate_collisions(status, old.get("status") or {})

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        return template.warnings(item, old)


def _copied(item: Object) -> dict[str, str]:
    """The annotations but for the controller's own, which a real one writes with the status."""
    return {k: v for k, v in annotations_of(item).items() if k != REVISION}


def validate_spec(spec: Object) -> list[FieldError]:
    """What is wrong with a DeploymentSpec."""
    found = checks.non_negative("spec.replicas", spec.get("replicas"))
    found += template.validate_selector(spec, "spec", "deployment")
    found += template.validate_match(spec, "spec", "invalid label selector")
    found += template.validate_template(spec["template"], "spec.template")
    found += template.validate_lasting(spec["template"], "spec.template", "ReplicaSet")
    found += _validate_strategy(spec["strategy"])
    found += checks.all_non_negative(
        "spec", spec, ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    )
    deadline = spec["progressDeadlineSeconds"]
    if deadline <= spec.get("minReadySeconds", 0):
        why = "must be greater than minReadySeconds"
        found.append(invalid("spec.progressDeadlineSeconds", deadline, why))
    return found


def _validate_strategy(strategy: Object) -> list[FieldError]:
    path, rolling = "spec.strategy", strategy.get("rollingUpdate")
    if strategy["type"] == "Recreate":
        why = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden(f"{path}.rollingUpdate", why)] if rolling is not None else []
    if strategy["type"] == "RollingUpdate":
        return _validate_rolling(rolling or {}, f"{path}.rollingUpdate")
    shown = checks.internal(strategy, "type", "rollingUpdate")
    return [checks.unsupported(path, shown, _KNOWN)]


def _validate_rolling(rolling: Object, path: str) -> list[FieldError]:
    down, up = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    found = checks.int_or_percent(f"{path}.maxUnavailable", down)
    found += checks.int_or_percent(f"{path}.maxSurge", up)
    if checks.is_zero(down) and checks.is_zero(up):
        why = "may not be 0 when `maxSurge` is 0"
        found.append(invalid(f"{path}.maxUnavailable", down, why))
    return found + checks.at_most_100_percent(f"{path}.maxUnavailable", down)
