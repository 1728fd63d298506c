"""/metrics/resource and /stats/summary of a kubelet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from breakfix.embedded.kubelet.usage import ContainerUsage, NodeUsage, PodUsage
from breakfix.embedded.objects import Object, name_of, namespace_of

Row = tuple[dict[str, str], float]
_OF = "in core-seconds"
_WORDS = (
    ("container_cpu_usage_seconds_total", "counter",
     f"Cumulative cpu time consumed by the container {_OF}"),
    ("container_memory_working_set_bytes", "gauge",
     "Current working set of the container in bytes"),
    ("container_start_time_seconds", "gauge",
     "Start time of the container since unix epoch in seconds"),
    ("node_cpu_usage_seconds_total", "counter", f"Cumulative cpu time consumed by the node {_OF}"),
    ("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes"),
    ("pod_cpu_usage_seconds_total", "counter", f"Cumulative cpu time consumed by the pod {_OF}"),
    ("pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes"),
    ("resource_scrape_error", "gauge",
     "1 if there was an error while getting container metrics, 0 otherwise"),
)  # fmt: skip
_TIMELESS = ("container_start_time_seconds", "resource_scrape_error")


def go_float(number: float) -> str:
    """The shortest text of a number, as Go's FormatFloat has it in the form 'g'."""
    sign, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is a number
    place = len(digits) + exponent - 1
    if -5 < place < 6 or not number:  # noqa: PLR2004
        return format(Decimal(repr(float(number))).normalize(), "f")
    fraction = "".join(map(str, digits[1:]))
    head = f"{digits[0]}.{fraction}" if fraction else str(digits[0])
    return f"{'-' if sign else ''}{head}e{place:+03d}"


def resource_metrics(usage: NodeUsage) -> str:
    """The text of /metrics/resource."""
    rows = _rows(usage)
    lines = []
    for name, kind, words in _WORDS:
        if not rows.get(name):
            continue
        lines += [f"# HELP {name} [STABLE] {words}", f"# TYPE {name} {kind}"]
        at = "" if name in _TIMELESS else f" {int(usage.at * 1000)}"
        lines += [f"{name}{_labels(labels)} {go_float(value)}{at}" for labels, value in rows[name]]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    inside = ",".join(f'{k}="{v}"' for k, v in sorted(labels.items()))
    return f"{{{inside}}}" if inside else ""


def _containers(usage: NodeUsage) -> Iterator[tuple[dict[str, str], ContainerUsage]]:
    for pod in usage.pods:
        for one in pod.containers:
            yield {"container": one.name, **_pod(pod)}, one


def _pod(pod: PodUsage) -> dict[str, str]:
    return {"namespace": namespace_of(pod.pod), "pod": name_of(pod.pod)}


def _rows(usage: NodeUsage) -> dict[str, list[Row]]:
    containers = list(_containers(usage))
    return {
        "container_cpu_usage_seconds_total": [(k, round(c.cpu, 9)) for k, c in containers],
        "container_memory_working_set_bytes": [(k, c.memory) for k, c in containers],
        "container_start_time_seconds": [(k, c.started) for k, c in containers],
        "node_cpu_usage_seconds_total": [({}, round(usage.cpu, 9))],
        "node_memory_working_set_bytes": [({}, usage.memory)],
        "pod_cpu_usage_seconds_total": [(_pod(p), round(p.cpu, 9)) for p in usage.pods],
        "pod_memory_working_set_bytes": [(_pod(p), p.memory) for p in usage.pods],
        "resource_scrape_error": [({}, 0)],
    }


# -- the summary --------------------------------------------------------------------------------


def summary(name: str, usage: NodeUsage) -> Object:
    """The body of /stats/summary."""
    at = _time(usage.at)
    return {
        "node": {
            "nodeName": name, "startTime": at,
            "cpu": _cpu(at, usage.cpu, usage.rate), "memory": _memory(at, usage.memory),
        },
        "pods": [_pod_summary(p, at) for p in usage.pods],
    }  # fmt: skip


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cpu(at: str, seconds: float, rate: float) -> Object:
    return {"time": at, "usageNanoCores": int(rate * 1e9), "usageCoreNanoSeconds":
            int(seconds * 1e9)}  # fmt: skip


def _memory(at: str, size: int) -> Object:
    return {"time": at, "usageBytes": size, "workingSetBytes": size, "rssBytes": size}


def _pod_summary(pod: PodUsage, at: str) -> Object:
    meta = pod.pod["metadata"]
    return {
        "podRef": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
        "startTime": (pod.pod.get("status") or {}).get("startTime"),
        "containers": [
            {
                "name": c.name, "startTime": _time(c.started), "cpu": _cpu(at, c.cpu, c.rate),
                "memory": _memory(at, c.memory),
            }
            for c in pod.containers
        ],
        "cpu": _cpu(at, pod.cpu, sum(c.rate for c in pod.containers)),
        "memory": _memory(at, pod.memory),
    }  # fmt: skip
