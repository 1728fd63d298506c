"""A pane alone on the screen, and pictures of a cluster to show in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widget import Widget

import breakfix.tui
from breakfix.clusters.live_picture import (
    Backend,
    Claim,
    Happening,
    Ingress,
    Link,
    Node,
    Picture,
    Place,
    Pod,
    Policy,
    Service,
    Shape,
    Workload,
)
from breakfix.tui.theme import DARK
from tests.tui.looking import Looking

NOW = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
STYLES = Path(breakfix.tui.__file__).parent / "styles"
SHAPES = {"Running": Shape.READY, "Pending": Shape.WAITING, "CrashLoopBackOff": Shape.FAILING}


def pod(name: str, word: str = "Running", restarts: int = 0, minutes: int = 7) -> Pod:
    """A pod of two containers; a pending one is on no node."""
    ready = 2 if word == "Running" else 0
    node = "" if word == "Pending" else "worker2"
    born = NOW - timedelta(minutes=minutes)
    return Pod(name, word, ready, 2, restarts, SHAPES[word], node, born, ("main", "proxy"))


SHOP = Place(
    "shop",
    workloads=(
        Workload("Deployment", "catalog", 2, (
            pod("catalog-6d5f-aaaaa"), pod("catalog-6d5f-bbbbb"))),
        Workload("StatefulSet", "db", 1, (pod("db-0", "Pending", minutes=1),)),
        Workload("Deployment", "front", 2, (
            pod("front-7c9f-x2x7q"), pod("front-7c9f-z9z9z", "CrashLoopBackOff", 3, 190))),
        Workload("Deployment", "load", 0, ()),
        Workload("CronJob", "report", 0, (), "*/5 * * * *"),
        Workload("Job", "report-29", 1, (), "0/1 Failed"),
    ),
    services=(
        Service("catalog", "ClusterIP", 2, ("catalog",)),
        Service("db", "Headless", 0, ("db",)),
        Service("front", "ClusterIP", 1, ("front", "catalog")),
        Service("lost", "ClusterIP", 0, ()),
        Service("outside", "ExternalName", 0, None, "example.com"),
    ),
    claims=(
        Claim("data-db-0", "Pending", "", "standard", ("db",)),
        Claim("old", "Bound", "pvc-5f3a", "standard"),
    ),
    policies=(Policy("db-only-catalog", ("db",), False, ("Ingress",)), Policy("deny", (), True)),
    ingresses=(
        Ingress("shop", (
            Backend("shop.test/", "front", True), Backend("shop.test/x", "frnt", False))),
    ),
)  # fmt: skip
SYSTEM = Place(
    "kube-system", (Workload("Deployment", "coredns", 1, (pod("coredns-5d78c-kkkkk"),)),)
)
NODES = (
    Node("control-plane", "Ready", 6, ("node-role.kubernetes.io/control-plane",)),
    Node("worker", "NotReady", 2),
    Node("worker2", "Ready,SchedulingDisabled", 4),
)
CLUSTER = Picture(link=Link.LIVE, places=(SHOP, SYSTEM), nodes=NODES)


def scaled(picture: Picture, name: str, pods: tuple[Pod, ...]) -> Picture:
    """The same, but a workload of the shop has these pods."""
    shop = picture.places[0]
    changed = tuple(
        replace(w, pods=pods, desired=len(pods)) if w.name == name else w for w in shop.workloads
    )
    return replace(picture, places=(replace(shop, workloads=changed), *picture.places[1:]))


def event(number: int, kind: str = "Normal", namespace: str = "shop", words: str = "") -> Happening:
    """One of many events, a second after the one before."""
    reason = "BackOff" if kind == "Warning" else "Pulled"
    return Happening(
        NOW + timedelta(seconds=number), namespace, kind, reason,
        f"pod/front-{number}", words or f"message {number}", name=f"event-{number}",
    )  # fmt: skip


def ticking(*events: Happening) -> Picture:
    """A picture with only events."""
    return Picture(link=Link.LIVE, events=events)


class PaneApp(App[int]):
    """One pane over the whole screen; what a screen would be asked for is written down."""

    CSS_PATH = [STYLES / name for name in ("base.tcss", "round.tcss", "evidence.tcss")]

    def __init__(self, pane: Widget) -> None:
        super().__init__()
        self._pane = pane
        self.register_theme(DARK)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield self._pane

    def on_mount(self) -> None:
        """The styles of the board hide a pane that is no tab; here it is seen."""
        self._pane.display = True
        self._pane.focus()


@dataclass
class Shown(Looking[App[int]]):
    """A pane under test."""

    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def shown(pane: Widget, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Shown]:
    """The pane alone on a screen of this size."""
    app = PaneApp(pane)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Shown(app, pilot)
