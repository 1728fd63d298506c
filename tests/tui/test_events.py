"""The event ticker: followed until somebody goes up, filtered, and a way to each object."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from breakfix.tui.evidence import Target
from breakfix.tui.screens.evidence import EvidenceScreen
from breakfix.tui.widgets.event_lines import EventFilter, event_lines
from breakfix.tui.widgets.events import EventsPane, EventsView, target_of
from tests.tui.driving import playing
from tests.tui.kubectls import fake_kubectl
from tests.tui.panes import event, shown, ticking

MANY = tuple(event(n) for n in range(60))
MIXED = (
    event(0), event(1, "Warning"), event(2, "Warning", "kube-system"), event(3, words="an image"),
)  # fmt: skip


def chosen(pane: EventsPane) -> str:
    """The object of the event under the cursor; nothing where the newest are followed."""
    return pane.target.word if pane.target else ""


@pytest.mark.parametrize(
    ("shown_", "left"),
    [
        (EventFilter(), [0, 1, 2, 3]),
        (EventFilter(namespace="kube-system"), [2]),
        (EventFilter(warnings=True), [1, 2]),
        (EventFilter(words="IMAGE an"), [3]),
        (EventFilter(words="backoff", namespace="shop"), [1]),
    ],
)
def test_a_filter_takes_what_fits_all_of_it(shown_: EventFilter, left: list[int]) -> None:
    assert [n for n, happened in enumerate(MIXED) if shown_.takes(happened)] == left


def test_what_is_filtered_is_said_in_words() -> None:
    assert EventFilter().text == ""
    text = EventFilter("shop", True, "image").text
    assert text == "only shop · only warnings · only with “image”"


def test_a_long_message_goes_under_its_head_and_a_warning_has_a_mark() -> None:
    lines = event_lines(event(1, "Warning", words="word " * 30), False, 60)
    assert lines[0].plain == "14:02:01 ! BackOff pod/front-1"
    assert all(line.plain.startswith(" " * 11 + "word") for line in lines[1:])
    assert all(line.cell_length <= 60 for line in lines)


def test_an_event_leads_to_its_object() -> None:
    assert target_of(event(7)) == Target("Pod", "shop", "front-7")
    odd = replace(event(1), object="widget/x")
    assert target_of(odd).word == "widget/x"


async def test_the_newest_is_in_sight_until_somebody_goes_up() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MANY))
        await seen.see("message 59")
        pane.show(ticking(*MANY, event(60)))
        await seen.see("message 60")
        await seen.press("up", "k", "up")
        assert chosen(pane) == "pod/front-58"
        pane.show(ticking(*MANY, *(event(n) for n in range(60, 90))))
        await seen.pilot.pause()
        assert "message 89" not in seen.frame
        assert chosen(pane) == "pod/front-58"
        await seen.press("end")
        await seen.see("message 89")
        assert chosen(pane) == ""


async def test_the_wheel_stops_following_too() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MANY))
        await seen.see("message 59")
        view = seen.app.query_one(EventsView)
        view.scroll_up(animate=False, immediate=True)
        await seen.until(lambda: not view.following)
        pane.show(ticking(*MANY, event(60)))
        await seen.pilot.pause()
        assert "message 60" not in seen.frame


async def test_below_the_newest_they_are_followed_again() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MANY))
        await seen.see("message 59")
        await seen.press("up", "up", "down", "down")
        assert chosen(pane) == ""


async def test_filters_by_key() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MIXED))
        await seen.see("message 0")
        await seen.press("t")
        await seen.see("only warnings")
        assert "message 0" not in seen.frame
        await seen.press("f")
        await seen.see("only kube-system · only warnings")
        assert "message 1" not in seen.frame
        await seen.press("f", "f", "t", "slash", *"image")
        await seen.see("only with “image”")
        assert "message 0" not in seen.frame
        assert "an image" in seen.frame
        await seen.press("escape")
        await seen.see("message 0")
        assert isinstance(seen.app.focused, EventsView)


async def test_what_was_before_the_round_is_shown_when_asked_for() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        began = event(2).at
        assert began is not None
        pane.since(began)
        pane.show(ticking(*MIXED))
        await seen.see("message 2")
        assert "message 1" not in seen.frame
        assert "a earlier" in seen.frame
        await seen.press("a")
        await seen.see("message 1")
        await seen.press("a")
        await seen.until(lambda: "message 1" not in seen.frame)


async def test_the_keys_in_the_frame_can_be_clicked() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MIXED))
        await seen.see("message 0")
        column = seen.frame.splitlines()[-1].index("warnings")
        await seen.pilot.click(offset=(column, 11))
        await seen.see("only warnings")


async def test_nothing_yet_is_said() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        await seen.see("no events yet")


async def test_a_click_chooses_an_event() -> None:
    pane = EventsPane()
    async with shown(pane, (80, 12)) as seen:
        pane.show(ticking(*MIXED))
        await seen.see("message 0")
        await seen.pilot.click("#events-view", offset=(12, 1))
        assert chosen(pane) == "pod/front-1"


async def test_enter_describes_the_object_of_the_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake_kubectl(tmp_path)["PATH"])
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("e")
        await play.until(lambda: isinstance(play.focused, EventsView))
        await play.press("up", "enter")
        await play.until(lambda: isinstance(play.app.screen, EvidenceScreen))
        await play.see("kubectl -n shop describe pod/front-7c9f8d-x2x7q")
