"""ReplicaSets and ControllerRevisions."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_COUNTED = (
    "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas",
    "observedGeneration", "terminatingReplicas",
)  # fmt: skip


class ReplicaSets(Strategy):
    """replicasets.apps."""

    def default_(self, item: Object) -> None:
        """One replica."""
        spec = item.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        template.default_template(spec.setdefault("template", {}))

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"replicas": 0}

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = checks.all_non_negative("spec", spec, ("replicas", "minReadySeconds"))
        found += template.validate_selector(spec, "spec", "deployment")
        found += template.validate_match(spec, "spec", "invalid label selector")
        found += template.validate_template(spec["template"], "spec.template")
        return found + template.validate_lasting(spec["template"], "spec.template", "ReplicaSet")

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, before = item["spec"], old["spec"]
        return self.validate(item) + checks.immutable(
            "spec.selector", spec.get("selector"), before.get("selector")
        )

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        within = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
        return template.validate_counts(item.get("status") or {}, _COUNTED, within)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        return template.warnings(item, old)


class ControllerRevisions(Strategy):
    """controllerrevisions.apps: a revision and data that never change."""

    has_generation = False

    def default_(self, item: Object) -> None:
        """The revision counts from 0."""
        item.setdefault("revision", 0)

    def validate(self, item: Object) -> list[FieldError]:
        found = checks.non_negative("revision", item.get("revision"))
        if item.get("data") is None:
            found.append(required("data", "data is mandatory"))
        elif not isinstance(item["data"], dict):
            found.append(required("data", "data must be a valid JSON object"))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = checks.non_negative("revision", item.get("revision"))
        return found + checks.immutable("data", item.get("data"), old.get("data"))
