"""The command line: exit codes, JSON on stdout alone, errors in two lines."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix import __version__
from breakfix.cli import main
from breakfix.cli.names import complete_cluster, complete_scenario
from breakfix.clock import VirtualClock
from breakfix.clusters.base import Capabilities
from breakfix.errors import BreakfixError
from breakfix.store.history import History, RoundRow
from tests.game.shop import SCENARIO, write_pack

HEAVY = ("kubernetes", "textual", "aiohttp", "pydantic", "yaml", "cel_expr_python", "sqlite3")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a fresh home, on a machine with no cluster and no programs."""
    monkeypatch.setenv("BREAKFIX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("KUBECONFIG", "BREAKFIX_PACKS"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main.run(list(arguments))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return invoke


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_pack(tmp_path / "pack")
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path / "pack"))
    return tmp_path / "pack"


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "first", "second"),
    [
        (["show", "dns-rewrite-eats-a-nam"], 2,
         "breakfix: there is no scenario 'dns-rewrite-eats-a-nam'; did you mean "
         "'dns-rewrite-eats-a-name'?", "`breakfix list` shows all scenarios."),
        (["round", "start", "nothing-like-it"], 2,
         "breakfix: there is no scenario 'nothing-like-it'", "`breakfix list` shows"),
        (["round", "check"], 2, "breakfix: no round is open", "Start one: `breakfix round start"),
        (["round", "hint", "--yes"], 2, "breakfix: no round is open", "Start one"),
        (["round", "pause"], 2, "breakfix: no round is open", "Start one"),
        (["round", "debrief"], 2, "breakfix: no round was played yet", "`breakfix history`"),
        (["round", "debrief", "abc"], 2, "breakfix: there is no round abc", "`breakfix history`"),
        (["round", "start", "dns-wrong-resolver", "--seed", "no seed!"], 2,
         "breakfix: 'no seed!' is not a seed", "A seed is 1 to 32 letters"),
        (["round", "start", "dns-wrong-resolver", "--cluster", "moon"], 2,
         "breakfix: there is no cluster 'moon'", "A cluster is one of:"),
        (["round", "start", "dns-wrong-resolver", "--cluster", "kind"], 3, "breakfix: ", ""),
        (["scenario", "prove", "dns-wrong-resolver", "--cluster", "embedded,moon"], 2,
         "breakfix: there is no cluster 'moon'", "A cluster is one of:"),
        (["play"], 2, "breakfix: the terminal needs a terminal", "breakfix play --plain"),
        (["daily"], 2, "breakfix: the terminal needs a terminal", "breakfix play --plain"),
        (["cluster", "kubeconfig", "kind"], 2, "breakfix: kind:breakfix is not up",
         "breakfix cluster up kind"),
        (["cluster", "adopt", "nowhere"], 2, "breakfix: ", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_an_error_is_what_happened_and_what_to_do(
    run: Run, arguments: list[str], code: int, first: str, second: str
) -> None:
    found = run(*arguments)
    assert found.code == code
    lines = found.err.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("breakfix: "))
    assert lines[at].startswith(first)
    assert lines[at + 1].startswith("  -> ")
    assert second in lines[at + 1]
    assert "Traceback" not in found.err
    assert found.out == ""


@pytest.mark.parametrize(
    "arguments",
    [["show", "nothing"], ["round", "check"], ["scenario", "prove", "--cluster", "moon"]],
    ids=" ".join,
)
def test_with_json_an_error_is_json_too(run: Run, arguments: list[str]) -> None:
    found = run(*arguments, "--json")
    assert found.code in (2, 3)
    assert set(found.data) == {"error", "hint"}
    assert found.data["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], "No such command 'lst'. Did you mean 'list'?"),
        (["round", "begin"], "No such command 'begin'"),
        (["list", "--colour"], "No such option"),
        (["show"], "Missing argument"),
        (["history", "--limit", "many"], "not a valid integer"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_exit_code_2(run: Run, arguments: list[str], words: str) -> None:
    found = run(*arguments)
    assert found.code == 2
    assert words in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (BreakfixError("one", "two"), 3, "breakfix: one\n  -> two\n"),
        (BreakfixError("one"), 3, "breakfix: one\n"),
        (KeyboardInterrupt(), 130, "\naborted\n"),
    ],
)
def test_whatever_stops_a_command_has_its_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def fail(self: object) -> None:
        raise error

    monkeypatch.setattr("breakfix.game.lobby.GameLobby.listings", fail)
    assert run("list") == Ran(code, "", words)


def test_a_home_that_cannot_be_used_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BREAKFIX_HOME", str(tmp_path / "file"))
    found = run("history")
    assert found.code == 3
    assert "the history cannot be kept in" in found.err
    assert "BREAKFIX_HOME" in found.err


def test_a_damaged_history_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "history.sqlite3").write_bytes(b"nonsense" * 1000)
    found = run("history")
    assert found.code == 3
    assert "is damaged" in found.err
    assert "mv " in found.err


# -- what is there ----------------------------------------------------------------------


def test_list_shows_each_round_in_a_line(run: Run) -> None:
    found = run("list")
    assert found.code == 0
    head, *lines = found.out.splitlines()
    assert head.split() == ["TRACK", "NAME", "DIFFICULTY", "PAR", "BEST", "TITLE"]
    assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
    assert any("dns-rewrite-eats-a-name" in line for line in lines)


def test_list_as_json(run: Run, pack: Path) -> None:
    mine = next(x for x in run("list", "--json").data if x["name"] == "lost-catalogue")
    assert mine == {
        "name": "lost-catalogue", "title": "The shop cannot find its catalogue",
        "tracks": ["dns"], "difficulty": 2, "par": 60, "limit": 300, "plays": 0,
        "bestScore": None, "bestTime": None,
    }  # fmt: skip


def test_list_of_one_track(run: Run) -> None:
    assert {x["tracks"][0] for x in run("list", "--track", "storage", "--json").data} == {"storage"}
    assert run("list", "--track", "nothing").out == "no rounds\n"


def test_a_broken_scenario_is_left_out_and_said(run: Run, pack: Path) -> None:
    folder = pack / "scenarios" / "dns" / "broken"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(SCENARIO.replace("brief:", "breif:"))
    found = run("list", "--json")
    assert found.code == 0
    assert "lost-catalogue" in [x["name"] for x in found.data]
    assert "left out:" in found.err
    assert "breif" in found.err


def test_show_tells_the_page_and_no_hint(run: Run, pack: Path) -> None:
    found = run("show", "lost-catalogue")
    assert "Every product list is empty." in found.out
    assert "Read what a program was told" in found.out
    assert "Compare" not in found.out
    data = run("show", "lost-catalogue", "--json").data
    assert data["hints"][0] == {"evidence": "events", "price": 5}
    assert "misspelt" not in json.dumps(data)


def test_history_of_nothing(run: Run) -> None:
    assert run("history") == Ran(0, "no rounds yet: breakfix play\n", "")
    assert run("history", "--json").data == []


def test_status_without_a_round(run: Run) -> None:
    found = run("round", "status", "--json")
    assert (found.code, found.data) == (0, {"state": None, "message": "no round is open"})


def test_closing_as_lost_without_a_round(run: Run) -> None:
    assert run("round", "end", "--lost") == Ran(0, "no round is open\n", "")


def test_the_clusters_of_nothing(run: Run) -> None:
    found = run("cluster", "list", "--json")
    assert (found.code, found.data) == (0, [])


def test_doctor_names_what_is_missing_and_what_installs_it(run: Run) -> None:
    found = run("doctor", "--json")
    assert found.code == 3
    missing = {f["name"]: f["remedy"] for f in found.data if not f["ok"]}
    assert "docker" in " ".join(missing).lower()
    assert all(missing.values())


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"breakfix, version {__version__}\n"
    for arguments in (["--help"], ["-h"], ["round", "--help"], ["scenario", "prove", "-h"]):
        found = run(*arguments)
        assert found.code == 0
        assert found.out.startswith("Usage: breakfix")


@pytest.mark.parametrize("group", ["", "round", "scenario", "cluster"])
def test_every_command_says_what_it_is_for(run: Run, group: str) -> None:
    arguments = [group] if group else []
    commands = run(*arguments, "--help").out.split("Commands:\n")[1]
    for line in commands.splitlines():
        assert line.strip() == "" or len(line.split(maxsplit=1)) == 2, line


# -- what was learnt --------------------------------------------------------------------

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon on one day for every command."""
    monkeypatch.setattr("breakfix.cli.setting.SystemClock", lambda: VirtualClock(NOON))


def remember(home: Path, name: str, seed: str, days_ago: float, outcome: str) -> None:
    """Put a round into the history: 4 minutes of play against a par of 5."""
    history, at = History(home / "history.sqlite3"), NOON - timedelta(days=days_ago)
    number = f"r{len(history.rounds())}"
    history.create_round(
        RoundRow(number, name, seed, "kind:a", at, False), {"par": 300, "limit": 900}
    )
    history.append(number, at, "started", {})
    history.append(number, at + timedelta(minutes=4), outcome, {})
    history.close_round(number, at + timedelta(minutes=5), {"left": []})
    history.close()


def test_todays_incident_as_json_plays_nothing(run: Run, noon: None) -> None:
    data = run("daily", "--json").data
    assert (data["day"], data["played"], data["lacking"]) == ("2026-06-15", None, {})
    assert data == run("daily", "--json").data
    assert data["scenario"] in [x["name"] for x in run("list", "--json").data]
    assert len(data["seed"]) == 4


def test_todays_incident_remembers_its_first_result(run: Run, noon: None, tmp_path: Path) -> None:
    data = run("daily", "--json").data
    remember(tmp_path / "home", data["scenario"], data["seed"], 0.1, "given up")
    remember(tmp_path / "home", data["scenario"], data["seed"], 0, "solved")
    played = run("daily", "--json").data["played"]
    assert (played["outcome"], played["time"], played["score"]) == ("given up", 240.0, 0)
    line = run("stats").out.splitlines()[2]
    assert line.endswith(f"{data['scenario']}: given up in 04:00, 0 points")


def test_todays_incident_is_not_exchanged_where_it_cannot_be_played(
    run: Run, noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run("daily", "--json").data
    lacking = {"audit": "this cluster keeps no audit log"}
    monkeypatch.setattr(Capabilities, "lacks", lambda self, needed: lacking)
    monkeypatch.setattr(
        "breakfix.game.shelf.known_capabilities", lambda settings, cluster: Capabilities()
    )
    assert run("daily", "--json").data == before | {"lacking": lacking}
    found = run("daily")
    assert found.code == 3
    assert "cannot be played here: audit: this cluster keeps no audit log" in found.err


def test_stats_of_nothing(run: Run) -> None:
    out = run("stats").out
    assert out.startswith("0 of ")
    assert out.endswith("Nothing to repeat yet: breakfix play\n")
    assert {track["word"] for track in run("stats", "--json").data["tracks"]} == {"new"}


def test_stats_tell_mastery_what_to_repeat_and_the_best(
    run: Run, noon: None, tmp_path: Path
) -> None:
    remember(tmp_path / "home", "dns-wrong-resolver", "7F3K", 20, "solved")
    remember(tmp_path / "home", "storage-claim-pending", "7F3K", 0, "given up")
    data = run("stats", "--json").data
    dns = next(track for track in data["tracks"] if track["track"] == "dns")
    assert (dns["solved"], dns["best"], dns["word"]) == (1, 85, "steady")
    assert [(due["scenario"], due["due"]) for due in data["due"]] == [
        ("dns-wrong-resolver", True), ("storage-claim-pending", False),
    ]  # fmt: skip
    assert data["best"] == [
        {"scenario": "dns-wrong-resolver", "score": 85, "grade": "B", "time": 240.0, "par": 300.0}
    ]
    out = run("stats").out
    assert re.search(r"^dns +█+░+ +\d+ % +steady +1/\d+ +85$", out, re.MULTILINE)
    assert re.search(r"^due tomorrow +storage-claim-pending +given up", out, re.MULTILINE)
    assert re.search(r"^dns-wrong-resolver +B +85 +04:00 +05:00$", out, re.MULTILINE)


# -- for authors ------------------------------------------------------------------------


def test_schema_is_json_schema(run: Run) -> None:
    found = run("scenario", "schema")
    assert (found.code, found.data["title"]) == (0, "Scenario")


def test_lint_says_what_it_read(run: Run, pack: Path) -> None:
    found = run("scenario", "lint", "lost-catalogue")
    assert found.out.splitlines()[-1].startswith("1 scenarios read, ")


def test_lint_gives_file_line_and_column(run: Run, pack: Path) -> None:
    path = pack / "scenarios" / "dns" / "scenario-0" / "scenario.yaml"
    path.write_text(SCENARIO.replace("  brief:", "  breif:"))
    found = run("scenario", "lint", str(path))
    assert found.code == 1
    assert f"{path}:10:3: " in found.out
    assert "brief" in found.out


def test_lint_as_json(run: Run, pack: Path) -> None:
    path = pack / "scenarios" / "dns" / "scenario-0" / "scenario.yaml"
    path.write_text(SCENARIO.replace("kind: Scenario", "kind: Szenario"))
    found = run("scenario", "lint", str(path), "--json")
    assert found.code == 1
    (finding,) = found.data
    assert finding["severity"] == "error"
    assert finding["text"].startswith(f"{path}:2:")


def test_strict_lint_counts_warnings(run: Run, pack: Path) -> None:
    findings = run("scenario", "lint", "lost-catalogue", "--json").data
    strict = run("scenario", "lint", "lost-catalogue", "--strict")
    assert strict.code == bool(findings)


# -- completion -------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(run: Run, shell: str) -> None:
    found = run("completion", shell)
    assert found.code == 0
    assert "_BREAKFIX_COMPLETE" in found.out


def test_names_of_rounds_are_completed_with_their_titles(run: Run, pack: Path) -> None:
    (found,) = complete_scenario(None, None, "lost-")  # type: ignore[arg-type]
    assert (found.value, found.help) == ("lost-catalogue", "The shop cannot find its catalogue")


def test_clusters_are_completed_by_their_forms() -> None:
    assert complete_cluster(None, None, "k") == ["kind", "kind:"]  # type: ignore[arg-type]


# -- what it costs ----------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["completion", "bash"]])
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from breakfix.cli import main\n"
        f"code = main.run({arguments!r})\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "sys.stderr.write(','.join(heavy)); sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_program_ends_with_the_code_of_its_error(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['show', 'nothing']; from breakfix.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={"BREAKFIX_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("breakfix: there is no scenario 'nothing'\n  -> ")


def test_the_screen_is_not_drawn_into_a_file(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "breakfix", "play"], stdin=theirs, stdout=theirs,
        stderr=subprocess.PIPE, env=os.environ | {"BREAKFIX_HOME": str(tmp_path)},
        text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    first, hint = done.stderr.splitlines()
    assert first == "breakfix: the screen is drawn on standard error, which is redirected"
    assert "`2>`" in hint
