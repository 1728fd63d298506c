"""The colours of a picture: fixed ones for a file, the page's own for a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One colour for each job, as CSS has them; the two files' are those of the terminal."""

    paper: str
    ink: str
    muted: str
    faint: str
    accent: str
    primary: str
    good: str
    bad: str


DARK = Palette(
    "#0f1317", "#d3d8df", "#8a96a3", "#2b353f", "#e6b35a", "#8ab4d8", "#8cc58f", "#e5767b"
)
LIGHT = Palette(
    "#f6f5f1", "#20262c", "#5a646d", "#d9d6cc", "#8a5a00", "#22598a", "#2f6f37", "#a8323a"
)
PAGE = Palette(
    "var(--card)", "var(--ink)", "var(--muted)", "var(--faint)", "var(--accent)", "var(--link)",
    "var(--good)", "var(--bad)",
)  # fmt: skip
