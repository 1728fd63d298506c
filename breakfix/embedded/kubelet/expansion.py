"""$(NAME) in commands and environment values."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def expand(text: str, *known: Mapping[str, str]) -> str:
    """References to variables that are known are replaced; the others stay; `$$` is `$`."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "$"
        return next((v[name] for v in known if name in v), found[0])

    return _REFERENCE.sub(value, text)


def unknown(text: str, *known: Mapping[str, str]) -> list[str]:
    """The names in it that nothing is known of."""
    names = [n for n in _REFERENCE.findall(text) if n]
    return [n for n in names if not any(n in v for v in known)]
