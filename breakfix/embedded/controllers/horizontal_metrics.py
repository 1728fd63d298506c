"""What an autoscaler's metrics ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from breakfix.embedded.controllers.pod_helpers import is_ready, phase_of
from breakfix.embedded.objects import Object, is_going, name_of
from breakfix.embedded.quantities import milli, show

# pod -> container -> resource -> thousandths (of a core, of a byte), in one namespace
Usage = Mapping[str, Mapping[str, Mapping[str, int]]]
Metrics = Callable[[str], Awaitable[Usage]]  # of a namespace; raises MetricsUnknownError

TOLERANCE = 0.1
ABSENT = "the server could not find the requested resource (get pods.metrics.k8s.io)"
NO_RESOURCE = "unable to fetch metrics from resource metrics API"
NO_CUSTOM = (
    "unable to fetch metrics from custom metrics API: no custom metrics API "
    "(custom.metrics.k8s.io) registered"
)
NO_EXTERNAL = (
    "unable to fetch metrics from external metrics API: the server could not find the requested "
    "resource"
)


class MetricsUnknownError(Exception):
    """The metrics API tells nothing; the words of client-go."""


class MetricError(Exception):
    """A metric says nothing; `reason` is that of the condition, `prefix` names the metric."""

    def __init__(self, reason: str, prefix: str, why: str) -> None:
        super().__init__(why)
        self.reason, self.prefix = reason, prefix


@dataclass(frozen=True)
class Proposal:
    """How many replicas a metric wants, by what name, and its entry in currentMetrics."""

    replicas: int
    name: str
    status: Object


@dataclass(frozen=True)
class Target:
    """What is scaled: its pods, and how many replicas it wants now."""

    pods: Sequence[Object]
    replicas: int


def propose(metric: Object, target: Target, usage: Usage | str, namespace: str = "") -> Proposal:
    """What one metric of the spec asks for; `usage` may say why it is not known.

    Raises MetricError.
    """
    kind = metric["type"]
    if kind == "Resource":
        return _resource(metric["resource"], target, usage, "")
    if kind == "ContainerResource":
        spec = metric["containerResource"]
        return _resource(spec, target, usage, spec["container"])
    raise _foreign(metric, kind, namespace)


def _foreign(metric: Object, kind: str, namespace: str) -> MetricError:
    """Of a metric that another API would have."""
    reason, spec = f"FailedGet{kind}Metric", metric[kind.lower()]
    name = spec["metric"]["name"]
    if kind == "External":
        which = f"{namespace}/{name}/{_selector_text(spec['metric'].get('selector'))}"
        missing = f"{NO_EXTERNAL} (get {name}.external.metrics.k8s.io)"
        why = f"unable to get external metric {which}: {missing}"
        return MetricError(reason, f"failed to get {name} external metric value", why)
    whose = ""
    if kind == "Object":
        about = spec["describedObject"]
        whose = f"{about['kind']} on {namespace} {about['name']}/"
    why = f"unable to get metric {name}: {whose}{NO_CUSTOM}"
    return MetricError(reason, f"failed to get {kind.lower()} metric value", why)


def _selector_text(selector: Object | None) -> str:
    """As Go prints one."""
    if selector is None:
        return "nil"
    labels = "".join(f"{k}: {v}," for k, v in sorted((selector.get("matchLabels") or {}).items()))
    found = "".join(
        f"LabelSelectorRequirement{{Key:{each['key']},Operator:{each['operator']},"
        f"Values:[{' '.join(each.get('values') or [])}],}},"
        for each in selector.get("matchExpressions") or []
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{found}}},}}"
    )


def _resource(spec: Object, target: Target, usage: Usage | str, container: str) -> Proposal:
    name, goal = spec["name"], spec["target"]
    by_use = "averageValue" in goal and goal["averageValue"] is not None
    reason = "FailedGetContainerResourceMetric" if container else "FailedGetResourceMetric"
    prefix = f"failed to get {f'{container} container' if container else f'{name} resource'}"
    try:
        if by_use:
            found = _by_use(name, milli(goal["averageValue"]), target, usage, container)
        else:
            wanted = goal.get("averageUtilization") or 80
            found = _by_utilization(name, wanted, target, usage, container)
    except LookupError as error:
        what = "usage" if by_use else "utilization"
        why = f"failed to get {name} {what}: {error.args[0]}"
        raise MetricError(reason, f"{prefix} metric value", why) from error
    replicas, current = found
    kind = "ContainerResource" if container else "Resource"
    entry: Object = {"name": name, "current": current}
    if container:
        entry["container"] = container
    label = f"{name} {'container ' if container else ''}resource"
    label += "" if by_use else " utilization (percentage of request)"
    return Proposal(replicas, label, {"type": kind, kind[0].lower() + kind[1:]: entry})


@dataclass
class _Samples:
    used: dict[str, int]
    unready: list[str]
    missing: list[str]


def _samples(name: str, target: Target, usage: Usage | str, container: str) -> _Samples:
    if isinstance(usage, str):
        raise LookupError(f"unable to get metrics for resource {name}: {NO_RESOURCE}: {usage}")
    found = _Samples({}, [], [])
    for pod in target.pods:
        if is_going(pod) or phase_of(pod) in ("Failed", "Succeeded"):
            continue
        measured = usage.get(name_of(pod))
        if phase_of(pod) == "Pending" or (name == "cpu" and not is_ready(pod)):
            found.unready.append(name_of(pod))
        elif measured is None:
            found.missing.append(name_of(pod))
        else:
            found.used[name_of(pod)] = sum(
                m.get(name, 0) for c, m in measured.items() if container in ("", c)
            )
    if not target.pods:
        raise LookupError("no pods returned by selector while calculating replica count")
    if not found.used:
        known = any(usage.get(name_of(p)) for p in target.pods)
        nothing = "no metrics returned from resource metrics API"
        raise LookupError(
            "did not receive metrics for targeted pods (pods might be unready)"
            if known
            else f"unable to get metrics for resource {name}: {nothing}"
        )
    return found


def _requests(name: str, target: Target, container: str) -> dict[str, int]:
    found = {}
    for pod in target.pods:
        total = 0
        for one in pod["spec"]["containers"]:
            if container not in ("", one["name"]):
                continue
            asked = ((one.get("resources") or {}).get("requests") or {}).get(name)
            if asked is None:
                raise LookupError(
                    f"missing request for {name} in container {one['name']} of Pod {name_of(pod)}"
                )
            total += milli(asked)
        found[name_of(pod)] = total
    return found


def _by_utilization(
    name: str, goal: int, target: Target, usage: Usage | str, container: str
) -> tuple[int, Object]:
    found = _samples(name, target, usage, container)
    asked = _requests(name, target, container)
    total = sum(asked[p] for p in found.used) or 1
    percent = sum(found.used.values()) * 100 // total
    fill = {p: asked[p] * max(100, goal) // 100 for p in found.missing}

    def ratio(used: Mapping[str, int]) -> float:
        wanted = sum(asked[p] for p in used) or 1
        return (sum(used.values()) * 100 // wanted) / goal

    replicas = _replicas(found, fill, ratio, target.replicas)
    average = sum(found.used.values()) // len(found.used)
    current = {"averageUtilization": percent, "averageValue": _quantity(name, average)}
    return replicas, current


def _by_use(
    name: str, goal: int, target: Target, usage: Usage | str, container: str
) -> tuple[int, Object]:
    found = _samples(name, target, usage, container)
    fill = dict.fromkeys(found.missing, goal)

    def ratio(used: Mapping[str, int]) -> float:
        return sum(used.values()) / len(used) / goal

    replicas = _replicas(found, fill, ratio, target.replicas)
    average = sum(found.used.values()) // len(found.used)
    return replicas, {"averageValue": _quantity(name, average)}


def _replicas(
    found: _Samples, fill: Mapping[str, int],
    ratio: Callable[[Mapping[str, int]], float], current: int,
) -> int:  # fmt: skip
    """Pods without a number never make the answer more extreme."""
    first = ratio(found.used)
    rising = bool(found.unready) and first > 1
    if not rising and not found.missing:
        return current if _near(first) else ceil(first * len(found.used))
    used = dict(found.used)
    used |= fill if first < 1 else dict.fromkeys(found.missing, 0)
    if rising:
        used |= dict.fromkeys(found.unready, 0)
    second = ratio(used)
    if _near(second) or (first < 1) != (second < 1):
        return current
    wanted = ceil(second * len(used))
    return (
        current
        if (second < 1 and wanted > current) or (second > 1 and wanted < current)
        else wanted
    )


def _near(ratio: float) -> bool:
    return abs(1.0 - ratio) <= TOLERANCE


def _quantity(name: str, thousandths: int) -> str:
    style = "BinarySI" if name == "memory" else "DecimalSI"
    number = Decimal(thousandths) / 1000
    return show(number.to_integral_value() if name == "memory" else number, style)
