"""All checks of a level as of a version."""

from __future__ import annotations

from functools import lru_cache

from breakfix.embedded.admission import pod_security_baseline, pod_security_restricted
from breakfix.embedded.admission.pod_security_baseline import Check
from breakfix.embedded.admission.pod_security_levels import LevelVersion
from breakfix.embedded.admission.pod_security_words import Finding
from breakfix.embedded.objects import Object

Versions = tuple[tuple[int, Check], ...]


def evaluate(asked: LevelVersion, metadata: Object, spec: Object) -> list[Finding]:
    """Why a pod does not conform to the level; nothing where it does."""
    found = (check(metadata, spec) for check in _checks(asked))
    return [finding for finding in found if finding is not None]


@lru_cache(maxsize=256)
def _checks(asked: LevelVersion) -> tuple[Check, ...]:
    """Baseline's first, then those of restricted, each by name."""
    if asked.level == "privileged":
        return ()
    chosen = _as_of(pod_security_baseline.CHECKS, asked.minor)
    if asked.level == "baseline":
        return tuple(chosen.values())
    beyond = _as_of(pod_security_restricted.CHECKS, asked.minor)
    for name in beyond:
        chosen.pop(pod_security_restricted.OVERRIDES.get(name, ""), None)
    return (*chosen.values(), *beyond.values())


def _as_of(checks: dict[str, Versions], minor: int) -> dict[str, Check]:
    found = {}
    for name, versions in checks.items():
        known = [check for since, check in versions if since <= minor]
        if known:
            found[name] = known[-1]
    return found
