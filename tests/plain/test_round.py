"""The prompt of a round: each command, and what goes on beside it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import NoReturn

import pytest

from breakfix.clusters.customers import Customers
from breakfix.clusters.live_picture import Link, Picture
from breakfix.errors import ClusterError, RoundError
from breakfix.game.model import State
from breakfix.game.service_level import ServiceLevel
from breakfix.plain.commands import ROUND
from breakfix.plain.customers import customer_lines
from breakfix.plain.words import brief_lines
from tests.plain.talking import DNS, Line, Talk
from tests.tui.debriefs import LOOKUP, SHOWS
from tests.tui.fakes import FakeRound, FakeWatcher
from tests.tui.samples import dns

PATIENCE = 10.0


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def until(so: Callable[[], object]) -> Line:
    """A moment that lasts until it is so."""

    def wait() -> None:
        end = monotonic() + PATIENCE
        while not so():
            assert monotonic() < end, "never came to be"
            sleep(0.002)

    return wait


def interrupt() -> None:
    """Ctrl-C."""
    raise KeyboardInterrupt


# -- what can be heard ----------------------------------------------------------------


def test_a_round_begins_with_its_page_and_clock(talk: Talk) -> None:
    said = talk.play(start=DNS)
    assert "14:02  The front page loads, but every product list is empty." in said
    assert "0 seconds played, par is 6 minutes." in said


def test_the_head_of_a_page_is_a_sentence_of_its_own(talk: Talk) -> None:
    page = "07:58  PAGE  shop / checkout down\nLast night the shop was set up\nafresh."
    spec = dns().spec.model_copy(update={"brief": page})
    view = replace(
        FakeRound(dns(), talk.folder, talk.clock).view(),
        scenario=dns().model_copy(update={"spec": spec}),
    )
    assert brief_lines(view) == [
        "07:58 PAGE shop / checkout down.",
        "Last night the shop was set up afresh.",
    ]


def test_the_brief_can_be_heard_again(talk: Talk) -> None:
    assert "Customers began to complain" in talk.in_round("brief")


def test_objectives_are_counted(talk: Talk) -> None:
    assert "Objective 1 of 2: Find out why a name does not resolve." in talk.in_round("objectives")


def test_status_says_how_the_customers_fare_and_what_is_left_of_their_budget(talk: Talk) -> None:
    said = talk.in_round("status")
    assert "percent of requests served in the last 20 seconds. " in said
    assert "percent of the error budget is left.\n" in said


def test_status_without_customers_says_nothing_of_them(talk: Talk) -> None:
    talk.watcher.customers = Customers(talk.clock)
    assert "Customers:" not in talk.in_round("status")


@pytest.mark.parametrize(
    ("level", "line"),
    [
        (ServiceLevel(budget=0.61),
         "nobody asked in the last 20 seconds. 61 percent of the error budget is left."),
        (ServiceLevel(share=0.5, of=(("load", 0.999), ("app", 0.0)), budget=0.0),
         "50 percent of requests served in the last 20 seconds: load 99 percent and app 0 "
         "percent. 0 percent of the error budget is left."),
    ],
)  # fmt: skip
def test_customers_are_told_in_sentences(level: ServiceLevel, line: str) -> None:
    assert customer_lines(level) == [f"Customers: {line}"]


def test_status_says_clock_par_and_score(talk: Talk) -> None:
    said = talk.in_round(lambda: talk.clock.advance(72), "status")
    assert "The round is running. 1 minute 12 seconds played, par is 6 minutes." in said
    assert "difficulty 2 of 5" in said
    assert "Score now 80 of 100: solved plus 60, time plus 20" in said


def test_the_map_is_said_by_namespace(talk: Talk) -> None:
    said = talk.in_round("map")
    assert "Namespace shop:\nDeployment catalog: 2 of 2 pods ready." in said
    assert "pod pod-1 is CrashLoopBackOff, 0 of 1 containers ready, 3 restarts." in said
    assert "Namespace kube-system:" in said


def test_the_map_of_one_namespace_has_that_alone(talk: Talk) -> None:
    assert "kube-system" not in talk.in_round("map shop")


def test_events_are_said_with_the_newest_last(talk: Talk) -> None:
    said = talk.in_round("events 1")
    assert "1 event of 3, the newest last:" in said
    assert "Warning, BackOff, pod/front-7c9f8d-x2x7q in shop, 3 times: Back-off" in said


def test_events_with_a_word_are_those_alone(talk: Talk) -> None:
    assert "1 event of 1, the newest last:" in talk.in_round("events scaling")


def test_no_line_moves_the_cursor_or_has_colour(talk: Talk) -> None:
    talk.lobby.solvable = True
    lines = ("help", "status", "map", "events", "hints", "checks", "hint", "y", "verify", "changes")
    assert "\x1b" not in talk.play(*lines, start=DNS)


def test_signs_are_said_in_words(talk: Talk) -> None:
    lines = ("status", "map", "hints", "verify", "give up", "yes", "changes")
    assert set("●○✓✗▣▢◌▁█·\N{EN DASH}\N{MINUS SIGN}") & set(talk.play(*lines, start=DNS)) == set()


# -- what the game offers -------------------------------------------------------------


def test_a_hint_tells_its_price_and_is_bought_with_a_yes(talk: Talk) -> None:
    said = talk.in_round("hint", "yes")
    assert "It costs 10 points: the score goes from 80 to 70." in said
    assert said.index("costs 10") < said.index("Its command:\n  kubectl -n shop describe")
    assert talk.round.bought == [1]


@pytest.mark.parametrize("answer", ["no", ""])
def test_a_hint_is_not_bought_without_a_yes(talk: Talk, answer: str) -> None:
    assert "Nothing was bought." in talk.in_round("hint", answer)
    assert talk.round.bought == []


def test_an_answer_that_is_neither_is_asked_again(talk: Talk) -> None:
    assert "Please type yes or no." in talk.in_round("hint", "maybe", "yes")
    assert talk.round.bought == [1]


def test_hints_say_what_was_seen_and_what_the_others_cost(talk: Talk) -> None:
    said = talk.in_round("hints")
    assert "Hint 1, events: you have looked there already." in said
    assert "Hint 2, describe: costs 10 points." in said


def test_a_hint_that_was_looked_at_meanwhile_is_not_bought_at_anothers_price(talk: Talk) -> None:
    def look() -> None:
        talk.round.seen |= {"describe"}

    assert "nothing was bought. Type hint" in talk.in_round("hint", look, "yes")
    assert talk.round.bought == []


def test_a_script_is_told_the_command_that_a_person_finds_on_the_line(talk: Talk) -> None:
    talk.scripted = True
    said = talk.in_round("hint", "yes", "show me")
    assert "Type it to run it:\n  kubectl -n shop describe deploy/front\n" in said


def test_show_me_puts_the_command_on_the_line(talk: Talk) -> None:
    talk.in_round("hint", "yes", "show me")
    assert talk.offered == ["kubectl -n shop describe deploy/front"]


def test_a_diagnosis_is_chosen_by_number_and_by_name(talk: Talk) -> None:
    said = talk.in_round("diagnose", "1", "rewrite")
    assert "Diagnosis: component CoreDNS, right; fault wrong rewrite, right." in said


def test_a_diagnosis_says_what_it_gives(talk: Talk) -> None:
    assert "it gives 15 points before you change anything, 10 points after" in talk.in_round(
        "diagnose"
    )


def test_a_diagnosis_after_a_change_gives_less(talk: Talk) -> None:
    def change() -> None:
        talk.round.changed = True

    assert "it gives 10 points, as you have changed something" in talk.in_round(change, "diagnose")


def test_a_diagnosis_does_not_list_the_answer_first(talk: Talk) -> None:
    said = talk.in_round("diagnose")
    listed = [line.partition(": ")[2] for line in said.splitlines() if line[:1].isdecimal()]
    assert listed == sorted(listed)


def test_a_diagnosis_asks_again_where_it_could_be_several(talk: Talk) -> None:
    said = talk.in_round("diagnose", "the", "CoreDNS", "wrong", "wrong rewrite")
    assert "That could be the catalog Service and the front Deployment." in said
    assert "That could be wrong rewrite and wrong selector." in said


def test_a_diagnosis_can_be_gone_back_from(talk: Talk) -> None:
    assert "No diagnosis was given." in talk.in_round("diagnose", "1", "")
    assert talk.round.diagnosis is None


def test_a_diagnosis_is_given_once(talk: Talk) -> None:
    said = talk.in_round("diagnose", "1", "1", "diagnose")
    assert said.count("Which component?") == 1


def test_verify_says_each_result_once_and_then_the_verdict(talk: Talk) -> None:
    said = talk.in_round("verify")
    line = (
        'Check Customers get products: does not pass. Expected 200 "products". '
        "Saw 502 name does not resolve.\n"
    )
    assert said.count(line) == 1
    assert "Not solved yet. 2 of 5 do not pass: Customers get products and The catalogue" in said


def test_checks_say_the_last_verify_again(talk: Talk) -> None:
    assert "No verify yet." in talk.in_round("checks")
    assert talk.in_round("verify", "checks").count("Check Other names resolve: passes.") == 2


def test_a_verify_that_passes_goes_on_to_the_debrief(talk: Talk) -> None:
    talk.lobby.solvable = True
    said = talk.in_round("verify", "home")
    assert "All pass. Now they must hold for 5 seconds." in said
    assert "Solved. All 5 checks and guards held for 5 seconds." in said
    assert said.index("Debrief of dns-rewrite-eats-a-name") < said.index("Putting ConfigMap")


def test_the_debrief_says_what_it_did_for_the_mastery_of_the_track(talk: Talk) -> None:
    talk.lobby.solvable = True
    said = talk.in_round("verify", "home")
    assert "Mastery of dns rose from 62 to 70 percent. This round is due in 9 days.\n" in said


def test_the_debrief_says_one_command_and_what_to_look_for(talk: Talk) -> None:
    talk.lobby.solvable = True
    said = talk.in_round("verify", "home")
    assert f"One command that shows it:\n  {LOOKUP}\nLook in its answer for: {SHOWS}\n" in said


def test_notes_are_kept_and_read(talk: Talk) -> None:
    assert "No notes yet." in talk.in_round("notes")
    assert "only one name fails" in talk.in_round("note only one name fails", "notes")
    assert (talk.folder / "notes" / "round-1.md").read_text() == "only one name fails\n"


# -- every line that can be typed -----------------------------------------------------

ODD = ("", "0", "-1", "9" * 5000, "x" * 100_000, "\x00\x1b[2J", "'", "ÿ\ufffd", "$(x)")


@pytest.mark.parametrize("command", [command.name for command in ROUND])
@pytest.mark.parametrize("word", ODD)
def test_no_argument_breaks_a_command(talk: Talk, command: str, word: str) -> None:
    said = talk.in_round(f"{command} {word}", "9" * 5000, "\x1b[2J")
    assert "\x1b" not in said
    assert talk.code == 0
    assert talk.round.let_go


@pytest.mark.parametrize("word", ODD)
def test_no_answer_breaks_a_choice(talk: Talk, word: str) -> None:
    talk.in_round("diagnose", word, "1", word)
    assert talk.code == 0


@pytest.mark.parametrize("line", ["GIVE   up", "give-up", "giveup now", "give\tup"])
def test_two_words_are_one_command_however_they_are_typed(talk: Talk, line: str) -> None:
    talk.in_round(line, "yes", "home")
    assert talk.round.state is State.GIVEN_UP


def test_what_a_cluster_says_does_not_steer_the_terminal(talk: Talk) -> None:
    def inject() -> None:
        assert talk.watcher.changed is not None
        event = replace(talk.watcher.picture.events[0], message="\x1b[2Jgone\x9b\x07")
        talk.watcher.changed(replace(talk.watcher.picture, events=(event,)))

    said = talk.in_round(until(lambda: talk.watcher.changed), inject, "events")
    assert "[2Jgone" in said
    assert not {"\x1b", "\x9b", "\x07"} & set(said)


# -- the learner's own commands -------------------------------------------------------


@pytest.mark.parametrize("line", ["k get pods", "kubectl -n shop get pods | sort", "ls -l"])
def test_a_line_of_the_learner_is_run_as_it_is(talk: Talk, line: str) -> None:
    talk.in_round(line)
    assert talk.shell.ran == [line]


def test_an_exclamation_mark_runs_what_is_a_command_of_the_game(talk: Talk) -> None:
    talk.in_round("!status")
    assert talk.shell.ran == ["status"]


def test_an_exit_code_is_said(talk: Talk) -> None:
    talk.shell.code = 3
    assert "Exit code 3." in talk.in_round("k get nothing")


def test_a_word_that_no_shell_knows_is_not_run(talk: Talk) -> None:
    assert "There is no command verfy. Did you mean verify?" in talk.in_round("verfy")
    assert talk.shell.ran == []


def test_shell_opens_the_shell_and_comes_back(talk: Talk) -> None:
    assert "Your shell. Type exit to come back.\nBack in the round." in talk.in_round("shell")
    assert talk.shell.ran == ["a shell"]


def test_commands_are_completed(talk: Talk) -> None:
    talk.in_round(talk.completes("ob"), talk.completes("he"))
    assert talk.completed == [["objectives"], ["help"]]


# -- the clock and the end ------------------------------------------------------------


def test_in_a_pause_only_going_on_and_out_work(talk: Talk) -> None:
    said = talk.in_round("pause", "k get pods", "brief", "resume", "k get nodes")
    assert said.count("The round is paused. Type resume to go on.") == 3
    assert talk.shell.ran == ["k get nodes"]


def test_a_pause_has_a_prompt_of_its_own(talk: Talk) -> None:
    assert "paused> " in talk.in_round("pause", "resume")


def test_going_on_without_a_pause_says_so(talk: Talk) -> None:
    assert "The round is not paused." in talk.in_round("resume")


@pytest.mark.parametrize(
    ("lines", "clock"), [(("leave",), "goes on"), (("pause", "leave"), "stands"),
                         (("pause",), "stands"), (("exit",), "goes on")],
)  # fmt: skip
def test_leaving_says_whether_the_clock_runs(
    talk: Talk, lines: tuple[Line, ...], clock: str
) -> None:
    assert f"The round stays open and its clock {clock}." in talk.in_round(*lines)


def test_giving_up_asks_and_goes_on_to_the_debrief(talk: Talk) -> None:
    said = talk.in_round("give up", "yes", "home")
    assert "Given up after 0 seconds" in said
    assert talk.round.ended


def test_giving_up_can_be_thought_better_of(talk: Talk) -> None:
    talk.in_round("give up", "no")
    assert talk.round.state is State.RUNNING


@pytest.mark.parametrize("lines", [("leave",), ()])
def test_leaving_and_the_end_of_input_keep_the_round_open(
    talk: Talk, lines: tuple[Line, ...]
) -> None:
    said = talk.in_round(*lines)
    assert "The round stays open" in said
    assert talk.round.let_go
    assert not talk.round.ended
    assert talk.code == 0


def test_end_puts_the_cluster_back_without_a_debrief(talk: Talk) -> None:
    said = talk.in_round("end", "yes")
    assert "Putting ConfigMap kube-system/coredns back.\n" in said
    assert "Debrief" not in said
    assert talk.round.ended


def test_ctrl_c_at_the_prompt_loses_nothing(talk: Talk) -> None:
    said = talk.in_round(interrupt, "status", "leave")
    assert "Stopped. Type leave to leave the round." in said
    assert "The round is running." in said


def test_time_that_is_up_is_told_at_once_and_the_next_line_is_not_run(talk: Talk) -> None:
    limit = 360.0 * 2.5

    def let_it_pass() -> None:
        talk.clock.advance(limit + 1)

    heard = until(lambda: "Time is up. Press Enter at the prompt" in talk.text)
    said = talk.in_round(let_it_pass, heard, "k delete everything", "home")
    assert talk.shell.ran == []
    assert "Timed out after" in said


def test_a_verify_says_itself_how_the_round_ends(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verify(watch: object) -> NoReturn:
        talk.clock.advance(360.0 * 2.5 + 1)
        seen = talk.round.refreshes
        while talk.round.refreshes == seen:  # noqa: ASYNC110 - the fake counts
            await asyncio.sleep(0)
        raise RoundError("time is up")

    def slow() -> None:
        monkeypatch.setattr(talk.round, "verify", verify)

    said = talk.in_round(slow, "verify", "home")
    assert "That did not work: time is up\n" in said
    assert "Press Enter" not in said


def test_a_lost_cluster_is_told_with_what_to_do(talk: Talk) -> None:
    def lose() -> None:
        assert talk.watcher.changed is not None
        talk.watcher.changed(Picture(link=Link.LOST, trouble="connection refused"))

    def find() -> None:
        assert talk.watcher.changed is not None
        talk.watcher.changed(Picture(link=Link.LIVE))

    heard = until(lambda: talk.watcher.changed)
    said = talk.in_round(heard, lose, find, "leave")
    assert "The cluster does not answer any more: connection refused. Your round is kept" in said
    assert "`breakfix round end --lost` closes the round." in said
    assert said.index("does not answer") < said.index("The cluster answers again.")


def test_what_the_game_refuses_is_said_and_the_round_goes_on(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ClusterError("the disk is full", "Make room.")

    def break_it() -> None:
        monkeypatch.setattr(talk.round, "pause", refuse)

    said = talk.in_round(break_it, "pause", "status", "leave")
    assert "That did not work: the disk is full\nWhat to do: Make room." in said
    assert "The round is running." in said


def test_a_history_that_cannot_be_read_is_told_line_by_line_and_can_be_left(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> NoReturn:
        raise ClusterError("the disk is gone", "Bring it back.")

    def break_it() -> None:
        monkeypatch.setattr(talk.round, "view", refuse)

    said = talk.in_round(break_it, "brief", "leave")
    assert "That did not work: the disk is gone\nWhat to do: Bring it back." in said
    assert said.count("the disk is gone") < 9
    assert "The round stays open" in said


def test_a_listener_that_is_gone_leaves_the_round_open(talk: Talk) -> None:
    def nobody_reads() -> None:
        raise BrokenPipeError

    said = talk.in_round("status", nobody_reads, "give up", "yes")
    assert "The round stays open" in said
    assert talk.round.let_go
    assert talk.round.state is State.RUNNING


def test_a_signal_at_home_says_nothing_of_a_round(talk: Talk) -> None:
    said = talk.play(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert "stays open" not in said
    assert talk.code == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_round_open(talk: Talk, number: signal.Signals) -> None:
    said = talk.in_round(lambda: os.kill(os.getpid(), number))
    assert "The round stays open" in said
    assert talk.code == 128 + number
    assert talk.round.let_go
    assert not talk.round.ended


def test_a_second_signal_does_not_cut_the_leaving_off(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = []

    async def leave() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)  # time for the signal to arrive in the other thread
        left.append("in order")

    def end() -> None:
        monkeypatch.setattr(talk.round, "leave", leave)
        os.kill(os.getpid(), signal.SIGTERM)

    talk.in_round(end)
    assert left == ["in order"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_verify_that_is_cut_off_is_cancelled(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    cancelled = []

    async def verify(watch: object) -> None:
        os.kill(os.getpid(), number)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    def slow() -> None:
        monkeypatch.setattr(talk.round, "verify", verify)

    talk.in_round(slow, "verify", "leave")
    assert cancelled == [number]
    assert talk.round.let_go


class BrokenWatcher(FakeWatcher):
    """Shows one picture and breaks."""

    async def run(self, changed: Callable[[Picture], None]) -> None:
        changed(self.picture)
        raise KeyError("spec")


def test_a_watch_that_breaks_is_told_and_the_round_goes_on(talk: Talk) -> None:
    talk.watcher = BrokenWatcher()

    def wait() -> None:
        until = monotonic() + 5
        while "stopped watching" not in talk.text and monotonic() < until:
            sleep(0.01)

    text = talk.play(wait, "status", start=DNS)
    assert "stopped watching the cluster by an error of its own (KeyError: 'spec')" in text
    assert "Score" in text.partition("stopped watching")[2]
