"""The score: exactly as docs/scoring.md says, and the same from the log at any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.game.model import DiagnosisView, State
from breakfix.game.record import Record, fold
from breakfix.game.scoring import score
from tests.game.shop import World
from tests.game.test_round_life import unseen
from tests.unit.clusters_fakes import no_progress

DOCS = Path(__file__).parents[2] / "docs" / "scoring.md"
START = datetime(2026, 1, 1, tzinfo=UTC)
OUTCOMES = {str(s): s for s in (State.SOLVED, State.GIVEN_UP, State.TIMED_OUT)}


def examples() -> list[list[str]]:
    """The rows of the table of worked examples."""
    table = DOCS.read_text("utf-8").split("## Worked examples")[1].split("| Example")[1]
    lines = table.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def record(
    outcome: State | None, seconds: float, diagnosis: str = "none", hints: int = 0,
    wrong: int = 0, unexpected: int = 0, par: float = 300, limit: float = 1200,
) -> Record:  # fmt: skip
    now = START + timedelta(seconds=seconds)
    view = None
    if diagnosis != "none":
        component, fault, when = diagnosis.split(", ")
        view = DiagnosisView("c", "f", component == "right", fault == "right", when == "before")
    return Record(
        (), outcome or State.RUNNING, outcome, par, limit, START, now if outcome else None,
        diagnosis=view, hint_cost=hints, wrong_verifies=wrong, unexpected_changes=unexpected,
    )  # fmt: skip


@pytest.mark.parametrize("row", examples(), ids=lambda row: row[0])
def test_the_worked_examples_of_the_page_are_what_the_code_computes(row: list[str]) -> None:
    _, outcome, time, diagnosis, hints, wrong, unexpected, *parts, total = row
    minutes, seconds = map(int, time.split(":"))
    play = minutes * 60 + seconds
    found = record(OUTCOMES.get(outcome), play, diagnosis, int(hints), int(wrong), int(unexpected))
    computed = score(found, START + timedelta(seconds=play))
    assert [points for _, points, _ in computed.parts] == [int(p) for p in parts]
    assert computed.total == int(total)


@pytest.mark.parametrize(
    ("seconds", "points"),
    [(0, 30), (300, 30), (301, 30), (750, 15), (1199, 0), (1200, 0), (5000, 0)],
)
def test_speed_falls_in_a_straight_line_from_par_to_the_limit(seconds: int, points: int) -> None:
    parts = score(record(State.SOLVED, seconds), START).parts
    assert dict((name, value) for name, value, _ in parts)["speed"] == points  # noqa: C402


def test_a_failed_round_has_no_points() -> None:
    assert score(record(State.FAILED, 0, "right, right, before"), START).total == 0


@given(
    seconds=st.floats(0, 3000),
    outcome=st.sampled_from([None, *OUTCOMES.values(), State.FAILED]),
    diagnosis=st.sampled_from(["none", "right, right, before", "wrong, right, after"]),
    hints=st.integers(0, 500),
    wrong=st.integers(0, 50),
    unexpected=st.integers(0, 50),
)
def test_the_total_is_always_from_0_to_100(
    seconds: float, outcome: State | None, diagnosis: str, hints: int, wrong: int, unexpected: int
) -> None:
    found = record(outcome, seconds, diagnosis, hints, wrong, unexpected)
    assert 0 <= score(found, START + timedelta(seconds=seconds)).total <= 100


@given(slower=st.floats(0, 2000), faster=st.floats(0, 2000), hints=st.integers(0, 100))
def test_being_quicker_or_buying_less_never_costs(slower: float, faster: float, hints: int) -> None:
    faster, slower = sorted((faster, slower))
    good, bad = record(State.SOLVED, faster), record(State.SOLVED, slower, hints=hints)
    assert score(good, START).total >= score(bad, START).total


async def played(world: World) -> None:
    """Diagnosis, a hint of 5, a wrong verify, one object too many; solved in 148 s."""
    found = await world.start()
    await found.diagnose("the front", "wrong configuration")
    found.buy_hint()
    await found.verify(unseen)  # 8 s
    world.clock.advance(140)
    world.repair()
    meta = {"name": "forgotten", "namespace": "kube-system"}
    world.kubernetes.create({"apiVersion": "v1", "kind": "Secret", "metadata": meta})
    await found.verify(unseen)  # 3 s
    await found.end(no_progress)


async def test_the_parts_of_a_played_round(world: World) -> None:
    await played(world)
    found = world.lobby().debrief_of(None).view.score
    assert found.parts == (
        ("repair", 40, "verified by behaviour"),
        ("speed", 19, "02:28, par 01:00"),
        ("diagnosis", 15, "component right, fault right, before anything was changed"),
        ("care", 7, "1 wrong verify, 1 object too many"),
        ("hints", -5, "1 bought"),
    )
    assert (found.version, found.total) == (1, 76)


async def test_the_score_is_the_same_from_the_file_a_year_later(world: World) -> None:
    await played(world)
    before = world.lobby().past()
    world.new_process()
    world.clock.advance(365 * 86400)
    assert world.lobby().past() == before
    assert before[0].score == 76


async def test_a_record_needs_nothing_but_the_events(world: World) -> None:
    await played(world)
    events = world.events()
    found = fold(events)
    assert (found.state, found.outcome) == (State.ENDED, State.SOLVED)
    assert found.elapsed(START) == 148
    assert fold(events) == replace(found)


async def test_the_best_result_of_several_is_listed(world: World) -> None:
    await played(world)
    found = await world.start()
    world.clock.advance(20)
    world.repair()
    await found.verify(unseen)
    await found.end(no_progress)
    third = await world.start()
    third.give_up()
    await third.end(no_progress)
    listing = world.lobby().listings()[0]
    assert (listing.plays, listing.best_score, listing.best_time) == (3, 85, 20)
