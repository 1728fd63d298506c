"""Scenarios and a picture of the shop, as a cluster would give them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from breakfix.clock import VirtualClock
from breakfix.clusters.customers import Customers
from breakfix.clusters.live_picture import (
    Claim,
    Happening,
    Link,
    Picture,
    Place,
    Pod,
    Policy,
    Service,
    Shape,
    Workload,
)
from breakfix.scenario.spec import Scenario

BRIEF = (
    "14:02  The front page loads, but every product list is empty. Nothing was deployed today. "
    "Customers began to complain five minutes ago."
)
HINTS = (
    ("events", 5, "Events of the namespace say nothing: that is a finding too.",
     "kubectl -n shop get events --sort-by=.lastTimestamp"),
    ("describe", 10, "The Deployment is as it should be: look at what it talks to.",
     "kubectl -n shop describe deploy/front"),
    ("logs", 10, "The front says why it answers 502. Read the last lines.",
     "kubectl -n shop logs deploy/front --tail=5"),
    ("debug", 15, "Ask the cluster's DNS for the name from inside a pod of the shop.",
     "kubectl -n shop debug -it deploy/front --image=busybox:1.36 -- nslookup catalog"),
    ("explanation", 25, "One name is answered with NXDOMAIN while all others resolve: somebody "
     "told the DNS server to rewrite it.", ""),
)  # fmt: skip
ROUNDS: tuple[tuple[str, str, str, int, float], ...] = (
    ("dns-rewrite-eats-a-name", "A name that nobody can find", "dns", 2, 360.0),
    ("headless-without-answer", "The database that moved away", "dns", 3, 420.0),
    ("deny-all-and-nothing-else", "Silence in the shop", "network-policy", 2, 300.0),
    ("and-or-in-from", "Let in the wrong ones", "network-policy", 4, 600.0),
    ("claim-waits-forever", "A claim that waits", "storage", 1, 240.0),
    ("volume-on-the-other-node", "The volume on the other node", "storage", 4, 600.0),
    ("token-for-somebody-else", "A token for somebody else", "identity", 3, 480.0),
    ("binding-next-door", "Rights in the namespace next door", "identity", 2, 360.0),
    ("restricted-says-no", "Pods that never come", "pod-security", 2, 300.0),
)


def scenario_of(name: str, title: str, track: str, difficulty: int, par: float) -> Scenario:
    """A scenario that has everything the format asks for."""
    check = {
        "name": "Customers get products",
        "http": {"from": "deployment/load", "url": "http://front/products"},
    }
    return Scenario.model_validate(
        {
            "apiVersion": "breakfix.dev/v1",
            "kind": "Scenario",
            "metadata": {
                "name": name, "title": title, "tracks": [track], "difficulty": difficulty,
                "objectives": ["Find out why a name does not resolve",
                               "Repair it for everybody, not for one pod"],
            },
            "spec": {
                "brief": BRIEF,
                "time": {"par": par, "limit": par * 2.5},
                "requires": ["kube-system-writable"] if track == "dns" else (
                    ["pod-security"] if track == "pod-security" else []),
                "base": ["shop"],
                "baseline": [check],
                "fault": [{"delete": {"kind": "Service", "name": "catalog"}}],
                "symptom": {"failing": ["Customers get products"]},
                "checks": [check],
                "verify": {"settle": 5.0, "patience": 8.0},
                "hints": [
                    {"evidence": e, "price": p, "say": s, "run": r} for e, p, s, r in HINTS
                ],
                "diagnosis": {
                    "component": {"is": "CoreDNS", "among": [
                        "CoreDNS", "kube-proxy", "the front Deployment", "the catalog Service",
                        "a NetworkPolicy"]},
                    "fault": {"is": "wrong rewrite", "among": [
                        "wrong rewrite", "no endpoints", "blocked traffic", "wrong selector",
                        "crashing container"]},
                },
                "debrief": {
                    "why": "A rewrite rule in the Corefile sent one name of the shop to a name "
                           "that does not exist. Every lookup of it ended in NXDOMAIN.",
                    "sooner": "kubectl -n kube-system get cm coredns -o yaml shows every rule; "
                              "one nslookup from a pod tells a DNS fault from a network fault.",
                    "prevent": "Keep the Corefile in version control and test it with a query "
                               "for a name of each namespace before it is rolled out.",
                    "onEks": "On EKS the CoreDNS add-on manages this ConfigMap; a change by hand "
                             "is kept or overwritten by the add-on's conflict setting.",
                    "links": ["dns-debugging"],
                },
                "proof": {
                    "fixes": [{"name": "a"}, {"name": "b"}],
                    "cheats": [{"name": n} for n in ("no-op", "delete", "scale", "strip")],
                },
            },
        }
    )  # fmt: skip


@cache
def SCENARIOS() -> tuple[Scenario, ...]:  # noqa: N802 - a constant that is slow to make
    """The rounds of the fake lobby."""
    return tuple(scenario_of(*round_) for round_ in ROUNDS)


def dns() -> Scenario:
    """The round that tests play."""
    return SCENARIOS()[0]


def _pods(*words: str) -> tuple[Pod, ...]:
    shapes = {"Running": Shape.READY, "Pending": Shape.WAITING, "CrashLoopBackOff": Shape.FAILING}
    return tuple(
        Pod(f"pod-{i}", word, int(word == "Running"), 1, 3 if word[0] == "C" else 0, shapes[word])
        for i, word in enumerate(words)
    )


def picture_of(front: tuple[Pod, ...], events: tuple[Happening, ...]) -> Picture:
    """The shop with these pods of the front."""
    return Picture(link=Link.LIVE, places=(_shop(front), _system()), events=events)


def _shop(front: tuple[Pod, ...]) -> Place:
    ready = sum(pod.shape is Shape.READY for pod in front)
    return Place(
        "shop",
        workloads=(
            Workload("Deployment", "catalog", 2, _pods("Running", "Running")),
            Workload("StatefulSet", "db", 1, _pods("Running")),
            Workload("Deployment", "front", 2, front),
            Workload("Deployment", "load", 1, _pods("Running")),
        ),
        services=(
            Service("catalog", "ClusterIP", 2, ("catalog",)),
            Service("db", "Headless", 1, ("db",)),
            Service("front", "ClusterIP", ready, ("front",)),
        ),
        claims=(Claim("data-db-0", "Bound", "pvc-5f3a", "standard", ("db",)),),
        policies=(Policy("db-only-catalog", ("db",)),),
    )


def _system() -> Place:
    coredns = Workload("Deployment", "coredns", 2, _pods("Running", "Running"))
    return Place("kube-system", workloads=(coredns,))


EVENTS = (
        Happening(datetime(2026, 1, 1, 13, 57, tzinfo=UTC), "shop", "Normal", "Scheduled",
                  "pod/front-7c9f8d-x2x7q", "Successfully assigned shop/front to worker2"),
        Happening(datetime(2026, 1, 1, 13, 58, tzinfo=UTC), "kube-system", "Normal",
                  "ScalingReplicaSet", "deployment/coredns", "Scaled up replica set to 2"),
        Happening(datetime(2026, 1, 1, 14, 1, tzinfo=UTC), "shop", "Warning", "BackOff",
                  "pod/front-7c9f8d-x2x7q",
                  "Back-off restarting failed container front in pod front-7c9f8d-x2x7q", 3),
)  # fmt: skip
PICTURE = picture_of(_pods("Running", "CrashLoopBackOff"), EVENTS)
QUIET_PICTURE = picture_of(_pods("Running", "Running"), EVENTS[:2])


def customers(outage: int = 150, now: int = 252) -> Customers:
    """A shop that failed its customers so long (s) until now, but for one of twenty."""
    began = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
    clock = VirtualClock(began)
    clock.advance(now)
    found = Customers(clock)
    for second in range(-60, now):
        at = began.timestamp() + second
        found.add("load", at, second < now - outage or second % 20 == 0)
    return found
