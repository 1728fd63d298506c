"""DaemonSets: one pod on each node that fits."""

from __future__ import annotations

from collections import defaultdict

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself, key_of
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.daemonset_nodes import node_of, pin, tolerations, verdict
from breakfix.embedded.controllers.daemonset_update import Update
from breakfix.embedded.controllers.history import (
    current_revision,
    revisions_of,
    truncate_history,
)
from breakfix.embedded.controllers.pod_helpers import (
    available_in,
    delete_pod,
    is_active,
    is_available,
    is_ready,
    phase_of,
    pod_from,
    slow_start,
)
from breakfix.embedded.controllers.writes import without_zero, write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    clone,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)
from breakfix.embedded.selectors import matches

SETS = "daemonsets.apps"
DAEMON_SET = Owner(
    SETS, "apps/v1", "DaemonSet",
    lambda owner, labels: matches(owner["spec"]["selector"], labels),
)  # fmt: skip
HASH = "controller-revision-hash"
GENERATION = "deprecated.daemonset.template.generation"
BURST = 250
KEPT = (
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
)  # fmt: skip


class DaemonSetController(Controller):
    """The daemonset controller."""

    name = "daemonset-controller"
    account = "daemon-set-controller"
    workers = 2

    def watch(self) -> None:
        """Sets, their pods, and nodes whose labels or taints change."""
        self.on(SETS, itself)
        self.on("pods", DAEMON_SET.keys(self.client))
        self.client.subscribe("nodes", self._node)

    def _node(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and change.type == "MODIFIED":
            same = labels_of(old) == labels_of(new)
            if same and old["spec"].get("taints") == new["spec"].get("taints"):
                return
        self.add(*map(key_of, self.client.list(SETS)))

    async def sync(self, key: Key) -> None:
        """Create and delete pods, roll, and report."""
        item = self.client.get(SETS, key[1], key[0])
        if item is None:
            return
        if not item["spec"].get("selector"):
            self.event(
                item, "Warning", "SelectingAll",
                "This daemon set is selecting all pods. A non-empty selector is required.",
            )  # fmt: skip
            return
        if is_going(item):
            return
        known = await revisions_of(self.client, DAEMON_SET, item)
        revision, collisions = await current_revision(self.client, DAEMON_SET, item, known, HASH)
        digest = labels_of(revision)[HASH]
        error = await self._turn(item, digest)
        await self._report(key, item, digest, collisions)
        if error:
            raise error
        pods = self.owned("pods", item)
        used = {labels_of(p).get(HASH) for p in pods} | {digest}
        live = {name_of(r) for r in known if labels_of(r).get(HASH) in used}
        limit = item["spec"].get("revisionHistoryLimit", 10)
        await truncate_history(self.client, known, live, limit)

    async def _turn(self, item: Object, digest: str) -> StatusError | None:
        by_node = await self._by_node(item)
        doomed, nodes = self._plan(item, by_node)
        if not doomed and not nodes and _rolls(item):
            fitting = {n: by_node.get(n, []) for n in self._fitting(item)}
            waits, now = item["spec"].get("minReadySeconds", 0), self.clock.now()
            update = Update(
                item, fitting,
                lambda p: labels_of(p).get(HASH) == digest,
                lambda p: is_available(p, waits, now),
            )  # fmt: skip
            doomed, nodes = update.plan()
        return await self._apply(item, digest, doomed[:BURST], nodes[:BURST])

    async def _apply(
        self, item: Object, digest: str, doomed: list[Object], nodes: list[str]
    ) -> StatusError | None:
        error = await slow_start(self, item, [self._pod(item, digest, n) for n in nodes])
        for pod in doomed:
            try:
                await delete_pod(self, item, pod)
            except StatusError as refused:
                error = error or refused
        return error

    async def _by_node(self, item: Object) -> dict[str, list[Object]]:
        found: defaultdict[str, list[Object]] = defaultdict(list)
        for pod in await DAEMON_SET.claim(self.client, item, "pods"):
            found[node_of(pod)].append(pod)
        return dict(found)

    def _fitting(self, item: Object) -> list[str]:
        spec = item["spec"]["template"]["spec"]
        return [name_of(n) for n in self.client.list("nodes") if verdict(spec, n)[0]]

    def _plan(
        self, item: Object, by_node: dict[str, list[Object]]
    ) -> tuple[list[Object], list[str]]:
        """What is there and should not be; where something is missing."""
        doomed: list[Object] = []
        missing: list[str] = []
        spec = item["spec"]["template"]["spec"]
        nodes = {name_of(n): verdict(spec, n) for n in self.client.list("nodes")}
        for node, (should, may) in nodes.items():
            pods = by_node.get(node, [])
            if should and not pods:
                missing.append(node)
            elif may:
                doomed += self._surplus(item, node, pods)
            else:
                doomed += [p for p in pods if not is_going(p)]
        for node, pods in by_node.items():
            if node not in nodes:  # a pod for a node that is gone and never ran
                doomed += [p for p in pods if not p["spec"].get("nodeName") and not is_going(p)]
        return doomed, missing

    def _surplus(self, item: Object, node: str, pods: list[Object]) -> list[Object]:
        doomed, alive = [], []
        for pod in pods:
            if is_going(pod):
                continue
            phase = phase_of(pod)
            if phase in ("Failed", "Succeeded"):
                self._tell_ended(item, pod, node, phase)
                doomed.append(pod)
            else:
                alive.append(pod)
        if len(alive) > 1 and not _surges(item):
            alive.sort(key=lambda p: (not p["spec"].get("nodeName"), not is_ready(p),
                                      p["metadata"].get("creationTimestamp", "")))  # fmt: skip
            doomed += alive[1:]
        return doomed

    def _tell_ended(self, item: Object, pod: Object, node: str, phase: str) -> None:
        what = f"{phase.lower()} daemon pod {namespace_of(pod)}/{name_of(pod)} on node {node}"
        if phase == "Failed":
            message = f"Found {what}, will try to kill it"
            self.event(item, "Warning", "FailedDaemonPod", message)
        else:
            message = f"Found {what}, will try to delete it"
            self.event(item, "Normal", "SucceededDaemonPod", message)

    def _pod(self, item: Object, digest: str, node: str) -> Object:
        pod = pod_from(item["spec"]["template"], item, "apps/v1", "DaemonSet")
        metadata, spec = pod["metadata"], pod["spec"]
        metadata["generateName"] = f"{name_of(item)}-"
        metadata["labels"] = metadata.get("labels", {}) | {HASH: digest}
        if generation := annotations_of(item).get(GENERATION):
            metadata["labels"]["pod-template-generation"] = generation
        spec["tolerations"] = tolerations(spec)
        pin(spec, node)
        return pod

    # -- status --------------------------------------------------------------------------

    async def _report(self, key: Key, item: Object, digest: str, collisions: int | None) -> None:
        pods = self.owned("pods", item)
        status = clone(item.get("status") or {}) | self._numbers(item, pods, digest)
        status["observedGeneration"] = item["metadata"].get("generation", 0)
        if collisions is not None:
            status["collisionCount"] = collisions
        await write_status(self.client, SETS, item, without_zero(status, *KEPT))
        waits = item["spec"].get("minReadySeconds", 0)
        if waits and (again := available_in(pods, waits, self.clock.now())):
            self.add_after(key, again)

    def _numbers(self, item: Object, pods: list[Object], digest: str) -> Object:
        spec, now = item["spec"]["template"]["spec"], self.clock.now()
        waits = item["spec"].get("minReadySeconds", 0)
        on: defaultdict[str, list[Object]] = defaultdict(list)
        for pod in pods:
            on[node_of(pod)].append(pod)
        found = dict.fromkeys((*KEPT, "updatedNumberScheduled", "numberAvailable"), 0)
        for node in self.client.list("nodes"):
            there = sorted(on[name_of(node)], key=is_active, reverse=True)
            if not verdict(spec, node)[0]:
                found["numberMisscheduled"] += bool(there)
                continue
            found["desiredNumberScheduled"] += 1
            found["currentNumberScheduled"] += bool(there)
            found["numberReady"] += any(map(is_ready, there))
            found["numberAvailable"] += any(is_available(p, waits, now) for p in there)
            found["updatedNumberScheduled"] += any(labels_of(p).get(HASH) == digest for p in there)
        missing = found["desiredNumberScheduled"] - found["numberAvailable"]
        return found | {"numberUnavailable": missing}


def _rolls(item: Object) -> bool:
    strategy = item["spec"].get("updateStrategy") or {}
    return bool(strategy.get("type", "RollingUpdate") == "RollingUpdate")


def _surges(item: Object) -> bool:
    rolling = (item["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return rolling.get("maxSurge") not in (None, 0, "0%") and _rolls(item)
