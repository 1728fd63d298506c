"""The prompt outside of a round: what is said of the rounds, and how one is chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from breakfix.errors import ClusterError
from tests.plain.talking import DNS, Talk
from tests.tui.samples import dns


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def test_tracks_are_said_with_the_number_of_their_rounds(talk: Talk) -> None:
    assert "9 rounds by track: dns 2, identity 2, network-policy 2" in talk.play()


def test_the_end_of_input_leaves_breakfix(talk: Talk) -> None:
    talk.play()
    assert talk.code == 0


def test_quit_leaves_breakfix(talk: Talk) -> None:
    talk.play("quit", "list")
    assert "Track dns:" not in talk.text


def test_a_list_says_difficulty_and_par_in_words(talk: Talk) -> None:
    said = talk.play("list storage")
    assert ": A claim that waits. Difficulty 1 of 5, par 4 minutes." in said


def test_a_list_of_a_track_has_that_track_alone(talk: Talk) -> None:
    said = talk.play("list storage")
    assert "Track storage:" in said
    assert "Track dns:" not in said


def test_a_track_that_is_none_is_refused_with_those_that_are(talk: Talk) -> None:
    assert "There is no track net. There is dns, identity" in talk.play("list net")


def test_what_was_played_is_said_with_its_best(talk: Talk) -> None:
    said = talk.play("list dns")
    assert "Solved, best score 91, best time 5 minutes 31 seconds." in said


def test_a_search_looks_for_every_word(talk: Talk) -> None:
    said = talk.play("search claim waits")
    assert "1 round found." in said


def test_a_search_without_a_hit_says_so(talk: Talk) -> None:
    assert "0 rounds found." in talk.play("search zebra")


def test_a_number_plays_its_round(talk: Talk) -> None:
    talk.play("1", "leave")
    assert talk.lobby.started == [(DNS, "")]


def test_a_name_and_a_seed_play_that_incident(talk: Talk) -> None:
    talk.play(f"play {DNS} 7F3K", "leave")
    assert talk.lobby.started == [(DNS, "7F3K")]


def test_the_daily_incident_is_played_with_its_seed(talk: Talk) -> None:
    found = talk.lobby.home().daily
    assert found is not None
    talk.play("daily", "leave")
    assert talk.lobby.started == [(found.scenario.metadata.name, found.seed)]


def test_a_round_that_cannot_be_played_says_why(talk: Talk) -> None:
    said = talk.play("play restricted-says-no")
    assert "It needs pod-security: this cluster has Pod Security admission off." in said
    assert talk.lobby.started == []


def test_show_says_what_a_round_teaches(talk: Talk) -> None:
    assert "Objective: Find out why a name does not resolve." in talk.play(f"show {DNS}")


def test_stats_say_how_far_each_track_is(talk: Talk) -> None:
    assert "Track dns: " in talk.play("stats")


def test_a_word_that_is_none_is_told_what_was_meant(talk: Talk) -> None:
    assert "There is no command serch. Did you mean search?" in talk.play("serch dns")


def test_help_says_every_command(talk: Talk) -> None:
    said = talk.play("help")
    assert "play NUMBER or NAME [SEED]: Set a round up and play it." in said


def test_names_are_completed_behind_play(talk: Talk) -> None:
    talk.play(talk.completes("play a-c"))
    assert talk.completed == [["play a-claim-that-waits"]]


def test_an_open_round_is_said_first_and_continued(talk: Talk) -> None:
    talk.play("1", "leave")
    said = talk.play("continue", "leave")
    assert "You have an open round: A name that nobody can find, running, 0 seconds played" in said
    assert "Going back to your round." in said


def test_while_a_round_is_open_no_other_is_begun(talk: Talk) -> None:
    talk.play("1", "leave")
    talk.play("2")
    assert len(talk.lobby.started) == 1


def test_a_round_that_was_cut_off_is_put_back(talk: Talk) -> None:
    talk.lobby.half_set_up = dns()
    assert "The cluster is put back, the round closed." in talk.play("continue")


def test_without_an_open_round_there_is_nothing_to_continue(talk: Talk) -> None:
    assert "No round is open." in talk.play("continue")


def test_a_set_up_that_fails_says_why_and_comes_home(talk: Talk) -> None:
    talk.lobby.start_error = ClusterError("no Docker", "Start it.")
    said = talk.play("1")
    assert "That did not work: no Docker\nWhat to do: Start it.\n" in said
    assert said.endswith("breakfix> \n")


def test_set_up_is_said_step_by_step(talk: Talk) -> None:
    said = talk.play("1", "leave")
    steps = "Applying the shop.\nWaiting until the symptom can be seen.\n"
    assert steps in said


def refuse() -> NoReturn:
    raise ClusterError("the disk is full", "Make room.")


def test_a_lobby_that_cannot_be_opened_is_the_errors_own_end(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "_open", refuse)
    with pytest.raises(ClusterError, match="the disk is full"):
        talk.play("list")


def test_a_home_that_cannot_be_shown_is_not_asked_for_again_and_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk.lobby, "home", refuse)
    with pytest.raises(ClusterError, match="the disk is full"):
        talk.play("list")


def test_a_script_ends_with_the_error_of_the_round_that_its_lines_were_meant_for(
    talk: Talk,
) -> None:
    talk.scripted = True
    talk.lobby.start_error = ClusterError("no Docker", "Start it.")
    with pytest.raises(ClusterError, match="no Docker"):
        talk.play("k delete everything", start=DNS)
    assert "k delete everything" not in talk.text


@pytest.mark.parametrize("line", [f"PLAY   {DNS}\t7F3K", f"play '{DNS}' 7F3K", f"{DNS} 7F3K"])
def test_blanks_quotes_and_capitals_do_not_matter(talk: Talk, line: str) -> None:
    talk.play(line, "leave")
    assert talk.lobby.started == [(DNS, "7F3K")]


@pytest.mark.parametrize("command", ["", "play ", "show ", "list ", "search ", "daily ", "stats "])
@pytest.mark.parametrize(
    "word", ["", "0", "-1", "9" * 5000, "x" * 100_000, "\x00\x1b[2J", "ÿ\ufffd"]
)
def test_no_line_breaks_the_prompt(talk: Talk, command: str, word: str) -> None:
    said = talk.play(f"{command}{word}", "continue", "quit")
    assert "\x1b" not in said
    assert talk.code == 0


@pytest.mark.parametrize(
    ("line", "named"), [("play 99", "99"), ("99", "99"), ("play zebra", "zebra")]
)
def test_a_round_that_there_is_not_is_named(talk: Talk, line: str, named: str) -> None:
    assert f"There is no round {named}." in talk.play(line)


def test_a_command_that_takes_something_is_completed_with_a_blank(talk: Talk) -> None:
    talk.play(talk.completes("se"), talk.completes("dai"))
    assert talk.completed == [["search "], ["daily"]]


def test_tracks_are_completed_behind_list(talk: Talk) -> None:
    talk.play(talk.completes("list s"))
    assert talk.completed == [["list storage"]]


@pytest.mark.parametrize("word", ["quit", "exit", "q", "Quit"])
def test_there_is_more_than_one_word_to_leave(talk: Talk, word: str) -> None:
    assert "Track dns:" not in talk.play(word, "list")


def test_lines_are_wrapped_between_words(tmp_path: Path) -> None:
    talk = replace(Talk(tmp_path), width=40)
    assert max(len(line) for line in talk.play("list").splitlines()) <= 40
