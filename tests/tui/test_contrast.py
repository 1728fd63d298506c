"""Contrast of every theme: of its variables, and of what really stands on every screen."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from breakfix.tui.theme import COLOUR_BLIND, CONTRAST, CONTRAST_LIGHT, DARK, TERMINAL, THEMES
from tests.tui.contrast import (
    DEUTERAN,
    PROTAN,
    TRITAN,
    apart,
    linear,
    luminance,
    ratio,
    seen,
    seen_as,
)
from tests.tui.driving import playing
from tests.tui.walks import WALKS

OWN = [theme for theme in THEMES if theme is not TERMINAL]
TEXTS = ("foreground", "muted", "primary", "secondary", "accent", "warning", "error", "success")
GROUNDS = ("background", "surface", "panel")
LIT = ("block-cursor-background", "block-cursor-blurred-background")
SIZE = (120, 40)


def color(theme: Theme, name: str) -> Color:
    """A variable of a theme."""
    return Color.parse((theme.to_color_system().generate() | theme.variables)[name])


def least(theme: Theme) -> float:
    """The least contrast of text."""
    return 7.0 if theme in (CONTRAST, CONTRAST_LIGHT) else 4.5


def test_the_figures_are_those_of_wcag() -> None:
    assert ratio(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert ratio(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    weak = {
        (text, ground): round(found, 2)
        for text in TEXTS
        for ground in (*GROUNDS, *LIT)
        if (found := ratio(color(theme, text), color(theme, ground))) < least(theme)
    }
    assert weak == {}


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_faint_text_can_be_read_too_and_frames_be_seen(theme: Theme) -> None:
    for ground in (*GROUNDS, *LIT):
        assert ratio(color(theme, "faint"), color(theme, ground)) >= least(theme)
    for ground in ("background", "surface"):
        assert ratio(color(theme, "border"), color(theme, ground)) >= 3
        assert ratio(color(theme, "border-blurred"), color(theme, ground)) >= 3


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_what_is_lit_has_its_own_ink(theme: Theme) -> None:
    for state in ("block-cursor", "block-cursor-blurred"):
        front, back = color(theme, f"{state}-foreground"), color(theme, f"{state}-background")
        assert ratio(front, back) >= least(theme)


def test_every_theme_has_every_variable() -> None:
    """A style that names one that is missing would end the app."""
    needed = set(DARK.to_color_system().generate() | DARK.variables)
    for theme in THEMES:
        assert needed - set(theme.to_color_system().generate() | theme.variables) == set()


def test_the_terminals_theme_has_no_colour_of_its_own() -> None:
    named = TERMINAL.to_color_system().generate()
    colours = {name: Color.parse(named[name]) for name in (*TEXTS, "faint", *GROUNDS, *LIT)}
    assert {name for name, found in colours.items() if found.ansi is None} == set()


@pytest.mark.parametrize("vision", [DEUTERAN, PROTAN, TRITAN], ids=["green", "red", "blue"])
def test_states_stay_apart_for_every_kind_of_colour_vision(
    vision: tuple[tuple[float, float, float], ...],
) -> None:
    states = [color(COLOUR_BLIND, name) for name in ("success", "warning", "error")]
    matrix = (vision[0], vision[1], vision[2])
    for one, other in combinations(states, 2):
        assert apart(seen_as(one, matrix), seen_as(other, matrix)) > 20


def test_states_of_the_colour_blind_theme_differ_in_lightness_as_well() -> None:
    light = [luminance(linear(color(COLOUR_BLIND, n))) for n in ("error", "success", "warning")]
    assert light == sorted(light)


@pytest.mark.parametrize("walk", WALKS)
async def test_all_that_stands_on_a_screen_can_be_read_in_every_theme(
    tmp_path: Path, walk: str
) -> None:
    async with playing(tmp_path, SIZE) as play:
        await WALKS[walk](play)
        await play.still()
        for theme in OWN:
            play.app.theme = theme.name
            await play.pilot.pause()
            weak = {
                (piece.text[:40], round(piece.ratio, 2))
                for piece in seen(play.app)
                if piece.ratio < (3 if piece.graphic else least(theme))
            }
            assert weak == set(), theme.name
