"""The two themes of breakfix: quiet ink, one warm accent, states by few colours.

Every colour of the terminal comes from here by variable; styles/ names no colour itself.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="breakfix",
    primary="#8ab4d8",
    secondary="#7c9bb0",
    accent="#e6b35a",
    warning="#e6b35a",
    error="#e5767b",
    success="#8cc58f",
    foreground="#d3d8df",
    background="#0f1317",
    surface="#141a20",
    panel="#1b232b",
    dark=True,
    variables={
        "border": "#3a4753",
        "border-blurred": "#2b353f",
        "muted": "#8a96a3",
        "faint": "#616d79",
        "footer-background": "#141a20",
        "footer-key-foreground": "#e6b35a",
        "block-cursor-background": "#2a3a48",
        "block-cursor-foreground": "#f0f3f6",
        "block-cursor-blurred-background": "#1e2831",
        "block-cursor-blurred-foreground": "#d3d8df",
        "input-selection-background": "#8ab4d8 30%",
    },
)
LIGHT = Theme(
    name="breakfix-light",
    primary="#22598a",
    secondary="#4a687d",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#a8323a",
    success="#2f6f37",
    foreground="#20262c",
    background="#f6f5f1",
    surface="#eeede8",
    panel="#e4e2db",
    dark=False,
    variables={
        "border": "#b3b0a6",
        "border-blurred": "#cdcac0",
        "muted": "#5a646d",
        "faint": "#767f87",
        "footer-background": "#eeede8",
        "footer-key-foreground": "#8a5a00",
        "block-cursor-background": "#cfdbe6",
        "block-cursor-foreground": "#12171b",
        "block-cursor-blurred-background": "#dfe3e4",
        "block-cursor-blurred-foreground": "#20262c",
        "input-selection-background": "#22598a 25%",
    },
)
THEMES = (DARK, LIGHT)
