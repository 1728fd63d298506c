"""The timeline on the screen: nothing is lost in it, and it keeps to its width."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from breakfix.game.model import Moment
from breakfix.game.postmortem.lanes import ORDER, cells, lanes, legend, span, ticks
from breakfix.tui.widgets.timeline import NAMES, NARROWEST, listed, picture

KINDS = ("started", "paused", "resumed", "look", "hint", "diagnosis", "change", "verify",
         "solved", "given up", "timed out", "of a later version")  # fmt: skip
moments = st.lists(
    st.builds(
        Moment,
        at=st.floats(0, 20_000, allow_nan=False),
        kind=st.sampled_from(KINDS),
        text=st.just("what happened"),
        good=st.sampled_from([None, True, False]),
    ),
    max_size=60,
)
widths = st.integers(NAMES + NARROWEST, 240)


@given(moments, st.integers(2, 240))
def test_every_moment_is_in_one_cell_of_one_lane(found: list[Moment], width: int) -> None:
    total = span(found)
    shown = [
        moment
        for lane in lanes(found)
        for x, cell in cells(lane, total, width).items()
        for moment in cell.moments
        if 0 <= x < width
    ]
    assert sorted(map(id, shown)) == sorted(map(id, found))


@given(moments, widths, st.floats(1, 10_000))
def test_the_picture_keeps_to_its_width(found: list[Moment], width: int, par: float) -> None:
    lines = picture(found, par, width).plain.splitlines()
    assert all(len(line) <= width for line in lines)
    assert len([line for line in lines if line.startswith(ORDER)]) == len(lanes(found))


@given(moments.filter(bool), widths)
def test_marks_are_counted_where_they_fall_together(found: list[Moment], width: int) -> None:
    lines = picture(found, 1e9, width).plain.splitlines()[: len(lanes(found))]
    counted = sum(_count(mark) for line in lines for mark in re.sub("[─ ]", "", line[NAMES:]))
    assert counted <= len(found)
    assert "+" in "".join(lines) or counted == len(found)


def _count(mark: str) -> int:
    return int(mark) if mark.isdecimal() else 0 if mark == "+" else 1


@given(moments.filter(bool))
def test_the_legend_has_a_word_for_every_kind(found: list[Moment]) -> None:
    assert len(legend(found)) >= 1
    assert all(word for _, word in legend(found))


@given(st.floats(1, 90_000), st.integers(1, 20))
def test_ticks_begin_at_nought_and_never_crowd(total: float, room: int) -> None:
    found = ticks(total, room)
    assert found[0] == 0
    assert found[-1] <= total
    assert len(found) <= room + 1


def test_marks_differ_by_shape_and_not_by_colour_alone() -> None:
    found = [
        Moment(0, "started", ""), Moment(10, "look", ""), Moment(20, "look", ""),
        Moment(20, "look", ""), Moment(30, "diagnosis", "", False),
        Moment(40, "diagnosis", "", True), Moment(50, "change", ""),
        Moment(60, "verify", "", False), Moment(100, "verify", "", True),
    ]  # fmt: skip
    assert picture(found, 80, 62).plain.splitlines()[:6] == [
        "round      ●───────────────────────────────────────┊──────────",
        "looks      ─────•────2─────────────────────────────┊──────────",
        "diagnosis  ───────────────◇────◆───────────────────┊──────────",
        "changes    ─────────────────────────▲──────────────┊──────────",
        "verify     ──────────────────────────────✗─────────┊─────────✓",
        "           00:00        00:30          01:00          01:30",
    ]


def test_a_picture_of_nothing_is_empty() -> None:
    assert picture((), 360.0, 40).plain == ""


def test_the_list_has_every_moment_with_its_time() -> None:
    text = listed([Moment(65, "look", "looked at logs"), Moment(182, "hint", "bought")], 40).plain
    assert text == "01:05  •  looked at logs\n03:02  h  bought"
