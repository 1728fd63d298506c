"""The picture as PNG, through resvg: loaded only when a PNG is asked for."""

from __future__ import annotations

from functools import cache

from breakfix.errors import ExportError
from breakfix.game.postmortem.palette import LIGHT, Palette
from breakfix.game.postmortem.shapes import FONT

SCALE = 2
LETTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    f'<text x="5" y="30" style="font-size:30px;font-family:{FONT}">{{}}</text></svg>'
)


def png(svg: str, colours: Palette = LIGHT) -> bytes:
    """Twice the size of the SVG, for sharp screens. Raises ExportError, also where this
    machine has no font for it: the picture would be without words."""
    if not _has_letters():
        raise ExportError(
            "there is no font on this machine to draw a PNG with",
            "Install one (fonts-dejavu-core, for one), or export the picture as SVG.",
        )
    from resvg_py import svg_to_bytes

    try:
        drawn: bytes = svg_to_bytes(svg_string=svg, zoom=SCALE, background=colours.paper)
    except ValueError as error:
        raise ExportError(f"the picture could not be drawn: {error}") from error
    return bytes(drawn)


@cache
def _has_letters() -> bool:
    """Does a letter in the picture's fonts leave a trace on an empty one?"""
    from resvg_py import svg_to_bytes

    return bool(
        svg_to_bytes(svg_string=LETTER.format("M")) != svg_to_bytes(svg_string=LETTER.format(" "))
    )
