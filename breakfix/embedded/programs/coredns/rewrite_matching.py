"""What rules of CoreDNS's rewrite plugin match names by, and the names that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.programs.coredns.chain import SetupError

MATCHES = ("exact", "prefix", "suffix", "substring", "regex")
LEAST = 2  # arguments of most rules
_MAX_NAME = 253


def changes(kind: str, before: str, to: str) -> Callable[[str], str | None]:
    """The new name, None where the rule does not match."""
    match kind:
        case "exact":
            return lambda name: to if name == before else None
        case "prefix":
            return lambda name: to + name[len(before) :] if name.startswith(before) else None
        case "suffix":
            return lambda name: name[: -len(before)] + to if name.endswith(before) else None
        case "substring":
            return lambda name: name.replace(before, to) if before in name else None
    pattern = compiled(before, to)

    def by_regex(name: str) -> str | None:
        found = pattern.search(name)
        return replaced(found, to) if found else None

    return by_regex


def compiled(before: str, to: str) -> re.Pattern[str]:
    """A pattern that has the groups of its replacement. Raises SetupError."""
    try:
        pattern = re.compile(before)
    except re.error:
        raise SetupError(f"invalid regex matching pattern: {before}") from None
    used = len(set(re.findall(r"\{(\d{1,3})\}", to)))
    if used > pattern.groups:
        raise SetupError(
            f"the rewrite regex pattern ({to}) uses more subexpressions than its corresponding "
            f"matching regex pattern ({before})"
        )
    return pattern


def replaced(found: re.Match[str], to: str) -> str:
    """The replacement with {1} and the like filled."""
    values = [found[0], *(group or "" for group in found.groups())]
    for i, value in enumerate(values):
        to = to.replace(f"{{{i}}}", value)
    return to[:_MAX_NAME]


def matching(args: list[str], what: str) -> tuple[Callable[[str], bool], list[str]]:
    """`[exact|prefix|suffix|substring|regex] NAME REST...`."""
    kind = args[0].lower() if args else ""
    if kind not in MATCHES:
        kind, args = "exact", ["exact", *args]
    if len(args) < LEAST + 1:
        raise SetupError(f"too few (or many) arguments for a {what} rule")
    name = args[1] if kind == "regex" else args[1].lower()
    name = fqdn(name) if kind in ("exact", "suffix") else name
    change = changes(kind, name, "")
    return lambda asked: change(asked) is not None, args[2:]
