"""What a namespace says while it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.writes import new_condition
from breakfix.embedded.objects import Object

# type, reason and message when all is well
FINE = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered",
     "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
     "All legacy kube types successfully parsed"),
    ("NamespaceDeletionContentFailure", "ContentDeleted",
     "All content successfully deleted, may be waiting on finalization"),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers",
     "All content-preserving finalizers finished"),
)  # fmt: skip


@dataclass
class Remaining:
    """What is still in a namespace: counts by resource and by finalizer, errors, and the group
    versions that nothing is known of."""

    items: dict[str, int] = field(default_factory=dict)
    finalizers: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    undiscovered: list[str] = field(default_factory=list)

    def troubles(self) -> dict[str, tuple[str, str]]:
        """Reason and message for each condition that is true."""
        found = {}
        if self.undiscovered:
            texts = [f"{v}: stale GroupVersion discovery: {v}" for v in sorted(self.undiscovered)]
            found["NamespaceDeletionDiscoveryFailure"] = (
                "DiscoveryFailed",
                f"Discovery failed for some groups, {len(texts)} failing: unable to retrieve the "
                "complete list of server APIs: " + ", ".join(texts),
            )
        if self.errors:
            found["NamespaceDeletionContentFailure"] = (
                "ContentDeletionFailed",
                f"Failed to delete all resource types, {len(self.errors)} remaining: "
                + ", ".join(sorted(self.errors)),
            )
        if self.items:
            texts = sorted(
                f"{_resource(key)} has {n} resource instances" for key, n in self.items.items()
            )
            found["NamespaceContentRemaining"] = (
                "SomeResourcesRemain", "Some resources are remaining: " + ", ".join(texts)
            )  # fmt: skip
        if self.finalizers:
            texts = sorted(f"{f} in {n} resource instances" for f, n in self.finalizers.items())
            found["NamespaceFinalizersRemaining"] = (
                "SomeFinalizersRemain",
                "Some content in the namespace has finalizers remaining: " + ", ".join(texts),
            )
        return found


def _resource(key: str) -> str:
    """Core resources end in a dot here: "pods."."""
    return key if "." in key else f"{key}."


def conditions(clock: Clock, present: list[Object], left: Remaining) -> list[Object]:
    """The five conditions; what did not change keeps its transition time."""
    troubles = left.troubles()
    found = {c["type"]: c for c in present}
    for kind, reason, message in FINE:
        state = "True" if kind in troubles else "False"
        new = new_condition(clock, kind, state, *troubles.get(kind, (reason, message)))
        old = found.get(kind)
        if old and old["status"] == state:
            new["lastTransitionTime"] = old["lastTransitionTime"]
        found[kind] = new
    return list(found.values())
