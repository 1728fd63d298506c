"""How Pod Security's findings are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from breakfix.embedded.objects import Object


@dataclass(frozen=True)
class Finding:
    """Why a pod does not conform."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


def told(findings: Iterable[Finding]) -> str:
    """All of them in one line."""
    return ", ".join(map(str, findings))


def quoted(words: Iterable[str]) -> str:
    """Words in quotes, joined by commas."""
    return ", ".join(f'"{w}"' for w in words)


def plural(count: int, one: str, many: str = "") -> str:
    """The word for so many."""
    return one if count == 1 else many or f"{one}s"


def named(kind: str, names: list[str]) -> str:
    """`container "a"`, `containers "a", "b"`."""
    return f"{plural(len(names), kind)} {quoted(names)}"


def containers_of(spec: Object) -> Iterator[Object]:
    """Every container, in the order in which they are told."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(kind) or []


def context_of(holder: Object) -> Object:
    """The securityContext of a pod's spec or a container, never None."""
    found: Object = holder.get("securityContext") or {}
    return found


def bad_containers(spec: Object, is_bad: Callable[[Object], object]) -> list[str]:
    """The names of those that something is wrong with."""
    return [c.get("name", "") for c in containers_of(spec) if is_bad(c)]


def added_capabilities(spec: Object, allowed: Collection[str]) -> str:
    """Who adds which capabilities beyond these; "" for nobody."""

    def extra(container: Object) -> set[str]:
        added = (context_of(container).get("capabilities") or {}).get("add") or []
        return set(added).difference(allowed)

    names = bad_containers(spec, extra)
    found = quoted(sorted(set().union(*map(extra, containers_of(spec)))))
    where = "securityContext.capabilities.add"
    return f"{named('container', names)} must not include {found} in {where}" if names else ""


def setters(pod: bool, names: list[str]) -> str:
    """`pod and containers "a", "b"`: who set something."""
    parts = ["pod"] if pod else []
    return " and ".join([*parts, *([named("container", names)] if names else [])])
