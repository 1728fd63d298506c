"""The terminal pane's sixteen colours, taken from the theme so that the pane belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bittty.palette import PaletteDefaults, build_256
from textual.color import Color

BASE = ("panel", "error", "success", "warning", "primary", "secondary", "primary", "foreground")
BRIGHT_BY = 0.12


def paint(palette: Any, variables: Mapping[str, str]) -> None:
    """Make the theme's colours a bittty palette device's own: also `reset` keeps them."""
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
