"""The group policy."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
_FIELDS = ("minAvailable", "selector", "maxUnavailable", "unhealthyPodEvictionPolicy")
_EVICTIONS = ("AlwaysAllow", "IfHealthyBudget")


class PodDisruptionBudgets(Strategy):
    """poddisruptionbudgets.policy."""

    unconditional_update = False

    def prepare_create(self, item: Object) -> None:
        item["status"] = dict.fromkeys(_COUNTS, 0)

    def validate(self, item: Object) -> list[FieldError]:
        spec, found = item.get("spec") or {}, []
        least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
        if least is not None and most is not None:
            why = "minAvailable and maxUnavailable cannot be both set"
            found.append(invalid("spec", checks.internal(spec, *_FIELDS), why))
        for name in ("minAvailable", "maxUnavailable"):
            if spec.get(name) is not None:
                found += checks.share(f"spec.{name}", spec[name])
        found += checks.label_selector("spec.selector", spec.get("selector"))
        policy = spec.get("unhealthyPodEvictionPolicy")
        if policy is not None:
            found += checks.one_of("spec.unhealthyPodEvictionPolicy", policy, _EVICTIONS)
        return found

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        return checks.all_non_negative("status", item.get("status") or {}, _COUNTS)


STRATEGIES: dict[str, Strategy] = {"poddisruptionbudgets.policy": PodDisruptionBudgets()}
