"""The ladder of hints: what stands on it, what is sold, what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from breakfix.errors import RoundError
from breakfix.game.model import HintView
from breakfix.scenario.hint_commands import blanks, only_reads
from breakfix.tui.screens.hints import HintsScreen, runs
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.words import MINUS
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing

SIZES = [(80, 24), (120, 40), (200, 60)]
GET = "kubectl -n shop get events --sort-by=.lastTimestamp"
POD = "kubectl -n shop debug -it POD --image=busybox:1.36 -- nslookup catalog"


async def on_the_ladder(play: Play) -> None:
    """Open the ladder by its function key."""
    await play.press("f3")
    await play.until(lambda: isinstance(play.app.screen, HintsScreen))


async def back(play: Play) -> None:
    """Wait for the round."""
    await play.until(lambda: isinstance(play.app.screen, RoundScreen))


async def buy(play: Play) -> None:
    """The next rung, and yes."""
    await play.press("y")
    await play.see("Buy a hint?")
    await play.press("y")
    await play.until(lambda: isinstance(play.app.screen, HintsScreen))


def row(play: Play, kind: str) -> str:
    """The line of a rung."""
    rungs = (line for line in play.frame.splitlines() if re.search(rf"│   [✓●○·] {kind} ", line))
    return next(rungs)


async def test_every_rung_has_its_state_and_its_price(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        assert "✓ events" in row(play, "events")
        assert "seen by yourself" in row(play, "events")
        assert "not sold" in row(play, "events")
        assert f"next: y buys it    {MINUS}10 points   score 80 → 70" in row(play, "describe")
        assert f"{MINUS}25" in row(play, "explanation")
        await play.press("escape")
        await back(play)
        assert play.round.bought == []


async def test_what_a_hint_says_is_read_after_it_was_bought(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        assert "The Deployment is as it should be" not in play.frame
        await buy(play)
        await play.see("The Deployment is as it should be")
        assert play.round.bought == [1]
        assert "bought" in row(play, "describe")
        assert "score 70 → 60" in row(play, "logs")
        assert "Solved now: 70 points" in play.frame


async def test_a_bought_hint_can_be_read_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.bought = [1]
        await on_the_ladder(play)
        await play.see("The Deployment is as it should be")


@pytest.mark.parametrize("key", ["enter", "y"])
async def test_every_way_to_buy_asks_once_and_enter_keeps_the_points(
    tmp_path: Path, key: str
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await play.press(key)
        await play.see("The next hint, describe, costs 10 points.")
        await play.see("solved now: 80 → 70")
        await play.press("enter")
        await play.gone("Buy a hint?")
        assert play.round.bought == []
        await play.press(key)
        await play.see("Buy a hint?")
        await play.press("y")
        await play.see("The Deployment is as it should be")
        assert play.round.bought == [1]


async def test_a_look_while_it_is_asked_saves_the_points(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await play.press("y")
        await play.see("Buy a hint?")
        play.round.seen = frozenset({"events", "describe"})
        before = play.round.refreshes
        await play.until(lambda: play.round.refreshes > before + 1)
        await play.press("y")
        await play.see("Meanwhile you have looked there yourself")
        assert play.round.bought == []


async def test_a_free_hint_is_not_asked_about(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        spec = play.round.scenario.spec
        free = tuple(hint.model_copy(update={"price": 0}) for hint in spec.hints)
        play.round.scenario = play.round.scenario.model_copy(
            update={"spec": spec.model_copy(update={"hints": free})}
        )
        await on_the_ladder(play)
        await play.press("y")
        await play.see("The Deployment is as it should be")


async def test_opened_again_it_stands_on_what_was_bought_last(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await buy(play)
        await play.press("f3")
        await back(play)
        await play.press("f3", "enter")
        await back(play)
        await play.until(lambda: "describe deploy/front" in play.terminal.text())
        assert play.round.bought == [1]


async def test_show_me_runs_a_command_that_only_reads(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await buy(play)
        await play.press("s")
        await back(play)
        command = "kubectl -n shop describe deploy/front"
        # The fixed shell is `cat`: what was typed, and what came of Enter.
        await play.until(lambda: play.terminal.text().count(command) == 2)
        assert play.board.in_shell


async def test_show_me_leaves_enter_to_the_learner_where_the_cluster_may_change(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.bought = [1, 2, 3]
        await play.as_game()
        await play.press("s")
        await play.see("Enter runs it.")
        await play.until(lambda: "debug -it" in play.terminal.text())
        assert play.terminal.text().count("debug -it") == 1


async def test_s_without_a_bought_command_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("s")
        await play.see("No hint with a command")


async def test_a_look_of_the_learners_own_ticks_a_rung_while_the_ladder_is_open(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        assert "score 80" in row(play, "describe")
        play.round.seen = frozenset({"events", "describe"})
        await play.until(lambda: "seen by yourself" in row(play, "describe"))
        assert "score 80 → 70" in row(play, "logs")


async def test_the_next_rung_can_be_bought_wherever_one_stands(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await play.press("end")
        await buy(play)
        await play.see("The Deployment is as it should be")
        assert play.round.bought == [1]


async def test_a_rung_further_up_is_not_sold_before_the_next(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await on_the_ladder(play)
        await play.press("end", "enter")
        await play.see("Only a hint that was bought")
        assert play.round.bought == []


async def test_a_refused_hint_says_why(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()

        def refused() -> HintView:
            raise RoundError("the round is over")

        play.round.buy_hint = refused  # type: ignore[method-assign]
        await on_the_ladder(play)
        await play.press("y", "y")
        await play.see("the round is over")


async def test_no_hint_is_left_when_all_are_bought(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.bought = [0, 1, 2, 3, 4]
        await on_the_ladder(play)
        await play.press("y")
        await play.see("There are no more hints to buy.")


@pytest.mark.parametrize(
    ("command", "ran"),
    [
        (GET, True),
        (f"{GET} | grep Warning", True),
        ("kubectl -n shop logs deploy/front --tail=5", True),
        ("kubectl auth can-i get pods --as=system:serviceaccount:shop:pricing", True),
        ("kubectl -n shop logs POD", False),
        ("kubectl -n shop rollout undo deployment/front", False),
        ("kubectl get --raw /api/v1/namespaces/shop/pods/a/proxy/stop", False),
        (POD, False),
    ],
)
def test_only_what_reads_and_is_whole_runs_by_itself(command: str, ran: bool) -> None:
    assert runs(command) is ran


def test_flags_before_the_verb_do_not_hide_it() -> None:
    assert not only_reads("kubectl -n get delete pod/a")


def test_words_in_capitals_are_for_the_learner_to_fill_in() -> None:
    assert blanks(POD) == ["POD"]
    assert blanks("kubectl get pods -A -o custom-columns=NAME:.metadata.name") == []
    assert blanks("kubectl exec a -- printenv HOME") == []


@pytest.mark.parametrize("size", SIZES)
async def test_frames(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        play.lobby.clock.advance(252)
        await play.see("04:12")
        await on_the_ladder(play)
        await buy(play)
        await play.see("The Deployment is as it should be")
        golden(f"hints-{size[0]}x{size[1]}", await play.still())
