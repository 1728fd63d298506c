"""How well one colour can be told from another, by WCAG 2.2 and by kind of colour vision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.geometry import Region

RGB = tuple[float, float, float]
GRAPHICS = ((0x2500, 0x259F), (0x2800, 0x28FF))  # boxes, blocks, braille
DEUTERAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881))  # fmt: skip
PROTAN = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
          (-0.003882, -0.048116, 1.051998))  # fmt: skip
TRITAN = ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
          (0.004733, 0.691367, 0.303900))  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1.0; they work on linear light."""


def linear(color: Color) -> RGB:
    """The three channels as light."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return red, green, blue


def luminance(light: RGB) -> float:
    """Relative luminance, WCAG."""
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def ratio(one: Color, other: Color) -> float:
    """Contrast ratio, 1 to 21."""
    low, high = sorted((luminance(linear(one)), luminance(linear(other))))
    return (high + 0.05) / (low + 0.05)


def seen_as(color: Color, vision: tuple[RGB, RGB, RGB]) -> RGB:
    """The light of a colour as somebody sees it."""
    light = linear(color)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in vision
    )
    return red, green, blue


def apart(one: RGB, other: RGB) -> float:
    """How far two lights are apart: CIE 1976 colour difference, 2.3 is just noticeable."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one), _lab(other), strict=True)) ** 0.5)


def _lab(light: RGB) -> RGB:
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@dataclass(frozen=True)
class Seen:
    """A piece of the screen in one style."""

    text: str
    ratio: float
    graphic: bool


def pieces(app: App[int]) -> Iterator[tuple[str, Style]]:
    """All that is not blank on the screen that is up; of a dialog only the dialog."""
    strips = app.screen._compositor.render_strips()
    for region in _regions(app):
        for y in range(max(0, region.y), min(region.bottom, len(strips))):
            for segment in strips[y].crop(max(0, region.x), region.right):
                yield from _written(segment)


def _regions(app: App[int]) -> list[Region]:
    if app.screen.is_modal:
        return [child.region for child in app.screen.children if child.region]
    return [app.screen.region]


def _written(segment: Segment) -> Iterator[tuple[str, Style]]:
    if segment.text.strip() and segment.style is not None:
        yield segment.text.strip(), segment.style


def seen(app: App[int]) -> list[Seen]:
    """Every piece with its contrast; the screen's own background where it names none."""
    ground = app.screen.styles.background
    return [
        Seen(text, ratio(*_colors(style, ground)), all(map(_graphic, text.replace(" ", ""))))
        for text, style in pieces(app)
    ]


def _colors(style: Style, ground: Color) -> tuple[Color, Color]:
    front = Color.from_rich_color(style.color) if style.color else Color(255, 255, 255)
    back = Color.from_rich_color(style.bgcolor) if style.bgcolor else ground
    return (back, front) if style.reverse else (front, back)


def _graphic(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in GRAPHICS)
