"""Making room: which pods have to go so that one of a higher priority fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import condition, name_of
from breakfix.embedded.scheduling.cycle import Cycle
from breakfix.embedded.scheduling.failure import Failure
from breakfix.embedded.scheduling.filters import Refusal
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo
from breakfix.embedded.selectors import matches

_NEVER = "not eligible due to preemptionPolicy=Never."
_GOING = "not eligible due to a terminating pod on the nominated node."
_NO_VICTIMS = Refusal(("No preemption victims found for incoming pod",), False)
_NO_HELP = "Preemption is not helpful for scheduling"
BY_SCHEDULER = "PreemptionByScheduler"

Fits = Callable[[Cycle, NodeInfo], Refusal | None]


@dataclass
class Candidate:
    """A node, and who has to leave it, the most important first."""

    node: str
    victims: list[PodInfo]
    violations: int  # of disruption budgets


def _started(info: PodInfo) -> str:
    return (info.pod.get("status") or {}).get("startTime") or "9999"


def _importance(info: PodInfo) -> tuple[int, str]:
    return -info.priority, _started(info)


class Preemption:
    """For one failed attempt; `choose` gives the best candidate, or what to say."""

    def __init__(self, cycle: Cycle, failure: Failure, reader: Reader, fits: Fits) -> None:
        self.cycle, self.failure, self.reader, self.fits = cycle, failure, reader, fits
        self.info = cycle.info

    def choose(self) -> tuple[Candidate | None, str]:
        """Who has to go where; or the words that the event ends with."""
        if why := self._not_eligible():
            return None, why
        refusals: dict[str, Refusal] = {}
        found = []
        for name, refusal in self._hopeful().items():
            candidate, why_not = self._on(self.cycle.nodes[name])
            if candidate:
                found.append(candidate)
            else:
                refusals[name] = why_not or refusal
        if found:
            return min(found, key=_cost), ""
        said = Failure(len(self.cycle.nodes), refusals, absent=_NO_HELP)
        return None, said.text()

    def _hopeful(self) -> dict[str, Refusal]:
        return {n: r for n, r in self.failure.refusals.items() if r.preemptible}

    def _not_eligible(self) -> str:
        pod = self.info.pod
        if pod["spec"].get("preemptionPolicy") == "Never":
            return _NEVER
        nominated = (pod.get("status") or {}).get("nominatedNodeName", "")
        refusal = self.failure.refusals.get(nominated)
        if nominated not in self.cycle.nodes or (refusal and not refusal.preemptible):
            return ""
        for other in self.cycle.nodes[nominated].pods.values():
            target = condition(other.pod, "DisruptionTarget") or {}
            if other.going and self._lower(other) and target.get("reason") == BY_SCHEDULER:
                return _GOING
        return ""

    def _lower(self, other: PodInfo) -> bool:
        return other.priority < self.info.priority

    def _on(self, node: NodeInfo) -> tuple[Candidate | None, Refusal | None]:
        """As few victims as possible on a node, budgets spared where they can be."""
        lower = sorted((p for p in node.pods.values() if self._lower(p)), key=_importance)
        if not lower:
            return None, _NO_VICTIMS
        trial = node.copy()
        for other in lower:
            trial.remove(other.uid)
        if refusal := self._refuses(trial):
            return None, refusal
        violating = self._violating(lower)
        victims, violations = [], 0
        for other in sorted(lower, key=lambda p: p.uid not in violating):
            trial.add(other)
            if self._refuses(trial):
                trial.remove(other.uid)
                victims.append(other)
                violations += other.uid in violating
        return Candidate(node.name, sorted(victims, key=_importance), violations), None

    def _refuses(self, trial: NodeInfo) -> Refusal | None:
        return self.fits(self.cycle.with_node(trial), trial)

    def _violating(self, lower: list[PodInfo]) -> set[str]:
        """The pods whose budgets do not allow one more to go."""
        left: dict[tuple[str, str], int] = {}
        found = set()
        for other in lower:
            for budget in self.reader.list("poddisruptionbudgets.policy", other.namespace):
                status, selector = budget.get("status") or {}, budget["spec"].get("selector")
                if not selector or not other.labels or not matches(selector, other.labels):
                    continue
                if other.name in (status.get("disruptedPods") or {}):
                    continue
                key = other.namespace, name_of(budget)
                left[key] = left.get(key, status.get("disruptionsAllowed", 0)) - 1
                if left[key] < 0:
                    found.add(other.uid)
        return found


def _cost(candidate: Candidate) -> tuple[int, int, int, int, str]:
    """The smaller, the sooner: budgets, the highest priority, the sum, the number, the age."""
    victims = candidate.victims
    top = max((v.priority for v in victims), default=0)
    oldest = min((_started(v) for v in victims if v.priority == top), default="")
    inverted = "".join(chr(0x10FFFF - ord(c)) for c in oldest)  # the latest start comes first
    total = sum(v.priority + 2**31 for v in victims)
    return candidate.violations, top, total, len(victims), inverted
