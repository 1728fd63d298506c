"""Evidence by key: the learner's own kubectl, its output, and no process left behind."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from breakfix.game.looks import looks_of, same
from breakfix.tui.evidence import (
    LogOptions,
    Look,
    Target,
    command,
    debug_command,
    typed,
    write_down,
)
from breakfix.tui.evidence_run import Running, plain
from breakfix.tui.evidence_words import why
from breakfix.tui.screens import evidence_fetching
from breakfix.tui.screens.evidence import EvidenceScreen
from breakfix.tui.widgets import evidence_text
from breakfix.tui.widgets.evidence_text import hits, pieces
from breakfix.tui.widgets.find import FindField
from breakfix.tui.widgets.map import MapPane
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing
from tests.tui.kubectls import ANSWERS, FRONT, alive, fake_kubectl, looking

NODE = Target("Node", "", "worker")
SPACE = Target("Namespace", "", "shop")
SIZES = [(80, 24), (120, 40), (200, 60)]


# -- commands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "target", "text"),
    [
        (Look.DESCRIBE, FRONT, "kubectl -n shop describe deployment/front"),
        (Look.YAML, FRONT, "kubectl -n shop get deployment/front -o yaml"),
        (Look.EVENTS, FRONT, "kubectl -n shop events --for deployment/front"),
        (Look.EVENTS, SPACE, "kubectl -n shop get events --sort-by=.lastTimestamp"),
        (Look.LOGS, FRONT, "kubectl -n shop logs deployment/front --tail=500"),
        (Look.DESCRIBE, NODE, "kubectl describe node/worker"),
        (Look.EVENTS, NODE, "kubectl -n default events --for node/worker"),
    ],
)
def test_each_look_is_a_command_that_one_could_type(look: Look, target: Target, text: str) -> None:
    assert typed(command(look, target)) == text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (LogOptions(follow=True), "logs deployment/front --tail=500 -f"),
        (LogOptions(previous=True), "logs deployment/front --tail=500 -p"),
        (LogOptions(pod="front-b", container="proxy"), "logs pod/front-b -c proxy --tail=500"),
    ],
)
def test_options_of_a_log_are_in_its_command(options: LogOptions, text: str) -> None:
    assert typed(command(Look.LOGS, FRONT, options)) == f"kubectl -n shop {text}"


def test_debug_goes_into_the_first_container_of_a_pod() -> None:
    assert typed(debug_command(FRONT, "busybox:1.36")) == (
        "kubectl -n shop debug -it pod/front-a --image=busybox:1.36 --profile=general "
        "--target=main -- sh"
    )


@pytest.mark.parametrize(
    ("level", "profile"),
    [("restricted", "restricted"), ("baseline", "baseline"), ("privileged", "general"),
     ("no such level", "general")],
)  # fmt: skip
def test_debug_is_as_modest_as_the_namespace_demands(level: str, profile: str) -> None:
    assert f"--profile={profile}" in debug_command(FRONT, "busybox:1.36", level)


@pytest.mark.parametrize("look", [Look.DESCRIBE, Look.LOGS])
def test_the_game_counts_a_look_by_key_as_one_that_was_typed(look: Look) -> None:
    [mine] = looks_of(typed(command(look, FRONT)))
    [hint] = looks_of(f"kubectl -n shop {look} deploy/front")
    assert same(hint, mine)


def test_not_every_object_has_a_log_or_a_pod_to_debug() -> None:
    assert FRONT.can(Look.LOGS)
    assert FRONT.can(Look.DEBUG)
    assert not NODE.can(Look.LOGS)
    assert not Target("Deployment", "shop", "none").can(Look.DEBUG)


def test_commands_are_written_down_as_the_shell_writes_them(tmp_path: Path) -> None:
    env = {"BREAKFIX_COMMANDS": str(tmp_path / "commands")}
    write_down(["kubectl", "get", "pods"], env)
    write_down(["kubectl", "get", "a b"], env)
    found = [line.partition(" ") for line in _lines(tmp_path / "commands")]
    assert all(stamp.isdecimal() for stamp, _, _ in found)
    assert [text for _, _, text in found] == ["kubectl get pods", "kubectl get 'a b'"]


def test_without_that_file_nothing_is_written() -> None:
    write_down(["kubectl", "get", "pods"], {})


# -- running ------------------------------------------------------------------------------


async def test_the_words_go_to_kubectl_as_they_are_with_the_learners_environment(
    tmp_path: Path,
) -> None:
    env, came = fake_kubectl(tmp_path, 'for word; do echo "<$word>"; done'), list[str]()
    ended = await Running(["kubectl", "a b", "$(reboot)", ";"], env).run(came.extend)
    assert (ended.code, came) == (0, ["<a b>", "<$(reboot)>", "<;>"])
    assert _lines(tmp_path / "calls")[0].startswith("/the/config")


async def test_no_kubectl_at_all_is_said_in_words() -> None:
    ended = await Running(["kubectl"], {"PATH": "/nowhere"}).run(lambda _: None)
    assert ended.trouble == "kubectl is not on the PATH"
    assert ended.hint


async def test_what_cannot_be_run_is_said_in_words(tmp_path: Path) -> None:
    env = fake_kubectl(tmp_path)
    (tmp_path / "bin" / "kubectl").write_text("#!/no/such/program\n")
    ended = await Running(["kubectl"], env).run(lambda _: None)
    assert "cannot be run" in ended.trouble


async def test_a_last_line_without_an_end_and_split_letters_arrive(tmp_path: Path) -> None:
    env, came = fake_kubectl(tmp_path, r"printf 'a\303'; printf '\244b\nend'"), list[str]()
    await Running(["kubectl"], env).run(came.extend)
    assert came == ["aäb", "end"]


async def test_a_stopped_command_and_all_it_started_are_gone(tmp_path: Path) -> None:
    body = f'(echo "$$"; trap "" TERM; sleep 600) & echo $! >> "{tmp_path}/pids"; echo up; wait'
    env, up = fake_kubectl(tmp_path, body), asyncio.Event()
    task = asyncio.create_task(Running(["kubectl"], env).run(lambda _: up.set()))
    await up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _gone(tmp_path)


def test_colours_and_controls_are_taken_out() -> None:
    assert plain("\x1b[31mred\x1b[0m\ta\rb\x07") == "red     ab"
    assert plain("\x1b]0;title\x07x") == "x"
    assert len(plain("x" * 9000)) == 4001


# -- the screen ---------------------------------------------------------------------------


async def test_the_command_stands_on_top_of_its_output(tmp_path: Path) -> None:
    async with looking(Look.DESCRIBE, fake_kubectl(tmp_path)) as seen:
        await seen.see("Replicas:     2 desired")
        await seen.see("3 lines")
        assert "$ kubectl -n shop describe deployment/front" in seen.frame
        (written,) = _lines(tmp_path / "commands")
        assert written.endswith(" kubectl -n shop describe deployment/front")


async def test_tab_turns_from_view_to_view(tmp_path: Path) -> None:
    async with looking(Look.DESCRIBE, fake_kubectl(tmp_path)) as seen:
        await seen.see("Replicas")
        await seen.press("tab")
        await seen.to("line 60 of the log")
        await seen.press("tab")
        await seen.see("Back-off restarting")
        await seen.press("tab")
        await seen.see("apiVersion: apps/v1")
        await seen.press("tab")
        await seen.see("Replicas")


async def test_a_log_begins_at_its_end_and_is_followed(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path)) as seen:
        await seen.see("line 60 of the log")
        await seen.press("f")
        await seen.see("1 line · following")
        assert "--tail=500 -f" in seen.frame
        await seen.press("f")
        await seen.see("line 60 of the log")
        await _gone(tmp_path)


async def test_keys_of_a_log_change_its_command(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path)) as seen:
        await seen.see("line 60")
        await seen.press("p")
        await seen.see("before the restart")
        await seen.press("p", "c")
        await seen.see("logs deployment/front -c proxy --tail=500")
        await seen.press("o")
        await seen.see("logs pod/front-a -c proxy --tail=500")


async def test_events_of_the_object_or_of_its_namespace(tmp_path: Path) -> None:
    async with looking(Look.EVENTS, fake_kubectl(tmp_path)) as seen:
        await seen.see("events --for deployment/front")
        await seen.press("a")
        await seen.see("kubectl -n shop get events --sort-by=.lastTimestamp")


@pytest.mark.parametrize("key", ["s", "enter"])
async def test_the_command_goes_to_the_shell(tmp_path: Path, key: str) -> None:
    async with looking(Look.YAML, fake_kubectl(tmp_path)) as seen:
        await seen.see("kind: Deployment")
        await seen.press(key)
        await seen.until(lambda: seen.evidence.left)
        assert seen.evidence.left == ["kubectl -n shop get deployment/front -o yaml"]


@pytest.mark.parametrize("key", ["y", "C"])
async def test_the_command_goes_to_the_clipboard(tmp_path: Path, key: str) -> None:
    async with looking(Look.YAML, fake_kubectl(tmp_path)) as seen:
        await seen.see("kind: Deployment")
        await seen.press(key)
        assert seen.app.clipboard == "kubectl -n shop get deployment/front -o yaml"


async def test_search_goes_from_place_to_place(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path)) as seen:
        await seen.see("line 60")
        await seen.press("slash", *"line 1")
        await seen.see("line 1: 1 of 11 with “line 1”")
        await seen.press("enter", "n")
        await seen.see("line 10: 2 of 11")
        await seen.press("N", "N")
        await seen.see("line 19: 11 of 11")
        await seen.press("slash", *"nowhere")
        await seen.see("“nowhere” is not there")


async def test_refresh_runs_it_again(tmp_path: Path) -> None:
    async with looking(Look.DESCRIBE, fake_kubectl(tmp_path)) as seen:
        await seen.see("3 lines")
        await seen.press("r")
        await seen.until(lambda: len(_lines(tmp_path / "calls")) == 2)
        await seen.see("3 lines")


async def test_a_failure_keeps_what_kubectl_said(tmp_path: Path) -> None:
    env = fake_kubectl(tmp_path, 'echo "Error from server (NotFound): gone" >&2; exit 1')
    async with looking(Look.DESCRIBE, env) as seen:
        await seen.see("✗ kubectl failed (exit code 1)")
        assert "Error from server (NotFound): gone" in seen.frame


async def test_nothing_at_all_is_an_answer_too(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path, "exit 0")) as seen:
        await seen.see("kubectl printed nothing")


def test_a_cluster_that_does_not_answer_is_named() -> None:
    assert "breakfix doctor" in why(["The connection to the server x was refused - did you"])
    assert why(["Error from server (Forbidden)"]) == ""


async def test_a_command_that_hangs_is_told_and_gone_when_the_screen_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_fetching, "HUNG_SECONDS", 0.05)
    async with looking(Look.DESCRIBE, fake_kubectl(tmp_path, "exec sleep 600")) as seen:
        await seen.see("No answer yet")
        assert alive(tmp_path)
        await seen.press("escape")
        await seen.until(lambda: seen.evidence.left == [None])
        await _gone(tmp_path)


async def test_leaving_the_app_leaves_no_process(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path, "echo up; exec sleep 600")) as seen:
        await seen.to("up")
    await _gone(tmp_path)


async def test_the_memory_of_a_long_log_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_text, "MOST_LINES", 100)
    monkeypatch.setattr(evidence_text, "DROPPED_AT_ONCE", 10)
    env = fake_kubectl(tmp_path, "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo row $i; done")
    async with looking(Look.LOGS, env) as seen:
        await seen.see("row 1000")
        assert len(seen.text.lines) <= 110
        await seen.see("older ones dropped")


async def test_who_has_scrolled_up_is_left_there(tmp_path: Path) -> None:
    env = fake_kubectl(
        tmp_path, f'i=0; while [ $i -lt 99 ]; do i=$((i+1)); echo row $i; done; '
        f'until [ -e "{tmp_path}/more" ]; do sleep 0.02; done; echo the last',
    )  # fmt: skip
    async with looking(Look.LOGS, env) as seen:
        await seen.see("row 99")
        await seen.press("g")
        await seen.see("row 1 ")
        (tmp_path / "more").touch()
        await seen.to("the last")
        await seen.until(lambda: "100 lines" in seen.frame)
        assert "the last" not in seen.frame
        await seen.press("G")
        await seen.see("the last")


async def test_what_is_typed_right_after_the_slash_is_found(tmp_path: Path) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path)) as seen:
        await seen.to("line 60 of the log")
        for character in "/60/":  # faster than any hand: all wait before the first is heard
            name = "slash" if character == "/" else character
            seen.app.post_message(events.Key(name, character))
        await seen.until(lambda: seen.app.screen.query_one(FindField).value == "60/")


def test_long_lines_are_folded() -> None:
    assert pieces(3, "abcdefg", 3) == [(3, 0, 3), (3, 3, 6), (3, 6, 7)]
    assert pieces(0, "", 3) == [(0, 0, 0)]


def test_lines_are_folded_between_words_where_there_are_any() -> None:
    line = "  GET /products 502 a-name-without-end"
    assert [line[a:b] for _, a, b in pieces(0, line, 12)] == [
        "  GET", "/products", "502", "a-name-witho", "ut-end",
    ]  # fmt: skip


def test_capitals_count_where_they_are_typed() -> None:
    assert hits("An error, an Error", "error") == [3, 13]
    assert hits("An error, an Error", "Error") == [13]
    assert hits("a.b", ".") == [1]


@pytest.mark.parametrize("size", SIZES)
async def test_frames(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with looking(Look.LOGS, fake_kubectl(tmp_path), size=size) as seen:
        await seen.see("line 60 of the log")
        await seen.see("60 lines")
        await seen.until(lambda: "running" not in seen.frame)
        golden(f"evidence-{size[0]}x{size[1]}", seen.frame)


# -- from the round -----------------------------------------------------------------------


async def on_the_map(play: Play) -> None:
    """In a round, the map has the keys and its cursor is on the first workload."""
    await play.in_round()
    await play.as_game()
    await play.press("m")
    await play.until(lambda: play.app.screen.query_one(MapPane).target)


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A kubectl on the PATH; gives the calls so far."""
    env = fake_kubectl(tmp_path, ANSWERS)
    monkeypatch.setenv("PATH", env["PATH"])
    return lambda: _lines(tmp_path / "calls")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("i", "describe deployment/catalog"), ("l", "logs deployment/catalog --tail=500"),
        ("E", "events --for deployment/catalog"), ("y", "get deployment/catalog -o yaml"),
    ],
)  # fmt: skip
async def test_a_key_on_the_map_looks_at_the_object_under_the_cursor(
    tmp_path: Path, kubectl: Callable[[], list[str]], key: str, text: str
) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press(key)
        await play.until(lambda: isinstance(play.app.screen, EvidenceScreen))
        await play.see(text)
        await play.until(kubectl)
        assert kubectl() == [f"{tmp_path}/kubeconfig -n shop {text}"]


async def test_the_keys_in_the_maps_frame_can_be_clicked(
    tmp_path: Path, kubectl: Callable[[], list[str]]
) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        lines = play.frame.splitlines()
        y = next(n for n, line in enumerate(lines) if "i describe" in line)
        await play.pilot.click(offset=(lines[y].index("yaml"), y))
        await play.see("apiVersion: apps/v1")
        assert kubectl()


async def test_a_command_comes_back_to_the_shells_line(
    tmp_path: Path, kubectl: Callable[[], list[str]]
) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press("i")
        await play.see("2 desired")
        await play.press("s")
        await play.until(lambda: "describe deployment/catalog" in play.terminal.text())
        assert play.board.in_shell
        assert len(kubectl()) == 1


async def test_the_menu_names_each_command(
    tmp_path: Path, kubectl: Callable[[], list[str]]
) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press("enter")
        await play.see("kubectl -n shop describe deployment/catalog")
        assert "Deployment shop/catalog · ready · 2 pods" in play.frame
        await play.press("y")
        await play.see("apiVersion: apps/v1")
        assert kubectl()


async def test_debug_is_shown_and_run_as_the_namespace_demands(tmp_path: Path) -> None:
    async with playing(tmp_path, (200, 60)) as play:
        await on_the_map(play)
        play.round.levels["shop"] = "restricted"
        await play.press("enter")
        await play.see("--profile=restricted")
        await play.press("b")
        await play.until(lambda: "--profile=restricted" in play.terminal.text())


async def test_debug_runs_in_the_shell(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press("b")
        await play.until(lambda: "debug -it pod/pod-0" in " ".join(play.terminal.text().split()))
        words = shlex.split(" ".join(play.terminal.text().split()).split("resolve", 1)[1])
        assert "--image=busybox:1.36" in words
        assert play.board.in_shell


async def test_what_an_object_does_not_have_is_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press("left", "l")
        await play.see("namespace/shop has no log")


async def test_every_way_to_look_is_in_the_palette(
    tmp_path: Path, kubectl: Callable[[], list[str]]
) -> None:
    async with playing(tmp_path) as play:
        await on_the_map(play)
        await play.press("f9")
        await play.press(*"its events")
        await play.see("Its events")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, EvidenceScreen))
        await play.until(kubectl)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def _gone(folder: Path) -> None:
    """Wait until none of the script's processes runs any more."""
    for _ in range(400):
        if not alive(folder):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"still running: {alive(folder)}")
