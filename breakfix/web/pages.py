"""The pages, and the headers that keep strangers' pages away from them."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

OURS = Path(__file__).parent / "static"
FONT_SIZES = range(8, 49)
FONT_SIZE = 16

HEADERS = {
    # xterm.js writes style elements; everything else comes from this server, or not at all
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a form would have the Origin null
    "Server": "breakfix",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def _page(name: str) -> str:
    return (OURS / name).read_text("utf-8")


def terminal_page(font_size: str) -> str:
    """The page with the terminal in it; a size that is none, or too odd, is passed over."""
    size = int(font_size) if font_size.isdecimal() and len(font_size) < 4 else FONT_SIZE  # noqa: PLR2004 - three digits
    return _page("index.html").replace("FONT_SIZE", str(size if size in FONT_SIZES else FONT_SIZE))


def password_page(token: str, message: str = "") -> str:
    """The form that asks for the password."""
    page = _page("password.html").replace("TOKEN", html.escape(token))
    return page.replace("MESSAGE", html.escape(message))
