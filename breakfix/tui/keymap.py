"""Keys that a person has set: which may be, which get in each other's way, and in words why.

A keymap is what Preferences.keys holds: a binding's id and its keys, parted by commas.
Nothing here lets go of the last key of anything, so no way out can be lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.tui.bindings import LAST_WAY_OUT, Bound, Owner, Reach, by_id, owners
from breakfix.tui.keys import key_text, types

Keymap = Mapping[str, str]
NEVER = {
    "ctrl+c": "it stops what runs in the shell",
    "tab": "it goes to the next pane",
    "shift+tab": "it goes to the pane before",
}
SHELLS = frozenset({
    "enter", "escape", "backspace", "delete", "insert", "space", "home", "end", "pageup",
    "pagedown", "up", "down", "left", "right", "ctrl+d", "ctrl+z", "ctrl+l", "ctrl+r",
    "ctrl+a", "ctrl+e", "ctrl+w", "ctrl+u", "ctrl+k", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+h",
})  # fmt: skip
"""What a shell cannot do without; keys that are heard anywhere are none of these."""


def keys_now(bound: Bound, keymap: Keymap) -> tuple[str, ...]:
    """The keys of a binding with this keymap."""
    given = keymap.get(bound.id, "")
    return tuple(given.split(",")) if given else bound.keys


def refusal(bound: Bound, key: str) -> str:
    """Why this binding cannot have this key, or nothing."""
    if key in NEVER:
        return f"{key_text(key)} stays what it is: {NEVER[key]}"
    if bound.anywhere and (key in SHELLS or types(key)):
        return f"{key_text(key)} belongs to the shell, and this key is heard there too"
    return ""


def meet(one: Owner, other: Owner) -> bool:
    """True where both can listen at the same time."""
    if one == other or Reach.EVERYWHERE in (one.reach, other.reach):
        return True
    return {one.reach, other.reach} == {Reach.SCREEN, Reach.PANE}


def rivals(bound: Bound, key: str, keymap: Keymap) -> list[tuple[Owner, Bound]]:
    """Who else listens to this key where this binding does."""
    mine = next(owner for owner in owners() if bound in owner.bindings)
    return [
        (owner, other)
        for owner in owners()
        if meet(mine, owner)
        for other in owner.bindings
        if other.id not in (bound.id, LAST_WAY_OUT) and key in keys_now(other, keymap)
    ]


def swapped(bound: Bound, key: str, keymap: Keymap) -> dict[str, str] | None:
    """The keymap in which this binding has the key and whoever had it has another: one of
    its own, or the one that becomes free. None where that leaves somebody without."""
    free = keys_now(bound, keymap)[0]
    changed = {**keymap, bound.id: key}
    for _, other in rivals(bound, key, keymap):
        kept = [k for k in keys_now(other, keymap) if k != key] or [free]
        if not other.id or any(refusal(other, k) or rivals(other, k, changed) for k in kept):
            return None
        changed[other.id] = ",".join(kept)
    return changed


def without(names: set[str], keymap: Keymap) -> dict[str, str]:
    """The keymap with these as they came."""
    return {name: keys for name, keys in keymap.items() if name not in names}


def sound(given: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """What of a keymap can be used, and for the rest why it cannot."""
    known, told, good = by_id(), [], {}
    for name, keys in given.items():
        wrong = _wrong(known.get(name), name, keys)
        if wrong:
            told.append(wrong)
        else:
            good[name] = ",".join(part.strip() for part in str(keys).split(","))
    return _peaceful(good, told), told


def _wrong(bound: Bound | None, name: str, keys: object) -> str:
    if bound is None:
        return f"nothing is called {name}"
    if not isinstance(keys, str) or not all(part.strip() for part in keys.split(",")):
        return f"{name} has no keys"
    return next(filter(None, (refusal(bound, part.strip()) for part in keys.split(","))), "")


def _peaceful(keymap: dict[str, str], told: list[str]) -> dict[str, str]:
    """Drop one after the other what takes a key from somebody else."""
    known = by_id()
    for name in list(keymap):
        for key in keys_now(known[name], keymap):
            taken = rivals(known[name], key, keymap)
            if taken:
                owner, other = taken[0]
                told.append(f"{name}: {key_text(key)} is {other.label} of {owner.title}")
                return _peaceful(without({name}, keymap), told)
    return keymap
