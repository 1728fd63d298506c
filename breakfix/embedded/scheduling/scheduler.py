"""kube-scheduler: a node for every pod that has none."""

from __future__ import annotations

import asyncio
import logging
import random

from breakfix.embedded.client import Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, is_going
from breakfix.embedded.scheduling.affinity import named_nodes
from breakfix.embedded.scheduling.binding import Binder
from breakfix.embedded.scheduling.cycle import Cycle
from breakfix.embedded.scheduling.failure import Failure
from breakfix.embedded.scheduling.filters import Refusal
from breakfix.embedded.scheduling.preemption import Preemption
from breakfix.embedded.scheduling.queue import Queue, Waiting
from breakfix.embedded.scheduling.reports import Reports
from breakfix.embedded.scheduling.scores import scores
from breakfix.embedded.scheduling.state import Cluster, NodeInfo, PodInfo, pod_info
from breakfix.embedded.scheduling.watching import Watching

# The plugin for claims of devices says this after every failure, before preemption is tried;
# where the pod was refused before any node was asked, it finds nothing of its own and ends it.
CLAIMS, STOPPED = "no new claims to deallocate", "not found"
log = logging.getLogger("breakfix.embedded")
NAME = "default-scheduler"


class Scheduler:
    """`run` works until cancelled; `seed` decides between nodes that are equally good."""

    def __init__(
        self, client: Client, *, name: str = NAME, host: str = "", seed: int = 0
    ) -> None:  # fmt: skip
        self.client, self.clock, self.name = client, client.clock, name
        self.queue = Queue()
        self.cluster = Cluster(client)
        self.nominated: dict[str, tuple[str, PodInfo]] = {}  # pod uid: node, pod
        self._random = random.Random(seed)  # noqa: S311
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: tuple[float, asyncio.Task[None]] | None = None
        self._reports = Reports(client, name, host)
        self._binder = Binder(self, self._reports)
        self._watching = Watching(self)

    # -- the loop ----------------------------------------------------------------------

    async def run(self) -> None:
        """Schedule until cancelled."""
        self._watching.begin()
        try:
            while True:
                waiting = self.queue.pop(self.clock.monotonic())
                if waiting is None:
                    await self._idle()
                    continue
                await self._try(waiting)
                await asyncio.sleep(0)
        finally:
            for task in list(self._tasks):
                task.cancel()
            if self._timer:
                self._timer[1].cancel()

    async def _idle(self) -> None:
        self._wake.clear()
        due = self.queue.next_due()
        if due is not None and (self._timer is None or self._timer[0] > due):
            if self._timer:
                self._timer[1].cancel()
            self._timer = due, asyncio.create_task(self._later(due))
        await self._wake.wait()

    async def _later(self, due: float) -> None:
        await self.clock.sleep(max(due - self.clock.monotonic(), 0.001))
        self._timer = None
        self.queue.wake_stale(self.clock.monotonic())
        self.wake()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def changed(self, what: str) -> None:
        """Something that a waiting pod may have waited for: "node", "freed", ..."""
        if self.queue.wake(what, self.clock.monotonic()):
            self.wake()

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, waiting: Waiting) -> None:
        try:
            await self._schedule(waiting)
        except StatusError as error:
            log.debug("scheduling %s: %s", waiting.key, error)
            self.queue.erred(waiting, self.clock.monotonic())
        except Exception:  # one odd pod must not stop the others
            log.exception("scheduling %s", waiting.key)
            self.queue.erred(waiting, self.clock.monotonic())

    # -- one pod -----------------------------------------------------------------------

    async def _schedule(self, waiting: Waiting) -> None:
        pod = self.client.get("pods", waiting.key[1], waiting.key[0])
        if pod is None or pod["metadata"]["uid"] != waiting.uid or self._placed(pod):
            self.queue.remove(waiting.uid)
            return
        info = pod_info(pod, self.client)
        cycle = Cycle(info, self.cluster.nodes, self.client)
        node, failure = self.choose(cycle)
        if node is not None:
            await self._binder.bind(waiting, cycle, node)
        else:
            await self._failed(waiting, cycle, failure)

    @staticmethod
    def _placed(pod: Object) -> bool:
        return bool(pod["spec"].get("nodeName")) or is_going(pod)

    def choose(self, cycle: Cycle) -> tuple[str | None, Failure]:
        """The best node for a pod; or why there is none."""
        failure = Failure(len(cycle.nodes), before=cycle.pre_refusal if cycle.nodes else "")
        if failure.before or not cycle.nodes:
            return None, failure
        fit = self._feasible(cycle, failure)
        if not fit:
            return None, failure
        if len(fit) == 1:
            return fit[0].name, failure
        found = scores(cycle, fit)
        best = max(found)
        ties = [n.name for n, score in zip(fit, found, strict=True) if score == best]
        return self._random.choice(ties), failure

    def _feasible(self, cycle: Cycle, failure: Failure) -> list[NodeInfo]:
        first = (cycle.info.pod.get("status") or {}).get("nominatedNodeName", "")
        if first in cycle.nodes and self.fits(cycle, cycle.nodes[first]) is None:
            return [cycle.nodes[first]]
        named = named_nodes(cycle.spec)
        fit = []
        for node in cycle.nodes.values():
            if named is not None and node.name not in named:
                continue
            refusal = self.fits(cycle, node)
            if refusal is None:
                fit.append(node)
            else:
                failure.refusals[node.name] = refusal
        return fit

    def fits(self, cycle: Cycle, node: NodeInfo) -> Refusal | None:
        """Why not; pods that are about to come here count where they are as important."""
        coming = [
            other for uid, (name, other) in self.nominated.items()
            if name == node.name and uid != cycle.info.uid and uid not in node.pods
            and other.priority >= cycle.info.priority
        ] if self.nominated else []  # fmt: skip
        if coming:
            full = node.copy()
            for other in coming:
                full.add(other)
            if refusal := cycle.with_node(full).refuses(full):
                return refusal
        return cycle.refuses(node)

    # -- no node -----------------------------------------------------------------------

    async def _failed(self, waiting: Waiting, cycle: Cycle, failure: Failure) -> None:
        candidate = None
        if failure.nodes:
            evaluation = Preemption(cycle, failure, self.client, self.fits)
            candidate, said = evaluation.choose()
            failure.after = f"{CLAIMS}, preemption: {said}" if said else ""
        if failure.before:
            candidate, failure.after = None, STOPPED
        keep = failure.after.endswith("on the nominated node.")
        nominated = candidate.node if candidate else None if keep else ""
        self.nominate(cycle.info, nominated)
        self.queue.failed(waiting, self.clock.monotonic(), self._helps(cycle, failure))
        if candidate:
            self._make_room(cycle.info, candidate.node, candidate.victims)
        await self._reports.failed(cycle.info.pod, failure.text(), nominated)

    @staticmethod
    def _helps(cycle: Cycle, failure: Failure) -> frozenset[str]:
        """What might make a pod that found no node schedulable."""
        found = {"node"}
        if any(refusal.preemptible for refusal in failure.refusals.values()):
            found.add("freed")
        spec = cycle.spec
        if cycle.info.has_terms or spec.get("topologySpreadConstraints"):
            found.add("placed")
        if cycle.volumes is not None:
            found |= {"volume", "placed"}
        return frozenset(found)

    def nominate(self, info: PodInfo, node: str | None) -> None:
        """A pod is to come to a node; "" when it is not any more, None: as before."""
        if node:
            self.nominated[info.uid] = node, info
        elif node == "":
            self.nominated.pop(info.uid, None)

    def _make_room(self, info: PodInfo, node: str, victims: list[PodInfo]) -> None:
        for uid, (name, other) in list(self.nominated.items()):
            if name == node and other.priority < info.priority:
                self.nominated.pop(uid)
                self.spawn(asyncio.create_task(self._reports.forget_nomination(other)))
        for victim in victims:
            self.spawn(asyncio.create_task(self._reports.preempt(info, victim, node)))
