"""HorizontalPodAutoscalers: as many replicas as the load asks for."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, key_of
from breakfix.embedded.controllers.horizontal_limits import (
    Past,
    limited,
    rules_of,
    stabilize,
)
from breakfix.embedded.controllers.horizontal_metrics import (
    MetricError,
    Proposal,
    Target,
    Usage,
    propose,
)
from breakfix.embedded.controllers.writes import new_condition, write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, labels_of, namespace_of, timestamp
from breakfix.embedded.selectors import matches, matches_all

HPAS = "horizontalpodautoscalers.autoscaling"
PERIOD = 15.0  # seconds between two looks
OLDEST = 3600.0  # seconds that the past counts


class HorizontalController(Controller):
    """`usage` tells what pods use; None where there is no metrics API. `resolve` tells the
    group resource of an apiVersion and kind."""

    name = "horizontal-pod-autoscaler-controller"
    component = "horizontal-pod-autoscaler"
    account = "horizontal-pod-autoscaler"
    workers = 5

    def __init__(
        self,
        client: Client,
        resolve: Callable[[str, str], str | None],
        usage: Usage | None = None,
    ) -> None:
        super().__init__(client)
        self._resolve, self.usage = resolve, usage
        self._past: dict[Key, Past] = {}

    def watch(self) -> None:
        """Autoscalers, each now and then; a new one too waits for its first turn."""
        self.on(HPAS, self._in_a_while)

    def _in_a_while(self, change: Change) -> list[Key]:
        self.add_after(key_of(change.new), PERIOD)
        return []

    async def sync(self, key: Key) -> None:
        """Measure, decide, scale, report."""
        item = self.client.get(HPAS, key[1], key[0])
        if item is None:
            self._past.pop(key, None)
            return
        self.add_after(key, PERIOD)
        status = clone(item.get("status") or {})
        try:
            await self._decide(key, item, status)
        finally:
            for field, value in (("currentMetrics", None), ("desiredReplicas", 0)):
                status.setdefault(field, value)
            await write_status(self.client, HPAS, item, status)

    # -- the target ------------------------------------------------------------------------

    async def _decide(self, key: Key, item: Object, status: Object) -> None:
        ref = item["spec"]["scaleTargetRef"]
        resource = self._resolve(ref.get("apiVersion", "v1"), ref["kind"])
        found = self.client.get(resource, ref["name"], key[0]) if resource else None
        if found is None or resource is None:
            self._no_scale(item, status, resource, ref)
            return
        self._set(
            status,
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        )
        current = found["spec"].get("replicas", 1)
        status["observedGeneration"] = item["metadata"].get("generation", 0)
        status["currentReplicas"] = (found.get("status") or {}).get("replicas", 0)
        wanted, why = self._wanted(key, item, status, found, current)
        if wanted is None:
            return
        if wanted != current:
            await self._scale(key, item, status, resource, wanted, current, why)
        status["desiredReplicas"] = wanted

    def _no_scale(self, item: Object, status: Object, resource: str | None, ref: Object) -> None:
        group = ref.get("apiVersion", "v1").rpartition("/")[0]
        if resource:
            why = f'{resource} "{ref["name"]}" not found'
        else:
            where = f"{group}/{ref['kind']}" if group else ref["kind"]
            why = f'no matches for kind "{ref["kind"]}" in group "{group}"' if group else where
        self.event(item, "Warning", "FailedGetScale", why)
        self._set(
            status,
            "AbleToScale",
            "False",
            "FailedGetScale",
            f"the HPA controller was unable to get the target's current scale: {why}",
        )

    def _set(self, status: Object, kind: str, state: str, reason: str, message: str) -> None:
        """A condition whose place stays, and whose words always are the newest."""
        found = new_condition(self.clock, kind, state, reason, message)
        conditions = status.setdefault("conditions", [])
        for at, old in enumerate(conditions):
            if old["type"] == kind:
                if old["status"] == state:
                    found["lastTransitionTime"] = old["lastTransitionTime"]
                conditions[at] = found
                return
        conditions.append(found)

    # -- how many --------------------------------------------------------------------------

    def _wanted(
        self, key: Key, item: Object, status: Object, found: Object, current: int
    ) -> tuple[int | None, str]:
        least, most = item["spec"].get("minReplicas") or 1, item["spec"]["maxReplicas"]
        if current == 0:
            self._set(
                status,
                "ScalingActive",
                "False",
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            )
            return 0, ""
        if current > most:
            return most, "Current number of replicas above Spec.MaxReplicas"
        if current < least:
            return least, "Current number of replicas below Spec.MinReplicas"
        best = self._measure(item, status, found, current)
        if best is None:
            return None, ""
        wanted = self._normalize(key, item, status, current, best.replicas)
        rising = f"{best.name} above target"
        return wanted, rising if best.replicas > current else "All metrics below target"

    def _measure(
        self, item: Object, status: Object, found: Object, current: int
    ) -> Proposal | None:
        """The highest proposal; failed metrics forbid to shrink."""
        target = Target(self._pods(found), current)
        proposals: list[Proposal] = []
        errors: list[MetricError] = []
        metrics = item["spec"].get("metrics") or []
        for metric in metrics:
            try:
                proposals.append(propose(metric, target, self.usage))
            except MetricError as error:
                self.event(item, "Warning", error.reason, str(error))
                errors.append(error)
        best = max(proposals, key=lambda p: p.replicas, default=None)
        status["currentMetrics"] = [p.status for p in proposals] or None
        if errors and (best is None or best.replicas < current):
            self._tell_failure(item, status, errors[0], len(errors), len(metrics))
            return None
        if best is not None:
            self._set(
                status,
                "ScalingActive",
                "True",
                "ValidMetricFound",
                f"the HPA was able to successfully calculate a replica count from {best.name}",
            )
        return best

    def _tell_failure(
        self, item: Object, status: Object, error: MetricError, failed: int, total: int
    ) -> None:
        self._set(
            status,
            "ScalingActive",
            "False",
            error.reason,
            f"the HPA was unable to compute the replica count: {error}",
        )
        self.event(
            item,
            "Warning",
            "FailedComputeMetricsReplicas",
            f"invalid metrics ({failed} invalid out of {total}), first error is: "
            f"{error.prefix}: {error}",
        )

    def _pods(self, found: Object) -> list[Object]:
        selector = found["spec"].get("selector") or {}
        plain = not {"matchLabels", "matchExpressions"} & selector.keys()
        return [
            p
            for p in self.client.list("pods", namespace_of(found))
            if (matches_all(selector, labels_of(p)) if plain else matches(selector, labels_of(p)))
        ]

    def _normalize(self, key: Key, item: Object, status: Object, current: int, wanted: int) -> int:
        past, now = self._past.setdefault(key, Past()), self.clock.monotonic()
        past.forget(now, OLDEST)
        rules = rules_of(item)
        steady = stabilize(past, now, current, wanted, *rules)
        self._tell_steady(status, current, wanted, steady)
        bounds = (item["spec"].get("minReplicas") or 1, item["spec"]["maxReplicas"])
        allowed, reason, message = limited(past, now, current, steady, bounds, rules)
        held = "False" if allowed == steady and reason == "DesiredWithinRange" else "True"
        self._set(status, "ScalingLimited", held, reason, message)
        return allowed

    def _tell_steady(self, status: Object, current: int, wanted: int, steady: int) -> None:
        reason, message = "ReadyForNewScale", "recommended size matches current size"
        if steady != wanted and wanted >= current:
            reason, message = (
                "ScaleUpStabilized",
                (
                    "recent recommendations were lower than current one, applying the lowest "
                    "recent recommendation"
                ),
            )
        elif steady != wanted:
            reason, message = (
                "ScaleDownStabilized",
                (
                    "recent recommendations were higher than current one, applying the highest "
                    "recent recommendation"
                ),
            )
        self._set(status, "AbleToScale", "True", reason, message)

    # -- the deed --------------------------------------------------------------------------

    async def _scale(
        self,
        key: Key,
        item: Object,
        status: Object,
        resource: str,
        wanted: int,
        current: int,
        why: str,
    ) -> None:
        name = item["spec"]["scaleTargetRef"]["name"]
        try:
            await self.client.patch(
                resource, name, key[0], {"spec": {"replicas": wanted}}, sub="scale"
            )
        except StatusError as error:
            text = f"New size: {wanted}; reason: {why}; error: {error}"
            self.event(item, "Warning", "FailedRescale", text)
            self._set(
                status,
                "AbleToScale",
                "False",
                "FailedUpdateScale",
                f"the HPA controller was unable to update the target scale: {error}",
            )
            raise
        self._set(
            status,
            "AbleToScale",
            "True",
            "SucceededRescale",
            f"the HPA controller was able to update the target scale to {wanted}",
        )
        self.event(item, "Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {why}")
        self._past.setdefault(key, Past()).note(self.clock.monotonic(), current, wanted)
        status["lastScaleTime"] = timestamp(self.clock.now())
