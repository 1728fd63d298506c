"""Home: everything there is, from a history read once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from breakfix.game.home import Home
from breakfix.game.repetition import schedule
from breakfix.store.history import History
from tests.game.learning import NOW, listing, past
from tests.game.shop import World, edited, write_pack
from tests.unit.clusters_fakes import no_progress

EMPTY = Home((), None, None, (), (), first_run=True)


async def solve(world: World) -> None:
    """Play the round of the world to its end."""
    playing = await world.start()
    world.repair()
    assert (await playing.verify(lambda _: None)).passed
    await playing.debrief()
    await playing.end(no_progress)
    await playing.leave()


def test_a_new_history_is_a_first_run(world: World) -> None:
    home = world.lobby().home()
    assert home.first_run
    assert (home.solved, home.due, home.open_round) == (0, (), None)
    assert [(m.track, m.word) for m in home.tracks] == [("dns", "new")]
    assert home.first_round is not None
    assert home.first_round.scenario.metadata.name == "lost-catalogue"


async def test_a_round_in_play_is_open_and_no_first_run_any_more(world: World) -> None:
    playing = await world.start()
    await playing.leave()
    home = world.lobby().home()
    assert home.open_round is not None
    assert not home.first_run
    assert home.due == ()
    assert home.listings[0].plays == 0


async def test_a_solved_round_is_mastery_and_comes_back(world: World) -> None:
    await solve(world)
    home = world.lobby().home()
    (dns,) = home.tracks
    assert (dns.solved, dns.best, dns.percent) == (1, 85, 85)
    assert [due.scenario for due in home.due] == ["lost-catalogue"]
    assert home.due_of["lost-catalogue"].days > 0
    assert (home.solved, home.due_today, home.open_round) == (1, (), None)


async def test_rounds_of_a_pack_that_is_gone_are_left_out(world: World) -> None:
    await solve(world)
    other = edited(("name: lost-catalogue", "name: other"))
    world.catalogue = write_pack(world.settings.data_dir.parent / "another", other)
    home = world.lobby().home()
    assert [x.scenario.metadata.name for x in home.listings] == ["other"]
    assert (home.due, home.first_run) == ((), False)
    assert home.daily is not None
    assert home.daily.scenario.metadata.name == "other"


def test_the_daily_incident_is_of_the_day_that_the_clock_tells(world: World) -> None:
    daily = world.lobby().home().daily
    assert daily is not None
    assert (daily.day, daily.variants, daily.played) == (world.clock.now().date(), 1, None)
    assert daily.lacking == {}


async def test_the_daily_incident_remembers_its_result(world: World) -> None:
    daily = world.lobby().home().daily
    assert daily is not None
    playing = await world.lobby().start(daily.scenario.metadata.name, daily.seed, no_progress)
    playing.give_up()
    await playing.leave()
    found = world.lobby().home().daily
    assert found is not None
    assert found.played is not None
    assert found.played.outcome == "given up"


def test_the_whole_history_is_read_in_one_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: History, round_id: str) -> None:
        raise AssertionError(f"round {round_id} was read by itself")

    monkeypatch.setattr(History, "events", never)
    assert world.lobby().home().listings


# -- what follows from it ---------------------------------------------------------------


def test_the_first_round_is_the_easiest_that_can_be_played() -> None:
    rounds = (
        listing("hard", difficulty=3),
        listing("long", difficulty=1, par=600),
        listing("short", difficulty=1, par=300),
        listing("not-here", difficulty=1, par=60, lacking={"audit": "none"}),
    )
    first = replace(EMPTY, listings=rounds).first_round
    assert first is not None
    assert first.scenario.metadata.name == "short"
    assert EMPTY.first_round is None


def test_next_due_is_the_most_overdue_that_can_be_played_here() -> None:
    rounds = (listing("gone", lacking={"audit": "none"}), listing("old"), listing("older"))
    history = (past("gone", 60, 60), past("older", 50, 60), past("old", 40, 60))
    home = replace(EMPTY, listings=rounds, due=schedule(history, NOW))
    assert [due.scenario for due in home.due_today] == ["gone", "older", "old"]
    assert home.next_due is not None
    assert home.next_due.scenario.metadata.name == "older"
    assert EMPTY.next_due is None


def test_unsolved_are_those_that_can_be_played() -> None:
    rounds = (
        listing("solved", best=80),
        listing("lacking", lacking={"audit": "none"}),
        listing("one"),
        listing("two", plays=2),
    )
    home = replace(EMPTY, listings=rounds)
    assert [x.scenario.metadata.name for x in home.unsolved] == ["one", "two"]
