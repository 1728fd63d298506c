"""The debrief of the fake round: a repair of CoreDNS that was looked for in five minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from breakfix.game.learnt import Learnt
from breakfix.game.mastery import Mastery
from breakfix.game.model import (
    BestRound,
    Change,
    Debrief,
    Moment,
    Past,
    Repair,
    RepairStep,
    RoundView,
    Score,
)
from breakfix.game.repetition import Due

DIFF = """\
--- after the fault
+++ at the end
@@ -4,5 +4,4 @@
     errors
     health
-    rewrite name catalog.shop.svc.cluster.local nowhere.invalid
     kubernetes cluster.local in-addr.arpa ip6.arpa
"""
EDIT = "kubectl -n kube-system edit configmap/coredns"
RESTART = "kubectl -n kube-system rollout restart deployment/coredns"
SHOWS = "server can't find catalog.shop.svc.cluster.local: NXDOMAIN"
LOOKUP = "kubectl -n shop debug -it deploy/front --image=busybox:1.36 -- nslookup catalog"
TYPED = (
    Moment(41.0, "look", "k -n shop get events"),
    Moment(64.0, "look", "k -n shop logs deploy/front --tail=5"),
    Moment(140.0, "look", LOOKUP),
    Moment(278.0, "change", "k -n kube-system edit cm coredns"),
)
LINKS = (
    ("Debugging DNS Resolution",
     "https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"),
    ("Managing CoreDNS on Amazon EKS",
     "https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html"),
)  # fmt: skip


def debrief_of(view: RoundView, elapsed: float, solved: bool) -> Debrief:
    """What is told of a round that took so long."""
    return Debrief(
        view=view, detect=65.0, locate=182.0, mitigate=elapsed if solved else None,
        timeline=timeline(elapsed, solved),
        changes=(Change("changed", "ConfigMap", "kube-system", "coredns", DIFF),),
        fixes=tuple(repair.name for repair in repairs()), links=LINKS, best=91,
        best_round=best_round(), at_par=at_par(), repairs=repairs(), typed=TYPED,
        one_command=LOOKUP, one_command_shows=SHOWS, learnt=what_was_learnt(view),
    )  # fmt: skip


def what_was_learnt(view: RoundView) -> Learnt:
    """A track that was half known; the round comes back in nine days."""
    before = Mastery("dns", 0.62, "strong", 8, 5, 91)
    after = replace(before, value=0.7, solved=6)
    at = view.created_at + timedelta(days=9)
    this = Past(view.id, view.scenario.metadata.name, view.seed, view.created_at,
                str(view.outcome), view.elapsed, view.score.total)  # fmt: skip
    return Learnt(before, after, Due(this.scenario, at, 9, this))


def repairs() -> tuple[Repair, ...]:
    """Two fixes that change what the learner changed."""
    place = "in data.Corefile of ConfigMap kube-system/coredns"
    restart = RepairStep("restart Deployment kube-system/coredns", RESTART)
    return (
        Repair("take the rule out", (
            RepairStep(f"{place}: take out “rewrite name …”", EDIT), restart), 1),
        Repair("make the rule lead to the name that exists", (
            RepairStep(f"{place}: “nowhere.invalid” becomes “catalog.shop”", EDIT), restart), 1),
    )  # fmt: skip


def best_round() -> BestRound:
    """A better round of last week."""
    parts = (
        ("solved", 60, "behaviour held for the settle window"), ("time", 20, "within par"),
        ("hints", -4, "1 bought"), ("diagnosis", 15, "right"), ("verify", 0, "0 without success"),
    )  # fmt: skip
    at = datetime(2025, 12, 24, 9, 0, tzinfo=UTC)
    return BestRound("round-0", "2B4D", at, 250.0, Score(1, 91, parts), 20.0, 95.0)


def at_par() -> Score:
    """A round without a mistake."""
    parts = (("solved", 60, ""), ("time", 20, ""), ("hints", 0, ""), ("diagnosis", 20, ""),
             ("verify", 0, ""))  # fmt: skip
    return Score(1, 100, parts)


def timeline(total: float, solved: bool) -> tuple[Moment, ...]:
    """The moments of a round; one that was shorter has them all at its end."""
    over = [Moment(total, "given up", "given up")]
    if solved:
        held = Moment(total, "verify", "verify: all checks hold", True)
        over = [held, Moment(total, "solved", "solved")]
    return (
        Moment(0.0, "started", "the symptom is seen; the clock starts"),
        Moment(min(41.0, total), "look", "looked at events: k -n shop get events"),
        Moment(min(44.0, total), "look", "k -n shop get pods"),
        Moment(min(65.0, total), "look", "looked at logs: k -n shop logs deploy/front --tail=5"),
        Moment(min(120.0, total), "hint", "hint bought: describe, 10 points"),
        Moment(min(140.0, total), "look", f"looked at debug: {LOOKUP}"),
        Moment(min(182.0, total), "diagnosis", "diagnosis: CoreDNS, wrong rewrite (right)", True),
        Moment(min(230.0, total), "verify", "verify: no: Customers get products", False),
        Moment(min(280.0, total), "change", "patch configmaps/coredns in kube-system"),
        *over,
    )
