"""The map: what stands where at each width, and a cursor that stays on its object."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from breakfix.clusters.live_picture import Link, Picture, Shape, Workload
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.map import MapPane
from breakfix.tui.widgets.map_cells import shapes
from breakfix.tui.widgets.map_detail import age
from breakfix.tui.widgets.map_rows import Row, map_rows
from breakfix.tui.widgets.map_view import MapView
from breakfix.tui.words import NONE
from tests.tui.conftest import Golden
from tests.tui.panes import CLUSTER, NOW, SYSTEM, Shown, pod, scaled, shown

FRONT = Target("Deployment", "shop", "front")
SIZES = [(80, 24), (120, 40), (200, 60)]


def text(row: Row) -> str:
    """A row as it is read, without what comes when it is drawn."""
    line = "".join(part for part, _ in row.note)
    for start, cell in zip(row.starts, row.cells, strict=True):
        line = line.ljust(start) + cell.text
    return line


def lines(picture: Picture, width: int = 78, *unfolded: Target) -> list[str]:
    """The map at a width."""
    return [text(row) for row in map_rows(picture, width, unfolded)]


def on_map(picture: Picture, wanted: str) -> bool:
    """Whether these words stand on the map."""
    return any(wanted in line for line in lines(picture))


# -- what stands there --------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 78, 118, 200])
def test_no_line_is_longer_than_the_map_is_wide(width: int) -> None:
    widest = max(cell.width for row in map_rows(CLUSTER, width, ()) for cell in row.cells)
    indent = len("kube-system") + 2
    assert max(map(len, lines(CLUSTER, width))) <= max(width, indent + widest)


@pytest.mark.parametrize("width", [40, 78, 200])
def test_every_object_stands_on_the_map_once_at_every_width(width: int) -> None:
    cells = [cell.target for row in map_rows(CLUSTER, width, ()) for cell in row.cells]
    assert len(cells) == len(set(cells)) == 22


@pytest.mark.parametrize(
    "words",
    [
        "front ▣✗ 1/2 CrashLoopBackOff ↻3", "db ◌ 0/1 Pending", "load scaled to 0",
        "cron/report */5 * * * *", "job/report-29 0/1 Failed",
        "svc catalog → 2 ready", "svc front → front, catalog 1 ready",
        "svc db headless → ✗ 0 ready", "svc lost → ✗ no pod matches",
        "svc outside → example.com", "ingress shop → front, ✗ no service frnt",
        "claim data-db-0 ◌ Pending ← db", "claim old ▣ Bound not used",
        "policy db-only-catalog → db", "policy deny → every pod",
        "worker ✗ NotReady 2 pods", "worker2 ▢ Ready,SchedulingDisabled 4 pods",
    ],
)  # fmt: skip
def test_state_and_what_points_to_what_is_said_by_shape_and_word(words: str) -> None:
    assert on_map(CLUSTER, words)


def test_a_workload_that_should_have_pods_and_has_none_says_so() -> None:
    bare = replace(SYSTEM, workloads=(Workload("Deployment", "coredns", 2, ()),))
    assert on_map(replace(CLUSTER, places=(bare,)), f"coredns {NONE} 0/2 no pods")


def test_many_pods_are_counted_by_shape() -> None:
    many = [pod(f"p{n}") for n in range(180)] + [pod("x", "Pending")] * 20
    assert [part for part, _ in shapes(many)] == [f"{Shape.READY}180 ", f"{Shape.WAITING}20 "]


def test_an_unfolded_workload_stands_over_its_pods() -> None:
    found = lines(CLUSTER, 78, FRONT)
    at = next(n for n, line in enumerate(found) if "▾ front" in line)
    assert "├ ▣ front-7c9f-x2x7q  Running           2/2  ↻0" in found[at + 1]
    assert "└ ✗ front-7c9f-z9z9z  CrashLoopBackOff  0/2  ↻3" in found[at + 2]
    assert "load" in found[at + 3]


@pytest.mark.parametrize(
    ("minutes", "word"), [(0.5, "30s"), (1.5, "90s"), (7, "7m"), (190, "3h"), (5000, "3d")]
)
def test_an_age_is_in_one_unit(minutes: float, word: str) -> None:
    seconds = minutes * 60
    assert age(NOW, NOW.fromtimestamp(NOW.timestamp() + seconds, NOW.tzinfo)) == word


def test_a_lost_cluster_is_told_over_what_was_seen_last() -> None:
    lost = lines(replace(CLUSTER, link=Link.LOST, trouble="refused"))
    assert lost[0] == "The cluster does not answer. refused"
    assert any("front" in line for line in lost)


# -- the cursor ---------------------------------------------------------------------------


def chosen(pane: MapPane) -> str:
    """The object under the cursor."""
    assert pane.target is not None
    return pane.target.word


async def showing(pane: MapPane, seen: Shown, picture: Picture = CLUSTER) -> None:
    """Show a picture and wait for it."""
    pane.show(picture)
    await seen.until(lambda: pane.target is not None)


async def test_arrows_and_letters_move_over_objects() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        assert chosen(pane) == "deployment/catalog"
        await seen.press("right")
        assert chosen(pane) == "statefulset/db"
        await seen.press("down")
        assert chosen(pane) == "deployment/load"
        await seen.press("left")
        assert chosen(pane) == "deployment/front"
        await seen.press("j")
        assert chosen(pane) == "cronjob/report"
        await seen.press("k", "k")
        assert chosen(pane) == "deployment/catalog"
        await seen.press("left")
        assert chosen(pane) == "namespace/shop"
        await seen.press("end")
        assert chosen(pane) == "node/worker2"
        await seen.press("home")
        assert chosen(pane) == "namespace/shop"


async def test_the_column_is_kept_over_shorter_lines() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("right", *["down"] * 4)
        assert chosen(pane) == "service/front"
        await seen.press("down")
        assert chosen(pane) == "service/outside"


async def test_the_selection_stays_on_its_object_when_the_picture_changes() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("down")
        assert chosen(pane) == "deployment/front"
        shop = CLUSTER.places[0]
        more = (Workload("Deployment", "aaa", 1, (pod("aaa-1"),)), *shop.workloads)
        changed = replace(CLUSTER, places=(replace(shop, workloads=more), *CLUSTER.places[1:]))
        pane.show(changed)
        await seen.see("aaa")
        assert chosen(pane) == "deployment/front"


async def test_when_its_object_goes_the_cursor_stays_near() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("down", "space", "down", "down")
        assert chosen(pane) == "pod/front-7c9f-z9z9z"
        pane.show(scaled(CLUSTER, "front", (pod("front-7c9f-x2x7q"),)))
        await seen.until(lambda: "z9z9z" not in seen.frame)
        assert chosen(pane) == "deployment/load"


async def test_space_unfolds_and_folds_also_from_a_pod() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("down", "space")
        await seen.see("└ ✗ front-7c9f-z9z9z  CrashLoopBackOff  0/2  ↻3    3h worker2")
        await seen.press("down", "down", "space")
        await seen.until(lambda: "z9z9z" not in seen.frame)
        assert chosen(pane) == "deployment/front"


async def test_the_line_below_says_all_of_the_object() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (120, 24)) as seen:
        await showing(pane, seen)
        seen.app.query_one(MapView).select_target(
            Target("PersistentVolumeClaim", "shop", "data-db-0")
        )
        await seen.see("data-db-0 · Pending · volume none · class standard · used by db")


async def test_a_click_selects() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.pilot.click("#map-view", offset=(16, 3))
        assert chosen(pane) == "service/catalog"


async def test_find_goes_there_with_every_letter_and_on_with_the_arrows() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("slash", *"pend")
        await seen.see("1 of 2")
        assert chosen(pane) == "statefulset/db"
        await seen.press("down")
        assert chosen(pane) == "persistentvolumeclaim/data-db-0"
        await seen.press("enter")
        assert isinstance(seen.app.focused, MapView)
        assert not seen.app.query_one(Input).display


async def test_what_is_not_there_is_said_and_the_cursor_stays() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        await seen.press("slash", *"zzz")
        await seen.see("nothing found")
        assert chosen(pane) == "deployment/catalog"
        await seen.press("escape")
        assert isinstance(seen.app.focused, MapView)


async def test_only_lines_that_changed_are_drawn_again() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        await showing(pane, seen)
        view = seen.app.query_one(MapView)
        await seen.until(lambda: len(view._strips) >= len(view.rows))
        before = dict(view._strips)
        pane.show(scaled(CLUSTER, "front", (pod("front-7c9f-x2x7q"),)))
        await seen.until(lambda: "CrashLoop" not in seen.frame)
        same = [y for y, strip in view._strips.items() if before.get(y) is strip]
        assert len(same) >= len(view.rows) - 3


async def test_a_map_behind_another_tab_costs_nothing() -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, (80, 24)) as seen:
        pane.display = False
        await seen.pilot.pause()
        pane.show(CLUSTER)
        assert len(seen.app.query_one(MapView).rows) <= 1
        pane.display = True
        await seen.see("CrashLoopBackOff")


@pytest.mark.parametrize("size", SIZES)
async def test_frames(golden: Golden, size: tuple[int, int]) -> None:
    pane = MapPane(lambda: NOW)
    async with shown(pane, size) as seen:
        await showing(pane, seen)
        seen.app.query_one(MapView).select_target(FRONT)
        await seen.press("space")
        await seen.see("front-7c9f-z9z9z")
        await seen.see("2 pods on worker2")
        golden(f"map-{size[0]}x{size[1]}", seen.frame)
