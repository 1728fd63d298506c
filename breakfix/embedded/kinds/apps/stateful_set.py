"""StatefulSets."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_MUTABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
_FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
_COUNTED = (
    "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
    "observedGeneration", "collisionCount",
)  # fmt: skip
_NEGATIVE_HISTORY = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 "
    "is recommended"
)


class StatefulSets(Strategy):
    """statefulsets.apps."""

    def default_(self, item: Object) -> None:
        """Ordered, rolling, claims retained."""
        spec = item.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        spec.setdefault("revisionHistoryLimit", 10)
        spec["podManagementPolicy"] = spec.get("podManagementPolicy") or "OrderedReady"
        _default_strategy(spec.setdefault("updateStrategy", {}))
        retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
        for when in ("whenDeleted", "whenScaled"):
            retention[when] = retention.get(when) or "Retain"
        for claim in spec.get("volumeClaimTemplates") or []:
            claim["apiVersion"], claim["kind"] = "v1", "PersistentVolumeClaim"
            claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
            claim.setdefault("status", {}).setdefault("phase", "Pending")
        template.default_template(spec.setdefault("template", {}))

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"replicas": 0, "availableReplicas": 0}
        _drop_max_unavailable(item, None)

    def prepare_update(self, item: Object, old: Object) -> None:
        _drop_max_unavailable(item, old)

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return names.dns_label(name, prefix)

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = validate_spec(spec)
        if spec.get("serviceName"):
            found += checks.label("spec.serviceName", spec["serviceName"])
        return found + _validate_claims(spec)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = validate_spec(item["spec"])
        if _fixed(item["spec"]) != _fixed(old["spec"]):
            found.append(forbidden("spec", _FIXED))
        return found

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        status = item.get("status") or {}
        within = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
        found = template.validate_counts(status, _COUNTED, within)
        return found + template.validate_collisions(status, old.get("status") or {})

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        before = old["spec"]["template"] if old else None
        spec = item["spec"]
        found = template.template_warnings(spec["template"], "spec.template", before)
        return found + ([_NEGATIVE_HISTORY] if spec["revisionHistoryLimit"] < 0 else [])


def _default_strategy(strategy: Object) -> None:
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
        strategy["rollingUpdate"].setdefault("partition", 0)


def _drop_max_unavailable(item: Object, old: Object | None) -> None:
    """The field of a feature that is off is kept only where it is already in use."""

    def rolling(found: Object) -> Object:
        value: Object = found["spec"]["updateStrategy"].get("rollingUpdate") or {}
        return value

    if old is None or rolling(old).get("maxUnavailable") is None:
        rolling(item).pop("maxUnavailable", None)


def _fixed(spec: Object) -> Object:
    return {k: v for k, v in spec.items() if k not in _MUTABLE and v not in (None, "", [], {})}


def validate_spec(spec: Object) -> list[FieldError]:
    """What is wrong with a StatefulSetSpec, at creation and later."""
    found = _validate_policy(spec) + _validate_strategy(spec["updateStrategy"])
    path = "spec.persistentVolumeClaimRetentionPolicy"
    for when, value in spec["persistentVolumeClaimRetentionPolicy"].items():
        found += checks.one_of(f"{path}.{when}", value, ("Retain", "Delete"))
    found += checks.all_non_negative("spec", spec, ("replicas", "minReadySeconds"))
    start = (spec.get("ordinals") or {}).get("start")
    found += checks.non_negative("spec.ordinals.start", start)
    found += template.validate_selector(spec, "spec", "statefulset")
    found += template.validate_match(spec, "spec")
    found += template.validate_template(_with_claims(spec), "spec.template")
    return found + template.validate_lasting(spec["template"], "spec.template", "StatefulSet")


def _validate_policy(spec: Object) -> list[FieldError]:
    value = spec["podManagementPolicy"]
    if value in ("OrderedReady", "Parallel"):
        return []
    why = "must be 'OrderedReady' or 'Parallel'"
    return [invalid("spec.podManagementPolicy", value, why)]


def _validate_strategy(strategy: Object) -> list[FieldError]:
    path, rolling = "spec.updateStrategy", strategy.get("rollingUpdate")
    if strategy["type"] == "OnDelete":
        why = "only allowed for updateStrategy 'RollingUpdate'"
        return [invalid(f"{path}.rollingUpdate", rolling, why)] if rolling is not None else []
    if strategy["type"] != "RollingUpdate":
        shown = checks.internal(strategy, "type", "rollingUpdate")
        return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    rolling = rolling or {}
    return checks.non_negative(f"{path}.rollingUpdate.partition", rolling.get("partition"))


def _with_claims(spec: Object) -> Object:
    """The template with the volumes that its claims will be, and without what is set later."""
    claims = [c.get("metadata", {}).get("name", "") for c in spec.get("volumeClaimTemplates") or []]
    pod = {k: v for k, v in spec["template"]["spec"].items() if k not in ("subdomain", "hostname")}
    if claims:
        kept = [v for v in pod.get("volumes") or [] if v.get("name") not in claims]
        given = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
        pod["volumes"] = given + kept
    return {**spec["template"], "spec": pod}


def _validate_claims(spec: Object) -> list[FieldError]:
    from breakfix.embedded.kinds.strategies import strategy_of

    found: list[FieldError] = []
    for at, claim in enumerate(spec.get("volumeClaimTemplates") or []):
        errors = strategy_of("persistentvolumeclaims").validate(claim)
        for error in errors:
            if error.field.startswith("spec"):
                field = f"spec.volumeClaimTemplates[{at}].{error.field}"
                found.append(FieldError(field, error.words, error.value, error.detail))
    return found
