"""Executable files: which program an image's binary stands for."""

from __future__ import annotations

_MAGIC = b"\x7fELF\x02\x01\x01\x00program:"


def executable(name: str) -> bytes:
    """The content of a binary that is this program, wherever it is copied to."""
    return _MAGIC + name.encode() + b"\n"


def program_of(data: bytes) -> str:
    """The program that a file's content stands for; "" where it is not one of ours."""
    if not data.startswith(_MAGIC):
        return ""
    return bytes(data[len(_MAGIC) :]).split(b"\n", 1)[0].decode(errors="replace")


def shebang(data: bytes) -> list[str] | None:
    """The interpreter and its argument in a script's first line."""
    if not data.startswith(b"#!"):
        return None
    words = data[2:].split(b"\n", 1)[0].decode(errors="replace").strip().split(None, 1)
    return words or None
