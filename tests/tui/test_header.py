"""The header and the page's score: how a round stands, in words and as a bar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clock import VirtualClock
from breakfix.game.model import RoundView
from breakfix.game.worth import after, seconds_a_point
from breakfix.tui.widgets.page import diagnosis_of, score_of
from breakfix.tui.widgets.round_header import cluster_words, par_bar
from tests.tui.driving import playing
from tests.tui.fakes import open_round

PAR, LIMIT = 360.0, 900.0


@pytest.fixture
def view(tmp_path: Path) -> RoundView:
    """A round that has just begun."""
    return open_round(VirtualClock(), tmp_path).view()


@pytest.mark.parametrize(
    ("elapsed", "bar"),
    [
        (0, "────────"),
        (PAR / 2, "━━━━────"),
        (PAR, "━━━━━━━━"),
        ((PAR + LIMIT) / 2, "━━━━────"),
        (LIMIT, "━━━━━━━━"),
    ],
)
def test_the_bar_fills_up_to_par_and_then_up_to_the_limit(
    view: RoundView, elapsed: float, bar: str
) -> None:
    assert par_bar(replace(view, elapsed=elapsed), 8).plain == bar


def test_the_cluster_is_told_with_its_nodes_where_they_are_known(view: RoundView) -> None:
    assert cluster_words(view) == "kind:breakfix (3 nodes)"
    assert cluster_words(replace(view, nodes=1)) == "kind:breakfix (1 node)"
    assert cluster_words(replace(view, nodes=0)) == "kind:breakfix"


def test_the_page_says_what_solving_it_now_would_give(view: RoundView) -> None:
    assert "80 if it is solved now" in score_of(view, 38).plain
    assert "behind par" not in score_of(view, 38).plain
    late = score_of(replace(view, elapsed=PAR + 1), 38).plain
    assert "a point less every 18 s" in " ".join(late.split())


def test_the_page_says_what_a_diagnosis_is_worth(view: RoundView) -> None:
    assert "+15 before you change anything, +10 after" in one_line(diagnosis_of(view, 90).plain)
    changed = replace(view, changed=True)
    assert "+10 now: you have changed something" in one_line(diagnosis_of(changed, 90).plain)


def one_line(text: str) -> str:
    """Text as one paragraph."""
    return " ".join(text.split())


@given(st.integers(0, 100))
def test_a_price_never_costs_more_than_there_is(price: int) -> None:
    found = open_round(VirtualClock(), Path()).view()
    assert after(found, -price) == max(0, found.score.total - price)


def test_thirty_points_go_between_par_and_limit(view: RoundView) -> None:
    assert seconds_a_point(view) * 30 == LIMIT - PAR


async def test_a_small_header_keeps_title_clock_and_score(tmp_path: Path) -> None:
    async with playing(tmp_path, (80, 24)) as play:
        await play.in_round()
        head = play.frame.splitlines()[0]
        parts = ("A name that nobody can find", "00:00/06:00", "score 80")
        assert all(part in head for part in parts)
        assert "dns-rewrite" not in play.frame
