"""The arrangement of the panes: whatever is done with it, no pane is lost or seen twice, and
the board is covered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.tui.layout.arrangement import PANES, Arrangement, raised
from breakfix.tui.layout.borders import Room, border_at, grown, pushed
from breakfix.tui.layout.defaults import DEFAULTS, HUGE, SMALL, WIDE, Kind, kind_of
from breakfix.tui.layout.moves import Way, closed, moved, opened, swapped, to_next
from breakfix.tui.layout.places import LEAST_WIDTH, places, spans
from breakfix.tui.layout.remembering import is_whole, recalled, with_kept

LINES = {"customers": 5}
ROOM = Room(120, 38, LINES)


def panes() -> st.SearchStrategy[str]:
    """Any pane."""
    return st.sampled_from(sorted(PANES))


def done(arrangement: Arrangement, deed: str, pane: str, way: Way, by: int) -> Arrangement:
    """One thing that a person can do with a pane."""
    match deed:
        case "move":
            return moved(arrangement, pane, way)
        case "grow":
            return grown(arrangement, pane, way, by, ROOM)
        case "next":
            return to_next(arrangement, pane)
        case "swap":
            return swapped(arrangement, pane)
        case "close":
            return closed(arrangement, pane)
        case "drag":
            border = border_at(arrangement, ROOM, by * 5, by * 2)
            return pushed(arrangement, border, by - 10, ROOM) if border else arrangement
        case _:
            return opened(arrangement, pane, WIDE)


DEEDS = ("move", "grow", "next", "swap", "close", "open", "drag")


@st.composite
def arrangements(draw: st.DrawFn) -> Arrangement:
    """An arrangement as it is after a few deeds."""
    arrangement = draw(st.sampled_from([SMALL, WIDE, HUGE]))
    step = st.tuples(
        st.sampled_from(DEEDS), panes(), st.sampled_from(list(Way)), st.integers(0, 20)
    )
    for deed in draw(st.lists(step, max_size=12)):
        arrangement = done(arrangement, *deed)
    return arrangement


# -- what always holds ----------------------------------------------------------------


@given(arrangements())
def test_no_pane_is_lost_or_doubled_and_nothing_is_empty(arrangement: Arrangement) -> None:
    assert is_whole(arrangement)


@given(arrangements(), st.integers(20, 240), st.integers(8, 70))
def test_the_panes_that_are_up_tile_the_board(
    arrangement: Arrangement, width: int, height: int
) -> None:
    found = places(arrangement, width, height, LINES)
    assert sorted(found) == sorted(arrangement.seen)
    cells = [
        (x, y)
        for place in found.values()
        for x in range(place.x, place.right)
        for y in range(place.y, place.bottom)
    ]
    assert len(cells) == len(set(cells)) == width * height


@given(arrangements())
def test_every_closed_pane_can_be_opened_and_is_up_then(arrangement: Arrangement) -> None:
    for pane in arrangement.closed:
        assert pane in opened(arrangement, pane, WIDE).seen


@given(arrangements())
def test_what_is_kept_is_recalled(arrangement: Arrangement) -> None:
    kept = json.loads(json.dumps(with_kept({}, Kind.WIDE, arrangement)))
    assert recalled(kept, Kind.WIDE) == arrangement


@given(arrangements(), panes(), st.sampled_from(list(Way)))
def test_a_move_takes_the_others_along_as_they_are(
    arrangement: Arrangement, pane: str, way: Way
) -> None:
    after = moved(arrangement, pane, way)
    assert [n for n in after.closed if n != pane] == [n for n in arrangement.closed if n != pane]
    if pane in arrangement.seen:
        assert pane in after.seen


@given(arrangements(), panes(), st.sampled_from([Way.RIGHT, Way.DOWN]), st.integers(1, 9))
def test_growing_and_shrinking_stay_within_the_board(
    arrangement: Arrangement, pane: str, way: Way, by: int
) -> None:
    before = places(raised(arrangement, pane), ROOM.width, ROOM.height, LINES)
    after = places(
        grown(raised(arrangement, pane), pane, way, by, ROOM), ROOM.width, ROOM.height, LINES
    )
    if pane in before:
        side = "width" if way is Way.RIGHT else "height"
        assert 0 <= getattr(after[pane], side) - getattr(before[pane], side) <= by


@given(st.lists(st.integers(0, 90), min_size=1, max_size=5), st.integers(0, 240))
def test_spans_add_up(wanted: list[int], total: int) -> None:
    found = spans(wanted, total, LEAST_WIDTH)
    assert sum(found) == total
    assert min(found) >= 0


@given(
    st.lists(st.just(0) | st.integers(LEAST_WIDTH, 90), min_size=1, max_size=5),
    st.integers(0, 240),
)
def test_where_there_is_room_nobody_gets_less_than_the_least(
    wanted: list[int], beyond: int
) -> None:
    room = LEAST_WIDTH * len(wanted) + beyond
    assert min(spans(wanted, room, LEAST_WIDTH)) >= LEAST_WIDTH


# -- the look it begins with ----------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kind"),
    [((80, 22), Kind.SMALL), ((120, 20), Kind.SMALL), ((120, 38), Kind.WIDE),
     ((170, 58), Kind.HUGE), ((240, 68), Kind.HUGE)],
)  # fmt: skip
def test_each_kind_of_screen_has_its_own_arrangement(size: tuple[int, int], kind: Kind) -> None:
    assert kind_of(*size) is kind
    assert is_whole(DEFAULTS[kind])


def test_wide_the_page_is_at_the_left_and_the_tabs_are_under_the_shell() -> None:
    found = places(WIDE, 120, 38, LINES)
    assert (found["page"].width, found["shell"].height, found["map"].height) == (42, 25, 13)
    assert found["customers"].height == 5
    assert found["customers"].y == found["page"].bottom


def test_huge_the_events_stay_beside_the_map() -> None:
    found = places(HUGE, 200, 58, LINES)
    assert found["events"].x == found["map"].right
    assert found["events"].width == found["map"].width == 74
    assert found["shell"].right == 200


def test_small_the_customers_are_a_line_over_the_tabs() -> None:
    found = places(SMALL, 80, 20, {"customers": 1})
    assert found["customers"].height == 1
    assert found["shell"].height == 19


# -- moving ---------------------------------------------------------------------------


def rows(arrangement: Arrangement) -> list[list[list[str]]]:
    """Columns of rows of stacks, each stack as its panes with the one that is up first."""
    return [
        [["/".join(stack.panes) for stack in row.stacks] for row in column.rows]
        for column in arrangement.columns
    ]


def test_a_tab_leaves_its_stack_to_the_side_it_is_moved_to() -> None:
    beside = moved(WIDE, "events", Way.RIGHT)
    assert rows(beside)[1] == [["shell"], ["map/checks/notes", "events"]]
    above = moved(WIDE, "events", Way.UP)
    assert rows(above)[1] == [["shell"], ["events"], ["map/checks/notes"]]


def test_a_pane_of_its_own_changes_places_with_its_neighbour() -> None:
    assert rows(moved(WIDE, "shell", Way.DOWN))[1] == [["map/events/checks/notes"], ["shell"]]
    beside = moved(WIDE, "events", Way.LEFT)
    assert rows(moved(beside, "events", Way.RIGHT))[1][1] == ["map/checks/notes", "events"]


def test_at_the_edge_a_pane_becomes_a_column_and_then_goes_into_the_next_one() -> None:
    own = moved(WIDE, "shell", Way.LEFT)
    assert rows(own) == [[["page"], ["customers"]], [["shell"]], [["map/events/checks/notes"]]]
    further = moved(own, "shell", Way.LEFT)
    assert rows(further)[0] == [["page"], ["customers"], ["shell"]]
    assert rows(moved(further, "shell", Way.LEFT))[0] == [["shell"]]


def test_where_there_is_nowhere_to_go_nothing_happens() -> None:
    assert moved(WIDE, "page", Way.UP) == WIDE
    assert moved(SMALL, "customers", Way.UP) == SMALL


def test_a_pane_goes_round_all_places_as_a_tab() -> None:
    once = to_next(WIDE, "events")
    assert rows(once)[0] == [["page/events"], ["customers"]]
    assert "events" in once.seen
    assert rows(to_next(once, "events"))[0] == [["page"], ["customers/events"]]


def test_two_places_exchange_what_they_hold_and_keep_their_sizes() -> None:
    found = places(swapped(WIDE, "shell"), 120, 38, LINES)
    assert (found["map"].height, found["shell"].height) == (25, 13)


# -- sizes ----------------------------------------------------------------------------


def test_a_pane_grows_at_the_cost_of_its_neighbour_and_back() -> None:
    wider = grown(WIDE, "page", Way.RIGHT, 4, ROOM)
    assert places(wider, 120, 38, LINES)["page"].width == 46
    assert places(wider, 160, 38, LINES)["page"].width == 46
    assert places(grown(wider, "page", Way.LEFT, 4, ROOM), 120, 38, LINES)["page"].width == 42
    higher = grown(WIDE, "map", Way.DOWN, 3, ROOM)
    assert places(higher, 120, 38, LINES)["map"].height == 16


def test_no_pane_can_be_pushed_away() -> None:
    found = places(grown(WIDE, "page", Way.RIGHT, 500, ROOM), 120, 38, LINES)
    assert found["shell"].width == LEAST_WIDTH


def test_the_border_between_two_columns_can_be_dragged_from_either_side() -> None:
    for x in (41, 42):
        border = border_at(WIDE, ROOM, x, 10)
        assert border is not None
        assert places(pushed(WIDE, border, -6, ROOM), 120, 38, LINES)["page"].width == 36


def test_inside_a_pane_and_at_the_edge_of_the_board_is_no_border() -> None:
    assert border_at(WIDE, ROOM, 20, 10) is None
    assert border_at(WIDE, ROOM, 119, 10) is None
    assert border_at(WIDE, ROOM, 60, 37) is None


# -- closing --------------------------------------------------------------------------


def test_a_closed_pane_leaves_its_room_to_the_others_and_comes_back_where_it_was() -> None:
    without = closed(WIDE, "shell")
    assert places(without, 120, 38, LINES)["map"].height == 38
    assert opened(without, "shell", WIDE) == WIDE


def test_a_closed_tab_comes_back_into_its_stack_and_is_up() -> None:
    again = opened(closed(WIDE, "checks"), "checks", WIDE)
    assert rows(again)[1][1] == ["map/events/notes/checks"]
    assert "checks" in again.seen


def test_the_whole_column_can_be_closed_and_opened() -> None:
    gone = closed(closed(WIDE, "customers"), "page")
    assert places(gone, 120, 38, LINES)["shell"].width == 120
    assert rows(opened(gone, "page", WIDE))[0] == [["page"]]
    assert places(opened(gone, "page", WIDE), 120, 38, LINES)["page"].width == 42


def test_the_last_pane_cannot_be_closed() -> None:
    last = WIDE
    for pane in PANES:
        last = closed(last, pane)
    assert len(last.open) == 1


# -- remembering ----------------------------------------------------------------------


def kept(**changes: Any) -> dict[str, Any]:
    """Something kept, and then spoilt."""
    data: dict[str, Any] = json.loads(json.dumps(with_kept({}, Kind.WIDE, closed(WIDE, "map"))))
    data["wide"].update(changes)
    return data


STACK = {"panes": ["shell"], "up": "shell", "size": 0}


@pytest.mark.parametrize(
    "data",
    [
        {}, {"wide": None}, {"wide": []}, {"wide": {}}, {"wide": "x"}, {"wide": {"columns": 3}},
        kept(closed=[]), kept(closed=["map", "map"]), kept(closed=["radar"]), kept(closed=7),
        kept(closed=[["map"]]), kept(columns=[]), kept(columns=[{"rows": [], "size": 0}]),
        kept(columns=[{"rows": [{"stacks": [STACK], "size": -1}], "size": 0}]),
        kept(columns=[{"rows": [{"stacks": [STACK | {"up": "map"}], "size": 0}], "size": 0}]),
        kept(columns=[{"rows": [{"stacks": [STACK], "size": True}], "size": "wide"}]),
    ],
)  # fmt: skip
def test_what_cannot_be_an_arrangement_is_the_default(data: dict[str, Any]) -> None:
    assert recalled(data, Kind.WIDE) == WIDE


def test_kinds_of_screens_are_kept_apart_and_a_default_is_not_kept() -> None:
    data = with_kept(with_kept({}, Kind.WIDE, closed(WIDE, "map")), Kind.SMALL, SMALL)
    assert list(data) == ["wide"]
    assert recalled(data, Kind.SMALL) == SMALL
    assert with_kept(data, Kind.WIDE, WIDE) == {}
