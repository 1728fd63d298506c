"""The terminal pane's sixteen colours, taken from the theme so that the pane belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bittty.palette import XTERM_PALETTE, PaletteDefaults, build_256
from rich.color import Color as RichColor
from rich.style import Style as RichStyle
from textual.color import Color

BASE = ("panel", "error", "success", "warning", "primary", "secondary", "primary", "foreground")
BRIGHT_BY = 0.12


def paint(palette: Any, variables: Mapping[str, str]) -> None:
    """Make the theme's colours a bittty palette device's own: also `reset` keeps them. A
    theme of the terminal's own colours has none to give; a child that asks hears xterm's."""
    if Color.parse(variables["foreground"]).ansi is not None:
        palette._defaults = XTERM_PALETTE
        palette._default_colors = build_256(XTERM_PALETTE.base16)
        palette.reset()
        return
    base = [Color.parse(variables[name]) for name in BASE]
    bright = [Color.parse(variables["muted"]), *(color.lighten(BRIGHT_BY) for color in base[1:])]
    sixteen = tuple(color.rgb for color in (*base, *bright))
    palette._defaults = PaletteDefaults(
        base16=sixteen,
        foreground=Color.parse(variables["foreground"]).rgb,
        background=Color.parse(variables["background"]).rgb,
        cursor=Color.parse(variables["accent"]).rgb,
    )
    palette._default_colors = build_256(sixteen)
    palette.reset()


def by_number(style: Any, found: RichStyle) -> RichStyle:
    """The style of a cell with its colours as the child named them, for the terminal around
    to paint: by number where they have one, none where it is the default."""
    bare = RichStyle.combine([found, RichStyle(color="default", bgcolor="default")])
    return bare + RichStyle(color=_named(style.fg), bgcolor=_named(style.bg))


def _named(color: Any) -> RichColor | None:
    if color is None or color.mode == "default":
        return None
    if color.mode == "indexed":
        return RichColor.from_ansi(color.value)
    return RichColor.from_rgb(*color.value)
