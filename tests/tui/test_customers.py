"""The line of the customers: how they fare in words, as a picture, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clock import VirtualClock
from breakfix.clusters.customers import Customers
from breakfix.game.service_level import CELLS, ServiceLevel
from breakfix.tui.widgets.customers import (
    CustomersPane,
    one_row,
    percent,
    sparkline,
    state_of,
    three_rows,
)
from tests.tui.driving import playing
from tests.tui.fakes import FakeWatcher
from tests.tui.samples import customers

SHARES = st.one_of(st.none(), st.floats(0, 1))


def level(share: float | None, budget: float = 0.61) -> ServiceLevel:
    """Customers that have fared like this for a while."""
    return ServiceLevel((1.0,) * 10 + (share,) * (CELLS - 10), share, (("load", share),), budget)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "✓ all served"),
        (0.99, "! some fail"),
        (0.2, "✗ many fail"),
        (0.0, "✗ none served"),
        (None, "no customers seen"),
    ],
)
def test_the_state_is_said_in_words(share: float | None, words: str) -> None:
    assert state_of(level(share))[0] == words


def test_nobody_seen_is_not_everybody_served() -> None:
    for words in (one_row(None, 76).plain, three_rows(None, 38).plain):
        assert "no customers seen" in words
        assert "%" not in words


def test_one_row_has_ratio_state_and_budget() -> None:
    words = one_row(level(0.04), 76).plain
    assert "4 % ok  ✗ many fail   budget left 61 %" in words
    assert words.startswith("█") or words.startswith("▁")


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.001, "1 %"), (0.999, "99 %"), (1, "100 %")]
)
def test_only_all_is_a_hundred_and_only_none_is_nought(share: float, text: str) -> None:
    assert percent(share) == text


def test_several_customers_are_told_apart() -> None:
    both = ServiceLevel((0.5,), 0.5, (("load", 1.0), ("pricing", 0.0)), 1.0)
    assert "load 100 %  pricing 0 %" in three_rows(both, 60).plain


@given(st.integers(30, 60))
def test_customers_are_told_apart_in_whole_words_or_not_at_all(width: int) -> None:
    both = ServiceLevel((0.5,), 0.5, (("load", 1.0), ("pricing", 0.0)), 1.0)
    (now,) = (line for line in three_rows(both, width).plain.splitlines() if " ok " in line)
    assert now.endswith(("fail", "load 100 %  pricing 0 %"))
    assert len(now) <= width


@given(SHARES, st.floats(0, 1), st.integers(44, 200))
def test_one_row_is_one_row(share: float | None, budget: float, width: int) -> None:
    found = one_row(level(share, budget), width)
    assert found.cell_length <= width
    assert "\n" not in found.plain


@given(SHARES, st.integers(26, 200))
def test_three_rows_fit(share: float | None, width: int) -> None:
    rows = three_rows(level(share), width).split("\n")
    assert len(rows) <= 3
    assert max(row.cell_length for row in rows) <= width


def test_the_newest_is_at_the_right() -> None:
    assert sparkline(level(0.0), 3).plain == "▁▁▁"
    assert sparkline(ServiceLevel((None, 0.0, 1.0)), 3).plain == "·▁█"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_round_shows_how_the_customers_fare(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        await play.see("5 % ok")
        await play.see("budget left 84 %")


async def test_a_repair_is_seen_by_the_customers(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.see("✗ many fail")
        play.watcher.customers = customers(outage=0)
        await play.see("✓ all served")


async def test_a_base_without_customers_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        assert isinstance(play.watcher, FakeWatcher)
        play.watcher.customers = Customers(VirtualClock())
        await play.in_round()
        await play.see("no customers seen")
        assert play.app.screen.query_one(CustomersPane).level is None
