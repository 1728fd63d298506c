"""The blast radius of a repair: how much was changed, and how much of it no fix needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakfix.game.model import Change, Debrief

MOST_NAMED = 3
NOT_KNOWN = "What was changed is not known: the cluster could not be read at the end."


@dataclass(frozen=True)
class Blast:
    """Objects that differ: how many a known fix touches too, which it does not, and where.
    `cluster_wide` counts those outside of any namespace."""

    objects: int
    expected: int
    unexpected: tuple[str, ...]
    namespaces: tuple[str, ...]
    cluster_wide: int


def blast_of(changes: Sequence[Change]) -> Blast:
    """The blast radius of these changes."""
    return Blast(
        objects=len(changes),
        expected=sum(c.expected for c in changes),
        unexpected=tuple(object_name(c) for c in changes if not c.expected),
        namespaces=tuple(sorted({c.namespace for c in changes if c.namespace})),
        cluster_wide=sum(not c.namespace for c in changes),
    )


def object_name(change: Change) -> str:
    """`ConfigMap kube-system/coredns`; cluster-wide: `StorageClass fast`."""
    place = f"{change.namespace}/" if change.namespace else ""
    return f"{change.kind} {place}{change.name}"


def blast_words(debrief: Debrief) -> str:
    """The blast radius in a sentence or two."""
    if not debrief.stock_taken:
        return NOT_KNOWN
    blast = blast_of(debrief.changes)
    if not blast.objects:
        return "Nothing was changed."
    return f"{_count(blast.objects)} {_where(blast)}. {_judged(blast)}"


def _count(objects: int) -> str:
    return "1 object" if objects == 1 else f"{objects} objects"


def _where(blast: Blast) -> str:
    spaces = len(blast.namespaces)
    word = "namespace" if spaces == 1 else "namespaces"
    parts = [f"in {word} {' and '.join(blast.namespaces)}"] if spaces else []
    if blast.cluster_wide:
        parts.append(f"{blast.cluster_wide} cluster-wide")
    return ", ".join(parts)


def _judged(blast: Blast) -> str:
    if not blast.unexpected:
        return "Known fixes change the same." if blast.objects > 1 else "Known fixes change it too."
    named = ", ".join(blast.unexpected[:MOST_NAMED])
    more = len(blast.unexpected) - MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"{blast.expected} as expected, {len(blast.unexpected)} that no known fix needs: " + (
        f"{named}{rest}."
    )
