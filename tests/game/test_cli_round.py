"""A whole round by commands, each a process of its own, on a fake cluster."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from breakfix.cli import main
from breakfix.cli.names import complete_round
from breakfix.game.lobby import GameLobby
from tests.game.shop import World


class Commands:
    """Runs `breakfix round ...` on a world."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self._capsys = capsys
        self.err = ""

    def text(self, *arguments: str, code: int = 0) -> str:
        self.world.new_process()
        self._capsys.readouterr()
        assert main.run(["round", *arguments]) == code
        out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.err
        return out

    def of(self, *arguments: str, code: int = 0) -> Any:
        """Any other command of breakfix, as JSON."""
        self.world.new_process()
        self._capsys.readouterr()
        assert main.run([*arguments, "--json"]) == code
        return json.loads(self._capsys.readouterr().out)

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.text(*arguments, "--json", code=code))


@pytest.fixture
def commands(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    def lobby(cluster: str = "auto") -> GameLobby:
        return world.lobby()

    monkeypatch.setattr("breakfix.cli.round.lobby", lobby)
    return Commands(world, capsys)


def test_a_round_from_start_to_end_in_json(commands: Commands) -> None:
    started = commands("start", "lost-catalogue", "--seed", "abcd")
    assert (started["state"], started["seed"], started["cluster"]) == ("running", "ABCD", "kind:a")
    assert started["kubeconfig"] == str(commands.world.cluster.kubeconfig)

    bought = commands("hint")
    assert (bought["evidence"], bought["say"]) == ("events", "Is anything failing")

    options = commands("diagnose")
    assert options["component"] == ["the front", "CoreDNS", "the network"]
    right = commands("diagnose", "--component", "the front", "--fault", "wrong configuration")
    assert right["component_right"]
    assert right["fault_right"]

    assert commands("pause")["state"] == "paused"
    assert commands("resume")["state"] == "running"

    assert commands("check", code=1)["passed"] is False
    commands.world.repair()
    assert commands("check")["passed"] is True

    told = commands("debrief")
    assert told["round"]["score"]["total"] == 90
    assert told["oneCommand"] == "kubectl -n shop get configmap front -o yaml"
    assert told["oneCommandShows"] == "UPSTREAM: nowhere"
    assert told["changes"][0]["name"] == "front"
    assert (told["learnt"]["before"], told["learnt"]["after"]) == (0, 0.9)
    assert told["learnt"]["due"]["words"].startswith("due in ")

    assert commands("end") == {"closed": True, "left": []}
    assert commands("status") == {"state": None, "message": "no round is open"}
    later = commands("debrief")
    assert later["round"]["state"] == "ended"
    assert later["timeline"] == told["timeline"]


def test_a_round_for_people(commands: Commands) -> None:
    text = commands.text("start", "lost-catalogue", "--seed", "abcd")
    assert "running: 00:00 of par 01:00, limit 05:00; score 85" in text
    assert f"export KUBECONFIG={commands.world.cluster.kubeconfig}" in text
    assert "ok Clearing the stage" in commands.err
    assert "[events, -5] Is anything failing\n  $ kubectl -n shop get events" in commands.text(
        "hint", "--yes"
    )
    text = commands.text("check", code=1)
    assert '✗ Customers get products: expected 200 "products", saw 502 no such upstream' in text
    assert "Not solved yet. Held 0.0 of 3 s." in text
    commands.world.repair()
    assert "Solved. Held 3.0 of 3 s." in commands.text("check")
    text = commands.text("debrief")
    assert "changed ConfigMap shop/front" in text
    assert "mastery dns 0 → " in text
    assert "$ kubectl -n shop get configmap front -o yaml\n  shows: UPSTREAM: nowhere" in text
    assert "ConfigMaps: https://kubernetes.io/docs/" in text
    assert "the cluster is as it was" in commands.text("end")


def test_each_command_lets_the_cluster_go(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    for command in ("status", "hint", "pause", "resume", "give-up", "debrief"):
        commands(command)
        assert commands.world.held == 0, command


def test_a_command_that_fails_lets_the_cluster_go(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    commands("pause")
    commands("check", code=2)
    assert commands.world.held == 0


def test_a_debrief_before_the_end_is_refused(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    assert commands("debrief", code=2)["error"] == "the round is not over"


def test_a_second_start_is_refused(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    assert "a round is open" in commands("start", "lost-catalogue", code=2)["error"]


def test_a_diagnosis_that_is_no_choice_is_refused_with_the_choices(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    found = commands("diagnose", "--component", "moon", "--fault", "no disk", code=2)
    assert found == {
        "error": "'moon' is no component to choose",
        "hint": "One of: the front, CoreDNS, the network.",
    }


def test_a_dead_cluster_is_exit_code_3_and_the_round_stays(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    commands.world.kubernetes.down = True
    assert "does not answer" in commands("check", code=3)["error"]
    assert commands("end", "--lost") == {"closed": True}
    assert commands.world.history.open_round() is None


def test_a_round_that_was_cut_off_is_put_back_by_status(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    row = commands.world.history.open_round()
    assert row is not None
    commands.world.history.append(row.id, commands.world.clock.now(), "restoring", {})
    found = commands("status")
    assert found == {
        "state": None,
        "message": "lost-catalogue was cut off: put back and closed",
    }
    assert commands.world.history.open_round() is None


def test_a_full_disk_in_a_round_costs_nothing(commands: Commands) -> None:
    commands("start", "lost-catalogue")
    history = commands.world.history
    raised = pytest.MonkeyPatch()

    def full(*arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    raised.setattr("breakfix.store.history.History._insert", staticmethod(full))
    found = commands("hint", code=3)
    raised.undo()
    assert f"the disk with {history.path} is full" == found["error"]
    assert "breakfix round status" in found["hint"]
    assert [h["bought"] for h in commands("status")["hints"]] == [False] * 4


def solved(commands: Commands) -> None:
    """A round that is over."""
    commands("start", "lost-catalogue", "--seed", "abcd")
    commands.world.repair()
    commands("check")


@pytest.mark.parametrize("ending", ["md", "html", "svg", "png"])
def test_a_debrief_is_exported_to_a_file(commands: Commands, ending: str, tmp_path: Path) -> None:
    solved(commands)
    path = tmp_path / f"told.{ending}"
    assert commands("debrief", "--export", ending, "--to", str(path)) == {"written": str(path)}
    assert path.stat().st_mode & 0o777 == 0o600


def test_by_itself_an_export_goes_where_one_is(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(commands)
    monkeypatch.chdir(tmp_path)
    name = commands.text("debrief", "--export", "md").strip()
    assert name.endswith("-the-shop-cannot-find-its-catalogue-ABCD.md")
    assert (tmp_path / name).read_text().startswith("# Postmortem: ")


def test_an_export_overwrites_only_when_told_to(commands: Commands, tmp_path: Path) -> None:
    solved(commands)
    path = tmp_path / "told.md"
    path.write_text("mine")
    commands.text("debrief", "--export", "md", "--to", str(path), code=2)
    assert "is there already" in commands.err
    assert path.read_text() == "mine"
    commands.text("debrief", "--export", "md", "--to", str(path), "--force")
    assert path.read_text().startswith("# Postmortem: ")


def test_a_place_that_cannot_be_written_is_said(commands: Commands, tmp_path: Path) -> None:
    solved(commands)
    nowhere = str(tmp_path / "nowhere" / "told.md")
    commands.text("debrief", "--export", "md", "--to", nowhere, code=3)
    assert f"cannot write {nowhere}: No such file or directory" in commands.err


def test_an_export_to_standard_output_of_a_round_of_the_history(commands: Commands) -> None:
    solved(commands)
    round_id = commands("debrief")["round"]["id"]
    commands("end")
    text = commands.text("debrief", round_id, "--export", "html", "--to", "-")
    assert text.startswith("<!DOCTYPE html>")


def test_a_file_that_is_named_says_its_format(commands: Commands, tmp_path: Path) -> None:
    solved(commands)
    path = tmp_path / "told.HTML"
    assert commands("debrief", "--export", str(path)) == {"written": str(path)}
    assert path.read_text().startswith("<!DOCTYPE html>")
    commands.text("debrief", "--export", str(path), "--to", "-", code=2)
    assert "and so does --to" in commands.err
    commands.text("debrief", "--export", "told.pdf", code=2)
    assert "'told.pdf' is no format: one of md, html, svg, png, or a file." in commands.err


def test_the_history_shows_a_round_as_its_debrief_does(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("breakfix.cli.setting.lobby", lambda *_: commands.world.lobby())
    solved(commands)
    told = commands("debrief")
    round_id = told["round"]["id"]
    commands("end")
    assert commands.of("history", "show", round_id) == commands("debrief", round_id)
    path = tmp_path / "told.md"
    assert commands.of("history", "show", round_id, "--export", str(path)) == {"written": str(path)}
    assert commands.of("history", "show", "abc", code=2)["error"] == "there is no round abc"
    listed = commands.of("history", "lost-catalogue")
    assert listed == commands.of("history") == commands.of("history", "list", "--limit", "5")
    assert [past["id"] for past in listed] == [round_id]
    [item] = complete_round(None, None, round_id[:3])  # type: ignore[arg-type]
    assert (item.value, (item.help or "")[:16]) == (round_id, "lost-catalogue, ")


def test_what_can_follow_history_is_completed() -> None:
    def completed(*words: str) -> list[str]:
        shell = ShellComplete(main.cli, {}, "breakfix", "_BREAKFIX_COMPLETE")
        return [item.value for item in shell.get_completions([*words[:-1]], words[-1])]

    assert completed("history", "")[:2] == ["list", "show"]
    assert completed("history", "dns-w") == ["dns-wrong-resolver"]
    assert "--limit" in completed("history", "dns-wrong-resolver", "--l")
    assert completed("history", "show", "abc", "--export", "m")[:1] == ["md"]


def test_giving_up_asks_unless_told_not_to(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands("start", "lost-catalogue")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    commands.text("give-up", code=130)
    assert "The round ends unsolved. Give up?" in commands.err
    assert commands("status")["state"] == "running"
    assert commands.text("give-up", "--yes") == "given up\n"


def test_to_without_export_is_refused(commands: Commands) -> None:
    commands.text("debrief", "--to", "x.md", code=2)
    assert "go with --export" in commands.err
