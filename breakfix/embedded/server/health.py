"""/healthz, /livez and /readyz: a server that answers is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakfix.embedded.facts import loading
from breakfix.embedded.server.answers import Answer, text

HEALTH = ("healthz", "livez", "readyz")
_FIRST = ("ping", "log", "etcd")


def health(
    parts: Sequence[str], query: Mapping[str, str], excluded: Sequence[str]
) -> Answer | None:
    """The answer to a path below one of HEALTH; None for a check that there is not."""
    kind, name = parts[0], "/".join(parts[1:])
    if name:
        return text("ok") if name in _checks(kind) else None
    if "verbose" not in query:
        return text("ok")
    lines = [f"[+]{c} excluded: ok" if c in excluded else f"[+]{c} ok" for c in _checks(kind)]
    return text("\n".join([*lines, f"{kind} check passed\n"]))


def _checks(kind: str) -> list[str]:
    """Their names, as paths name them; the basic ones first."""
    start = f"/{kind}/"
    found = [p.removeprefix(start) for p in loading.paths() if p.startswith(start)]
    return sorted(found, key=lambda name: name not in _FIRST)
