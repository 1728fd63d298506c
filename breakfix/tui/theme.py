"""The themes of breakfix: quiet ink, one warm accent, states by few colours.

Every colour of the terminal comes from here by variable; styles/ names no colour itself.
Text, also faint text, keeps a contrast of 4.5:1 (WCAG 2.2, 1.4.3) and what frames a pane
3:1 (1.4.11); the two of high contrast 7:1 (1.4.6). tests/tui/test_contrast.py computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.theme import Theme

PREFIX = "breakfix"


@dataclass(frozen=True)
class Ink:
    """What a theme is made of. `lit` is the line of a list that has the keys, `lit_blurred`
    the same in a list that has not; `frame_blurred` frames the panes without focus."""

    background: str
    surface: str
    panel: str
    lit: str
    lit_blurred: str
    foreground: str
    strong: str
    muted: str
    faint: str
    frame: str
    frame_blurred: str
    primary: str
    secondary: str
    accent: str
    warning: str
    error: str
    success: str


def _theme(name: str, ink: Ink, dark: bool, **more: str) -> Theme:
    """A theme of this ink; `more` are further variables."""
    return Theme(
        name=name, primary=ink.primary, secondary=ink.secondary, accent=ink.accent,
        warning=ink.warning, error=ink.error, success=ink.success,
        foreground=ink.foreground, background=ink.background, surface=ink.surface,
        panel=ink.panel, dark=dark, variables=_variables(ink, dark) | more,
    )  # fmt: skip


def _variables(ink: Ink, dark: bool) -> dict[str, str]:
    """The variables that Textual would mix itself, and those that are only ours."""
    return {
        "border": ink.frame,
        "border-blurred": ink.frame_blurred,
        "muted": ink.muted,
        "faint": ink.faint,
        "footer-background": ink.surface,
        "footer-key-foreground": ink.accent,
        "block-cursor-background": ink.lit,
        "block-cursor-foreground": ink.strong,
        "block-cursor-blurred-background": ink.lit_blurred,
        "block-cursor-blurred-foreground": ink.foreground,
        "input-selection-background": f"{ink.primary} {'30%' if dark else '25%'}",
    }


INK = Ink(
    background="#0f1317", surface="#141a20", panel="#1b232b",
    lit="#25343f", lit_blurred="#1e2831",
    foreground="#d3d8df", strong="#f0f3f6", muted="#a0acb8", faint="#8f9ba7",
    frame="#68788a", frame_blurred="#5c6a78",
    primary="#8ab4d8", secondary="#8aa9be", accent="#e6b35a",
    warning="#e6b35a", error="#ee8a8e", success="#8cc58f",
)  # fmt: skip
PAPER = Ink(
    background="#f6f5f1", surface="#eeede8", panel="#e4e2db",
    lit="#cfdbe6", lit_blurred="#dfe3e4",
    foreground="#20262c", strong="#12171b", muted="#474f58", faint="#565f67",
    frame="#7b786e", frame_blurred="#86837a",
    primary="#1d4f7c", secondary="#44606f", accent="#704900",
    warning="#704900", error="#8f2630", success="#24592c",
)  # fmt: skip
STARK = Ink(
    background="#000000", surface="#000000", panel="#161616",
    lit="#10304f", lit_blurred="#242424",
    foreground="#ffffff", strong="#ffffff", muted="#e0e0e0", faint="#cccccc",
    frame="#b8b8b8", frame_blurred="#909090",
    primary="#a8d8ff", secondary="#c8e0f0", accent="#ffd75f",
    warning="#ffd75f", error="#ffb3b3", success="#9af0ac",
)  # fmt: skip
STARK_PAPER = Ink(
    background="#ffffff", surface="#ffffff", panel="#f0f0f0",
    lit="#d8e8ff", lit_blurred="#ebebeb",
    foreground="#000000", strong="#000000", muted="#2b2b2b", faint="#3d3d3d",
    frame="#4a4a4a", frame_blurred="#707070",
    primary="#00356b", secondary="#20384c", accent="#573100",
    warning="#573100", error="#7a0010", success="#00400f",
)  # fmt: skip
# Blue for good, orange for bad, yellow for in between (after Okabe and Ito): they stay
# apart for every kind of colour vision.
SEEN_BY_ALL = Ink(
    background="#0f1317", surface="#141a20", panel="#1b232b",
    lit="#25343f", lit_blurred="#1e2831",
    foreground="#e3e7ec", strong="#f4f6f8", muted="#a9b4bf", faint="#8f9ba7",
    frame="#68788a", frame_blurred="#5c6a78",
    primary="#b7c9da", secondary="#9fb2c2", accent="#e5a3cb",
    warning="#f0e442", error="#f0894a", success="#66bdf0",
)  # fmt: skip

UNDERLINED = {"block-cursor-text-style": "bold underline"}
DARK = _theme(PREFIX, INK, dark=True)
LIGHT = _theme(f"{PREFIX}-light", PAPER, dark=False)
CONTRAST = _theme(f"{PREFIX}-contrast", STARK, dark=True, **UNDERLINED)
CONTRAST_LIGHT = _theme(f"{PREFIX}-contrast-light", STARK_PAPER, dark=False, **UNDERLINED)
COLOUR_BLIND = _theme(f"{PREFIX}-colour-blind", SEEN_BY_ALL, dark=True)
# No colour of our own: the terminal's sixteen and its two defaults. What is only a shade
# elsewhere has the default's colour here, for nobody knows what a shade would look like.
TERMINAL = Theme(
    name=f"{PREFIX}-terminal", ansi=True,
    primary="ansi_blue", secondary="ansi_cyan", accent="ansi_magenta",
    warning="ansi_yellow", error="ansi_red", success="ansi_green",
    surface="ansi_default", panel="ansi_default",
    variables={
        "surface": "ansi_default",
        "surface-active": "ansi_default",
        "panel": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "foreground-disabled": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "muted": "ansi_default",
        "faint": "ansi_default",
        "footer-background": "ansi_default",
        "footer-key-foreground": "ansi_magenta",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "bold underline",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
        "block-hover-background": "ansi_default",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
    },
)  # fmt: skip
THEMES = (DARK, LIGHT, CONTRAST, CONTRAST_LIGHT, COLOUR_BLIND, TERMINAL)
ABOUT: Mapping[str, tuple[str, str]] = {
    DARK.name: ("Ink", "dark, one warm accent"),
    LIGHT.name: ("Paper", "light, one warm accent"),
    CONTRAST.name: ("Contrast", "dark, at least 7:1"),
    CONTRAST_LIGHT.name: ("Contrast on paper", "light, at least 7:1"),
    COLOUR_BLIND.name: ("Seen by all", "dark, blue and orange"),
    TERMINAL.name: ("Terminal", "your terminal's own colours"),
}
"""A theme's name: what it is called, and what it is like."""


def chosen(wanted: str, light_terminal: bool, colour: bool = True) -> str:
    """The theme to start with: the one that was set, or the one that fits the terminal.
    Without colour the terminal's own, of which only bold and underlined are left."""
    if not colour:
        return TERMINAL.name
    if wanted in ABOUT:
        return wanted
    return LIGHT.name if light_terminal else DARK.name
