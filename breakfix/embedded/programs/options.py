"""Command lines as getopt_long reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


class OptionError(Exception):
    """Words as getopt has them, without the program's name."""


@dataclass
class Options:
    """What was given: options with their values in order, and the rest."""

    values: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return any(n == name for n, _ in self.values)

    def get(self, name: str, default: str = "") -> str:
        """The last value of an option."""
        return next((v for n, v in reversed(self.values) if n == name), default)

    def all(self, name: str) -> list[str]:
        """All values of an option."""
        return [v for n, v in self.values if n == name]

    def count(self, name: str) -> int:
        """How often it was given."""
        return sum(n == name for n, _ in self.values)


def getopt(  # noqa: C901 - one loop over words
    words: Iterable[str], short: str, long: dict[str, str | None] | None = None,
    permute: bool = True,
) -> Options:  # fmt: skip
    """`short` as in getopt ("a:b"); `long`: name to its short one, "name=" takes a value.

    Raises OptionError.
    """
    takes = {c for c, after in zip(short, short[1:] + " ", strict=True) if after == ":"}
    known = set(short) - {":"}
    table = {name.rstrip("="): (alias, name.endswith("=")) for name, alias in (long or {}).items()}
    found, left = Options(), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            found.rest += left
            break
        if word.startswith("--"):
            name, eq, value = word[2:].partition("=")
            if name not in table:
                raise OptionError(f"unrecognized option '--{name}'")
            alias, wants = table[name]
            if wants and not eq:
                if not left:
                    raise OptionError(f"option '--{name}' requires an argument")
                value = left.pop(0)
            found.values.append((alias or name, value))
        elif word.startswith("-") and len(word) > 1:
            _cluster(word[1:], left, known, takes, found)
        else:
            found.rest.append(word)
            if not permute:
                found.rest += left
                break
    return found


def _cluster(text: str, left: list[str], known: set[str], takes: set[str], found: Options) -> None:
    for i, letter in enumerate(text):
        if letter not in known:
            raise OptionError(f"invalid option -- '{letter}'")
        if letter not in takes:
            found.values.append((letter, ""))
            continue
        value = text[i + 1 :]
        if not value:
            if not left:
                raise OptionError(f"option requires an argument -- '{letter}'")
            value = left.pop(0)
        found.values.append((letter, value))
        return


class FlagError(Exception):
    """Words as pflag has them."""


def go_flags(words: Iterable[str], known: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Go's flags: `known` names to defaults; "true" and "false" are switches.

    Raises FlagError.
    """
    found, rest, left = dict(known), [], list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += left
            break
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, eq, value = word.lstrip("-").partition("=")
        if name not in known:
            raise FlagError(f"unknown flag: --{name}")
        if not eq:
            if known[name] in ("true", "false"):
                value = "true"
            elif left:
                value = left.pop(0)
            else:
                raise FlagError(f"flag needs an argument: --{name}")
        found[name] = value
    return found, rest
