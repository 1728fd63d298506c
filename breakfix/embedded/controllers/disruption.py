"""The disruption controller: how many pods of a budget may go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself, key_of
from breakfix.embedded.controllers.disruption_eviction import PDBS, set_allowed
from breakfix.embedded.controllers.pod_helpers import is_ready, scaled
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.objects import (
    Object,
    clone,
    controller_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
    parse_time,
)
from breakfix.embedded.selectors import as_text, matches

DELETION_TIMEOUT = timedelta(minutes=2)
SCALED = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers")


class UnscaledError(Exception):
    """A pod's controller has no scale."""


class DisruptionController(Controller):
    """`resolve` tells the group resource of an apiVersion and kind."""

    name = "disruption-controller"
    component = "controllermanager"

    def __init__(self, client: Client, resolve: Callable[[str, str], str | None]) -> None:
        super().__init__(client)
        self._resolve = resolve

    def watch(self) -> None:
        """Budgets, pods, and what pods are scaled by."""
        self.on(PDBS, itself)
        self.on("pods", self._budgets)
        for resource in SCALED:
            self.on(resource, self._resized)

    def _budgets(self, change: Change) -> list[Key]:
        found = []
        for item in (change.new, change.old):
            if item is not None:
                found += [key_of(b) for b in self._selecting(item)]
        self._warn_of_many(change.new)
        return list(dict.fromkeys(found))

    def _warn_of_many(self, pod: Object) -> None:
        """A pod cannot be evicted by leave of two budgets; said whenever it changes."""
        budgets = self._selecting(pod)
        if len(budgets) > 1:
            self.event(
                pod, "Warning", "MultiplePodDisruptionBudgets",
                f'Pod "{namespace_of(pod)}"/"{name_of(pod)}" matches multiple '
                f'PodDisruptionBudgets.  Chose "{name_of(budgets[0])}" arbitrarily.',
            )  # fmt: skip

    def _selecting(self, pod: Object) -> list[Object]:
        labels, namespace = labels_of(pod), namespace_of(pod)
        return [
            b
            for b in self.client.list(PDBS, namespace)
            if matches(b["spec"].get("selector"), labels)
        ]

    def _resized(self, change: Change) -> list[Key]:
        old = change.old
        if old is not None and old["spec"].get("replicas") == change.new["spec"].get("replicas"):
            return []
        return [key_of(b) for b in self.client.list(PDBS, namespace_of(change.new))]

    async def sync(self, key: Key) -> None:
        """Count, and say in the status how many disruptions are allowed."""
        budget = self.client.get(PDBS, key[1], key[0])
        if budget is None:
            return
        pods = [
            p
            for p in self.client.list("pods", key[0])
            if matches(budget["spec"].get("selector"), labels_of(p))
        ]
        if not pods:
            self.event(budget, "Normal", "NoPods", "No matching pods found")
        try:
            expected, desired = self._expected(budget, pods)
        except UnscaledError as error:
            await self._fail(budget, str(error))
            return
        await self._report(key, budget, pods, expected, desired)

    async def _report(
        self, key: Key, budget: Object, pods: list[Object], expected: int, desired: int
    ) -> None:
        now = self.clock.now()
        disrupted = self._disrupted(key, budget, pods, now)
        healthy = sum(is_ready(p) and not is_going(p) and name_of(p) not in disrupted for p in pods)
        status = clone(budget.get("status") or {}) | {
            "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
            "disruptionsAllowed": max(0, healthy - desired) if expected > 0 else 0,
            "observedGeneration": budget["metadata"].get("generation", 0),
        }  # fmt: skip
        status.pop("disruptedPods", None)
        if disrupted:
            status["disruptedPods"] = disrupted
        set_allowed(budget, status, now)
        await write_status(self.client, PDBS, budget, status)

    def _disrupted(
        self, key: Key, budget: Object, pods: list[Object], now: datetime
    ) -> dict[str, str]:
        noted = (budget.get("status") or {}).get("disruptedPods") or {}
        left: dict[str, str] = {}
        for pod in pods:
            text = noted.get(name_of(pod))
            if text is None or is_going(pod):
                continue
            due = parse_time(text) + DELETION_TIMEOUT
            if due > now:
                left[name_of(pod)] = text
                self.add_after(key, (due - now).total_seconds())
            else:
                message = f"Pod was expected by PDB {key[0]}/{key[0]} to be deleted but it wasn't"
                self.event(pod, "Warning", "NotDeleted", message)
        return left

    # -- how many there should be --------------------------------------------------------

    def _expected(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        spec = budget["spec"]
        if spec.get("maxUnavailable") is not None:
            count = self._scale(budget, pods)
            return count, max(0, count - scaled(spec["maxUnavailable"], count, up=True))
        least = spec.get("minAvailable")
        if isinstance(least, str) and least.endswith("%"):
            count = self._scale(budget, pods)
            return count, scaled(least, count, up=True)
        return len(pods), scaled(least, len(pods), up=True)

    def _scale(self, budget: Object, pods: list[Object]) -> int:
        sizes: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            if controller_of(pod) is None:
                unmanaged = True
                continue
            owner = self._scaled_owner(pod)
            sizes[owner["metadata"]["uid"]] = owner["spec"].get("replicas", 1)
        if unmanaged:
            self._warn_unmanaged(budget)
        return sum(sizes.values())

    def _scaled_owner(self, pod: Object) -> Object:
        owner = self._above(pod)
        if owner is None or "replicas" not in (owner.get("spec") or {}):
            raise UnscaledError(f'found no controllers for pod "{name_of(pod)}"')
        if controller_of(owner) is not None:  # of a ReplicaSet, its Deployment counts
            return self._above(owner) or owner
        return owner

    def _above(self, item: Object) -> Object | None:
        ref = controller_of(item)
        resource = self._resolve(ref["apiVersion"], ref["kind"]) if ref else None
        if ref is None or resource is None:
            return None
        found = self.client.get(resource, ref["name"], namespace_of(item))
        return found if found and found["metadata"]["uid"] == ref["uid"] else None

    def _warn_unmanaged(self, budget: Object) -> None:
        selector = as_text(budget["spec"].get("selector"))
        self.event(
            budget, "Warning", "UnmanagedPods",
            f"Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be "
            "unmanaged. As a result, the status of the PDB cannot be calculated correctly, which "
            "may result in undefined behavior. To account for these pods please set "
            '".spec.minAvailable" field of the PDB to an integer value.',
        )  # fmt: skip

    async def _fail(self, budget: Object, why: str) -> None:
        self.event(
            budget, "Warning", "CalculateExpectedPodCountFailed",
            f"Failed to calculate the number of expected pods: {why}",
        )  # fmt: skip
        status = clone(budget.get("status") or {}) | {"disruptionsAllowed": 0}
        for field in ("currentHealthy", "desiredHealthy", "expectedPods"):
            status.setdefault(field, 0)
        set_allowed(budget, status, self.clock.now(), "SyncFailed", why)
        await write_status(self.client, PDBS, budget, status)
