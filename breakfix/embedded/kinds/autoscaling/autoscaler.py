"""HorizontalPodAutoscalers: autoscaling/v2, and the autoscaling/v1 that some clients write."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.autoscaling import metrics
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

OLD = "autoscaling/v1"
DEFAULT_UTILIZATION = 80  # percent of the requested CPU
_LONGEST_PERIOD, _LONGEST_WINDOW = 1800, 3600  # seconds
_PODS = {"type": "Pods", "value": 4, "periodSeconds": 15}
_DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}


class HorizontalPodAutoscalers(Strategy):
    """horizontalpodautoscalers.autoscaling."""

    has_generation = False

    def default_(self, item: Object) -> None:
        """At least one pod, 80 % of the CPU; complete rules where some are given."""
        spec = item.setdefault("spec", {})
        spec.setdefault("minReplicas", 1)
        if item.get("apiVersion") == OLD:
            return  # the rest is filled in on the way to the store
        if not spec.get("metrics"):
            spec["metrics"] = [default_metric()]
        behavior = spec.get("behavior")
        if behavior is not None:
            behavior["scaleUp"] = {
                "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                "policies": [dict(_PODS), dict(_DOUBLE)], **(behavior.get("scaleUp") or {}),
            }  # fmt: skip
            behavior["scaleDown"] = {
                "selectPolicy": "Max", "policies": [dict(_DOUBLE)],
                **(behavior.get("scaleDown") or {}),
            }  # fmt: skip

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"currentMetrics": None, "desiredReplicas": 0}
        if item.get("apiVersion") == OLD:
            item["status"] = {"currentReplicas": 0, "desiredReplicas": 0}

    def validate(self, item: Object) -> list[FieldError]:
        spec = _new(item)["spec"]
        least, most = spec["minReplicas"], spec.get("maxReplicas", 0)
        found = []
        if least < 1:
            why = "must be greater than or equal to 1"
            found.append(invalid("spec.minReplicas", least, why))
        if most < 1:
            found.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
        if most < least:
            why = "must be greater than or equal to `minReplicas`"
            found.append(invalid("spec.maxReplicas", most, why))
        target = spec.get("scaleTargetRef") or {}
        found += metrics.reference(
            target, "spec.scaleTargetRef", in_group=target.get("kind") != "ReplicationController"
        )
        found += metrics.validate_metrics(spec)
        for way in ("scaleUp", "scaleDown"):
            rules = (spec.get("behavior") or {}).get(way)
            found += _validate_rules(rules, f"spec.behavior.{way}") if rules else []
        return found

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        names = ("currentReplicas", "desiredReplicas")
        return checks.all_non_negative("status", item.get("status") or {}, names)


def _new(item: Object) -> Object:
    from breakfix.embedded.kinds.autoscaling.versions import to_v2

    return to_v2(item) if item.get("apiVersion") == OLD else item


def default_metric() -> Object:
    """What an autoscaler without metrics watches."""
    target = {"type": "Utilization", "averageUtilization": DEFAULT_UTILIZATION}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _validate_rules(rules: Object, path: str) -> list[FieldError]:
    found, window = [], rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        why = "must be greater than or equal to zero"
        found.append(invalid(f"{path}.stabilizationWindowSeconds", window, why))
    if window is not None and window > _LONGEST_WINDOW:
        why = f"must be less than or equal to {_LONGEST_WINDOW}"
        found.append(invalid(f"{path}.stabilizationWindowSeconds", window, why))
    known = ("Disabled", "Max", "Min")
    found += checks.one_of(f"{path}.selectPolicy", rules.get("selectPolicy", "Max"), known)
    policies = rules.get("policies") or []
    if not policies:
        found.append(required(f"{path}.policies", "must specify at least one Policy"))
    for at, policy in enumerate(policies):
        found += _validate_policy(policy, f"{path}.policies[{at}]")
    if rules.get("tolerance") is not None:
        found += checks.quantity(f"{path}.tolerance", rules["tolerance"])
    return found


def _validate_policy(policy: Object, path: str) -> list[FieldError]:
    found = checks.one_of(f"{path}.type", policy.get("type", ""), ("Percent", "Pods"))
    value, period = policy.get("value", 0), policy.get("periodSeconds", 0)
    for name, number in (("value", value), ("periodSeconds", period)):
        if number <= 0:
            found.append(invalid(f"{path}.{name}", number, "must be greater than zero"))
    if period > _LONGEST_PERIOD:
        why = f"must be less than or equal to {_LONGEST_PERIOD}"
        found.append(invalid(f"{path}.periodSeconds", period, why))
    return found
