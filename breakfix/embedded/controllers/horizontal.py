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
    ABSENT,
    MetricError,
    Metrics,
    MetricsUnknownError,
    Proposal,
    Target,
    Usage,
    propose,
)
from breakfix.embedded.controllers.horizontal_report import Report
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, labels_of, namespace_of, timestamp
from breakfix.embedded.selectors import matches, matches_all

HPAS = "horizontalpodautoscalers.autoscaling"
PERIOD = 15.0  # seconds between two looks
OLDEST = 3600.0  # seconds that the past counts


class HorizontalController(Controller):
    """`metrics` tells what pods use; None where there is no metrics API. `resolve` tells the
    group resource of an apiVersion and kind."""

    name = "horizontal-pod-autoscaler-controller"
    component = "horizontal-pod-autoscaler"
    account = "horizontal-pod-autoscaler"
    workers = 5

    def __init__(
        self,
        client: Client,
        resolve: Callable[[str, str], str | None],
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(client)
        self._resolve, self.metrics = resolve, metrics
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
        ref, report = item["spec"]["scaleTargetRef"], Report(self.clock, status)
        resource = self._resolve(ref.get("apiVersion", "v1"), ref["kind"])
        found = self.client.get(resource, ref["name"], key[0]) if resource else None
        if found is None or resource is None:
            why = _no_target(resource, ref)
            self.event(item, "Warning", "FailedGetScale", why)
            report.target(why)
            return
        report.target()
        current = found["spec"].get("replicas", 1)
        status["observedGeneration"] = item["metadata"].get("generation", 0)
        status["currentReplicas"] = (found.get("status") or {}).get("replicas", 0)
        wanted, why = await self._wanted(key, item, report, Target(self._pods(found), current))
        if wanted is None:
            return
        if wanted != current:
            await self._scale(item, resource, wanted, why, report)
            self._past.setdefault(key, Past()).note(self.clock.monotonic(), current, wanted)
        status["desiredReplicas"] = wanted

    def _pods(self, found: Object) -> list[Object]:
        selector = found["spec"].get("selector") or {}
        plain = not {"matchLabels", "matchExpressions"} & selector.keys()
        selects = matches_all if plain else matches
        pods = self.client.list("pods", namespace_of(found))
        return [p for p in pods if selects(selector, labels_of(p))]

    # -- how many --------------------------------------------------------------------------

    async def _wanted(
        self, key: Key, item: Object, report: Report, target: Target
    ) -> tuple[int | None, str]:
        least, most = _bounds(item)
        current = target.replicas
        if current == 0:
            report.disabled()
            return 0, ""
        if current > most:
            return most, "Current number of replicas above Spec.MaxReplicas"
        if current < least:
            return least, "Current number of replicas below Spec.MinReplicas"
        best = await self._measure(item, report, target)
        if best is None:
            return None, ""
        wanted = self._normalize(key, item, report, current, best.replicas)
        rising = f"{best.name} above target"
        return wanted, rising if best.replicas > current else "All metrics below target"

    async def _used(self, namespace: str) -> Usage | str:
        """What the pods use, or why that is not known."""
        if self.metrics is None:
            return ABSENT
        try:
            return await self.metrics(namespace)
        except MetricsUnknownError as error:
            return str(error)

    async def _measure(self, item: Object, report: Report, target: Target) -> Proposal | None:
        """The highest proposal; failed metrics forbid to shrink."""
        proposals: list[Proposal] = []
        errors: list[MetricError] = []
        metrics = item["spec"].get("metrics") or []
        usage = await self._used(namespace_of(item))
        for metric in metrics:
            try:
                proposals.append(propose(metric, target, usage, namespace_of(item)))
            except MetricError as error:
                self.event(item, "Warning", error.reason, str(error))
                errors.append(error)
        best = max(proposals, key=lambda p: p.replicas, default=None)
        report.status["currentMetrics"] = [p.status for p in proposals] or None
        if errors and (best is None or best.replicas < target.replicas):
            report.not_measured(errors[0].reason, errors[0])
            words = f"invalid metrics ({len(errors)} invalid out of {len(metrics)}), first error is"
            text = f"{words}: {errors[0].prefix}: {errors[0]}"
            self.event(item, "Warning", "FailedComputeMetricsReplicas", text)
            return None
        if best is not None:
            report.measured(best.name)
        return best

    def _normalize(self, key: Key, item: Object, report: Report, current: int, wanted: int) -> int:
        past, now = self._past.setdefault(key, Past()), self.clock.monotonic()
        past.forget(now, OLDEST)
        rules = rules_of(item)
        steady = stabilize(past, now, current, wanted, *rules)
        report.steady(current, wanted, steady)
        allowed, reason, message = limited(past, now, current, steady, _bounds(item), rules)
        report.limited(allowed != steady or reason != "DesiredWithinRange", reason, message)
        return allowed

    # -- the deed --------------------------------------------------------------------------

    async def _scale(
        self, item: Object, resource: str, wanted: int, why: str, report: Report
    ) -> None:
        name, text = item["spec"]["scaleTargetRef"]["name"], f"New size: {wanted}; reason: {why}"
        change = {"spec": {"replicas": wanted}}
        try:
            await self.client.patch(resource, name, namespace_of(item), change, sub="scale")
        except StatusError as error:
            self.event(item, "Warning", "FailedRescale", f"{text}; error: {error}")
            report.not_scaled(error)
            raise
        report.scaled(wanted)
        self.event(item, "Normal", "SuccessfulRescale", text)
        report.status["lastScaleTime"] = timestamp(self.clock.now())


def _bounds(item: Object) -> tuple[int, int]:
    return item["spec"].get("minReplicas") or 1, item["spec"]["maxReplicas"]


def _no_target(resource: str | None, ref: Object) -> str:
    """Why there is nothing to scale."""
    if resource:
        return f'{resource} "{ref["name"]}" not found'
    kind, group = ref["kind"], ref.get("apiVersion", "v1").rpartition("/")[0]
    return f'no matches for kind "{kind}" in group "{group}"' if group else kind
