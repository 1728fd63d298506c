"""The colours of a picture: fixed ones for a file, the page's own for a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One colour for each job, as CSS has them; those of a file are the terminal's Paper."""

    paper: str
    ink: str
    muted: str
    faint: str
    accent: str
    primary: str
    good: str
    bad: str


LIGHT = Palette(
    "#f6f5f1", "#20262c", "#5a646d", "#d9d6cc", "#8a5a00", "#22598a", "#2f6f37", "#a8323a"
)
PAGE = Palette(
    "var(--card)", "var(--ink)", "var(--muted)", "var(--faint)", "var(--accent)", "var(--link)",
    "var(--good)", "var(--bad)",
)  # fmt: skip
