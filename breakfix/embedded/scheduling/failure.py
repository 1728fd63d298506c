"""Why no node could be found, in the scheduler's words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from breakfix.embedded.scheduling.filters import Refusal

NO_NODES = "no nodes available to schedule pods"
_ABSENT = "node(s) didn't satisfy plugin(s) [NodeAffinity]"
_LIMIT, _SUFFIX = 1024, " ..."  # bytes of an Event's note


@dataclass
class Failure:
    """The outcome of an attempt that found no node."""

    nodes: int  # all that there are
    refusals: dict[str, Refusal] = field(default_factory=dict)
    before: str = ""  # what no node could have helped with
    absent: str = _ABSENT  # of the nodes that were not asked
    after: str = ""  # what preemption has to say

    def text(self) -> str:
        """As an Event and a condition have it."""
        if not self.nodes:
            return NO_NODES
        said = f"0/{self.nodes} nodes are available:"
        if self.before:
            said += f" {self.before}."
        elif counted := self._counted():
            said += f" {', '.join(counted)}."
        return f"{said} {self.after}" if self.after else said

    def _counted(self) -> list[str]:
        found = Counter(reason for r in self.refusals.values() for reason in r.reasons)
        missing = self.nodes - len(self.refusals)
        if missing > 0:
            found[self.absent] += missing
        return sorted(f"{count} {reason}" for reason, count in found.items())


def shortened(text: str) -> str:
    """For an Event, whose note has a limit."""
    return text if len(text) <= _LIMIT else text[: _LIMIT - len(_SUFFIX)] + _SUFFIX
