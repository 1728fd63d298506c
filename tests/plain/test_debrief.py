"""After a round: the debrief in sections, what can be had of it, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from breakfix.errors import ClusterError
from breakfix.game.model import Debrief, RepairStep
from breakfix.plain.debrief import debrief_lines, diff_lines, repair_lines
from tests.plain.talking import DNS, Line, Talk
from tests.tui.fakes import FakeRound
from tests.tui.samples import dns


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    talk = Talk(tmp_path)
    talk.lobby.solvable = True
    return talk


def after(talk: Talk, *lines: Line) -> str:
    """Solve the round; returns what is said from the debrief on."""
    return talk.in_round("verify", *lines).partition("Debrief of")[2]


@pytest.fixture
async def debrief(talk: Talk) -> Debrief:
    return await FakeRound(dns(), talk.folder, talk.clock).debrief()


def test_the_score_is_told_beside_the_best_and_par(talk: Talk) -> None:
    said = after(talk)
    assert "Score:\nsolved: plus 60, the best other round plus 60, at par plus 60." in said
    assert "Time to detect: 1 minute 5 seconds, in the best other round" in said


async def test_what_was_changed_is_told_with_how_far_it_reached(debrief: Debrief) -> None:
    said = debrief_lines(debrief)
    assert "What you changed: 1 object in namespace kube-system. Known fixes change it too." in said
    assert "Changed ConfigMap coredns in kube-system: 0 lines added, 1 removed." in said


async def test_a_cluster_that_could_not_be_read_is_not_told_as_unchanged(debrief: Debrief) -> None:
    blind = replace(debrief, changes=(), stock_taken=False)
    unknown = "What was changed is not known: the cluster could not be read at the end."
    assert f"What you changed: {unknown}" in debrief_lines(blind)
    assert diff_lines(blind) == [unknown]


def test_changes_are_told_line_by_line(talk: Talk) -> None:
    assert "  removed:     rewrite name catalog.shop" in after(talk, "changes")


def test_fixes_are_told_step_by_step_with_their_commands(talk: Talk) -> None:
    said = after(talk, "fixes")
    assert "Fix 1: " in said
    assert "It changes the object that you changed." in said
    assert "  kubectl -n kube-system rollout restart deployment/coredns\n" in said


async def test_a_command_of_many_lines_stays_one_of_many_lines(debrief: Debrief) -> None:
    command = "kubectl apply -f - <<'EOF'\nkind: Role\nEOF"
    repair = replace(debrief.repairs[0], steps=(RepairStep("apply a Role", command),))
    said = repair_lines(replace(debrief, repairs=(repair,)))
    assert said[1:] == ["apply a Role.", "  kubectl apply -f - <<'EOF'", "  kind: Role", "  EOF"]


@pytest.mark.parametrize(
    ("line", "ending"),
    [("export", "md"), ("export md", "md"), ("EXPORT HTML", "html"), ("export  svg", "svg")],
)
def test_a_debrief_is_exported_with_the_notes(talk: Talk, line: str, ending: str) -> None:
    said = talk.in_round("note one name fails", "verify", line)
    (written,) = (talk.folder / "debriefs").iterdir()
    assert written.suffix == f".{ending}"
    assert f"The debrief was written to\n  {written}\n" in said
    assert ending == "svg" or "one name fails" in written.read_text()


def test_an_export_that_is_none_is_refused_with_those_that_are(talk: Talk) -> None:
    said = after(talk, "export pdf")
    assert "There is no export as pdf. There is md, html, svg and png." in said


def test_an_export_that_the_disk_refuses_says_why_and_asks_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ClusterError("the disk is full", "Make room.")

    monkeypatch.setattr("breakfix.plain.debrief_prompt.export_beside", refuse)
    said = after(talk, "export", "home")
    assert "That did not work: the disk is full\nWhat to do: Make room.\ndebrief> " in said
    assert talk.round.ended


def test_the_line_to_share_has_the_seed_and_not_the_cause(talk: Talk) -> None:
    said = after(talk, "share")
    line = next(line for line in said.splitlines() if '  breakfix "' in line)
    assert "solved after 0 seconds, par 6 minutes, score 80 of 100, seed 7F3K" in line
    assert DNS not in line


def test_it_can_be_read_again(talk: Talk) -> None:
    assert after(talk, "read").count("What happened:") == 2


@pytest.mark.parametrize(
    ("line", "started"),
    [("again", [(DNS, ""), (DNS, "7F3K")]), ("variant", [(DNS, ""), (DNS, "")])],
)
def test_the_round_can_be_played_once_more(
    talk: Talk, line: str, started: list[tuple[str, str]]
) -> None:
    after(talk, line, "leave")
    assert talk.lobby.started == started


@pytest.mark.parametrize("line", ["home", "", "HOME"])
def test_home_puts_the_cluster_back_and_lists_the_rounds(talk: Talk, line: str) -> None:
    said = after(talk, line)
    assert said.index("The cluster is as it was before.") < said.index("rounds by track")


@pytest.mark.parametrize("lines", [("quit",), ("exit",), ()])
def test_leaving_puts_the_cluster_back(talk: Talk, lines: tuple[Line, ...]) -> None:
    said = after(talk, *lines)
    assert "The cluster is as it was before." in said
    assert "rounds by track" not in said


def test_what_could_not_be_put_back_is_named(talk: Talk) -> None:
    def leave_over() -> None:
        talk.round.left_over = ("ConfigMap kube-system/coredns",)

    said = after(talk, leave_over, "home")
    assert "These could not be put back:\nConfigMap kube-system/coredns\n" in said


def test_a_restore_that_fails_says_why_and_the_round_can_be_gone_back_to(talk: Talk) -> None:
    def refuse() -> None:
        talk.round.restore_error = ClusterError("no route", "Start it.")

    said = after(talk, refuse, "home", "continue", "quit")
    assert "That did not work: no route" in said
    assert said.index("no route") < said.index("Going back to your round.")
    assert talk.round.ended


@pytest.mark.parametrize("word", ["9" * 5000, "x" * 100_000, "\x00\x1b[2J", "verify"])
def test_no_line_breaks_the_prompt(talk: Talk, word: str) -> None:
    assert "Type help for all of them." in after(talk, word, "home")


def test_commands_and_exports_are_completed(talk: Talk) -> None:
    after(talk, talk.completes("ch"), talk.completes("export p"))
    assert talk.completed == [["changes"], ["export png"]]
