"""Textual's key names put into what a terminal's child expects to read."""

from __future__ import annotations

from bittty import constants
from textual.keys import key_to_character

MODIFIERS = {
    frozenset[str](): constants.KEY_MOD_NONE,
    frozenset({"shift"}): constants.KEY_MOD_SHIFT,
    frozenset({"alt"}): constants.KEY_MOD_ALT,
    frozenset({"shift", "alt"}): constants.KEY_MOD_SHIFT_ALT,
    frozenset({"ctrl"}): constants.KEY_MOD_CTRL,
    frozenset({"shift", "ctrl"}): constants.KEY_MOD_SHIFT_CTRL,
    frozenset({"alt", "ctrl"}): constants.KEY_MOD_ALT_CTRL,
    frozenset({"shift", "alt", "ctrl"}): constants.KEY_MOD_SHIFT_ALT_CTRL,
}
ALIASES = {"meta": "alt"}
NAMED = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "backspace": constants.BS,  # the board makes DEL of it unless asked for BS
    "space": " ",
}
WITH_CONTROL = {
    "at": "\x00",
    "space": "\x00",
    "left_square_bracket": "\x1b",
    "backslash": "\x1c",
    "right_square_bracket": "\x1d",
    "circumflex_accent": "\x1e",
    "slash": "\x1f",
    "underscore": "\x1f",
}
SEQUENCES = {
    ("tab", frozenset({"shift"})): "\x1b[Z",
    ("backspace", frozenset({"alt"})): "\x1b\x7f",
    ("backspace", frozenset({"ctrl"})): "\x08",
}
CONTROL_LIMIT = 32


def sequence_of(key: str, character: str | None) -> tuple[str, str, int]:
    """(bytes to send as they are, or else the board's name for the key, its modifier)."""
    *held, base = key.split("+")
    mods = frozenset(ALIASES.get(mod, mod) for mod in held)
    if "ctrl" in mods and base in WITH_CONTROL:
        return WITH_CONTROL[base], "", constants.KEY_MOD_NONE
    if (base, mods) in SEQUENCES:
        return SEQUENCES[base, mods], "", constants.KEY_MOD_NONE
    if not mods and character and character.isprintable():
        return "", character, constants.KEY_MOD_NONE
    if mods == {"alt"} and base[0] == "f" and base[1:].isdigit():
        return "", base, constants.KEY_MOD_NONE  # the game has the function keys without alt
    modifier = MODIFIERS.get(mods & {"shift", "alt", "ctrl"}, constants.KEY_MOD_NONE)
    name = NAMED.get(base) or _character(base) or base
    if "ctrl" in mods and "alt" not in mods and character and ord(character[0]) < CONTROL_LIMIT:
        return character, "", constants.KEY_MOD_NONE
    return "", name, modifier


def _character(base: str) -> str:
    """`full_stop` is `.`; names of keys that type nothing stay names."""
    return base if len(base) == 1 else _punctuation(base)


def _punctuation(base: str) -> str:
    found = key_to_character(base)
    return found if found and found.isprintable() else ""
