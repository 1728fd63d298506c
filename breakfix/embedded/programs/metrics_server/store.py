"""What metrics-server keeps: of each node and container the last two samples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FRESHEST = 10.0  # s that a container must be old to be measured from its start
Key = tuple[str, str]  # namespace and name of a pod
_LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)(?: (\d+))?")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Point:
    """One sample; times in seconds since 1970, `cpu` in seconds, `memory` in bytes."""

    at: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    start: float = 0.0


@dataclass
class Batch:
    """What one scrape of some nodes has given."""

    nodes: dict[str, Point] = field(default_factory=dict)
    pods: dict[Key, dict[str, Point]] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """Between two samples: cores, bytes; `window` in seconds that end `at`."""

    cpu: float
    memory: float
    at: float
    window: float


_FIELDS = {"cpu_usage_seconds_total": "cpu", "memory_working_set_bytes": "memory",
           "start_time_seconds": "start"}  # fmt: skip


def decoded(text: str, node: str) -> Batch:
    """The body of /metrics/resource; containers without CPU time or memory are left out."""
    batch, point = Batch(), Point()
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        subject, _, what = found[1].partition("_")
        if what not in _FIELDS or subject not in ("node", "container"):
            continue
        labels = dict(_LABEL.findall(found[2] or ""))
        target = point
        if subject == "container":
            pod = batch.pods.setdefault((labels["namespace"], labels["pod"]), {})
            target = pod.setdefault(labels["container"], Point())
        setattr(target, _FIELDS[what], float(found[3]))
        if found[4]:
            target.at = int(found[4]) / 1000
    if _is_whole(point):
        batch.nodes[node] = point
    batch.pods = {k: c for k, c in batch.pods.items() if all(map(_is_whole, c.values()))}
    return batch


def _is_whole(point: Point) -> bool:
    return bool(point.at and point.cpu and point.memory)


class Store:
    """`resolution` in seconds."""

    def __init__(self, resolution: float) -> None:
        self._resolution = resolution
        self._last, self._before = Batch(), Batch()

    @property
    def ready(self) -> bool:
        """Is there anything to serve?"""
        return bool(self._before.nodes or self._before.pods)

    def store(self, batch: Batch) -> None:
        """The newest samples; what is not among them is forgotten."""
        last, before = Batch(), Batch()
        for name, new in batch.nodes.items():
            old = self._last.nodes.get(name)
            last.nodes[name] = new
            if old and new.at > old.at:
                before.nodes[name] = old
            elif name in self._before.nodes:
                before.nodes[name] = self._before.nodes[name]
        for key, containers in batch.pods.items():
            last.pods[key] = containers
            known = self._last.pods.get(key, {})
            found = {n: p for n, c in containers.items() if (p := self._earlier(c, known.get(n)))}
            if found:
                before.pods[key] = found
        self._last, self._before = last, before

    def _earlier(self, new: Point, old: Point | None) -> Point | None:
        """The sample to compare with: a young container's is that of its start."""
        if old is not None and old.start == new.start and new.at > old.at:
            return old
        age = new.at - new.start
        if FRESHEST <= age < self._resolution:
            return Point(new.start, 0.0, new.memory, new.start)
        return None

    def node(self, name: str) -> Usage | None:
        """None where it is not known."""
        return _usage(self._last.nodes.get(name), self._before.nodes.get(name))

    def pod(self, key: Key) -> Mapping[str, Usage] | None:
        """By container; None where not all are known."""
        last, before = self._last.pods.get(key), self._before.pods.get(key)
        if not last or not before:
            return None
        found = {n: u for n, p in last.items() if (u := _usage(p, before.get(n)))}
        return found if len(found) == len(last) else None


def _usage(last: Point | None, before: Point | None) -> Usage | None:
    if last is None or before is None or last.cpu < before.cpu or last.at <= before.at:
        return None
    window = last.at - before.at
    return Usage((last.cpu - before.cpu) / window, last.memory, last.at, window)
