"""The pieces of a picture as SVG elements: text, lines, and a shape for each mark."""

from __future__ import annotations

from xml.sax.saxutils import escape

from breakfix.game.postmortem.palette import Palette

FONT = "'DejaVu Sans', 'Liberation Sans', 'Noto Sans', Arial, Helvetica, sans-serif"
SANS_WIDTH = 0.62  # of the size: no letter of these fonts is wider on average


def label(
    x: float, y: float, text: str, size: float, colour: str, anchor: str = "start",
    weight: str = "400",
) -> str:  # fmt: skip
    """A line of text on its base line."""
    style = f"fill:{colour};font-size:{size:g}px;font-weight:{weight};text-anchor:{anchor}"
    return f'<text x="{x:.1f}" y="{y:.1f}" style="{style}">{escaped(text)}</text>'


def escaped(text: str) -> str:
    """Text as XML takes it: no markup, no control characters."""
    return escape("".join(c for c in text if c.isprintable()))


def clipped(text: str, size: float, width: float) -> str:
    """The text as far as it surely fits."""
    most = max(1, int(width / (size * SANS_WIDTH)))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0, dash: str = ""
) -> str:
    """A straight line."""
    dashes = f";stroke-dasharray:{dash}" if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'style="stroke:{colour};stroke-width:{width:g}{dashes}"/>'
    )


def bar(x: float, y: float, width: float, height: float, colour: str, round_: float = 3) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}" '
        f'rx="{round_:g}" style="fill:{colour}"/>'
    )


def mark(sign: str, x: float, y: float, colours: Palette) -> str:
    """The shape of a mark of lanes.MARKS around a point."""
    if sign in DRAWN:
        path, colour, filled = DRAWN[sign]
        tint = getattr(colours, colour)
        style = f"fill:{tint}" if filled else f"fill:{colours.paper};stroke:{tint};stroke-width:2.5"
        return f'<path d="{path}" transform="translate({x:.1f} {y:.1f})" style="{style}"/>'
    back = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" style="fill:{colours.faint}"/>'
    return back + label(x, y + 4.6, sign, 13, colours.ink, "middle", "700")


def _circle(radius: float) -> str:
    half = f"a{radius} {radius} 0 1 0"
    return f"M{-radius} 0{half} {2 * radius} 0{half} {-2 * radius} 0z"


DIAMOND = "M0 -10L9 0L0 10L-9 0z"
DRAWN: dict[str, tuple[str, str, bool]] = {
    "●": (_circle(8), "accent", True),
    "•": (_circle(5), "ink", True),
    "◆": (DIAMOND, "primary", True),
    "◇": (DIAMOND, "bad", False),
    "▲": ("M0 -9L9 8L-9 8z", "accent", True),
    "■": ("M-7 -7H7V7H-7z", "ink", True),
    "‖": ("M-6 -8H-2V8H-6zM2 -8H6V8H2z", "muted", True),
    "▸": ("M-5 -8L7 0L-5 8z", "muted", True),
    "✓": ("M-9 0L-3 6L9 -8L11 -5L-3 10L-11 3z", "good", True),
    "✗": ("M-8 -6L-6 -8L0 -2L6 -8L8 -6L2 0L8 6L6 8L0 2L-6 8L-8 6L-2 0z", "bad", True),
}
"""Path around 0 0, which colour of the palette, filled or only its outline."""
