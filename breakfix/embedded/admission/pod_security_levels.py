"""Pod Security: levels, versions, and what a namespace's labels say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from breakfix.embedded.fields import FieldError, invalid

PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")  # ever stricter
LATEST = 10_000  # newer than any minor version
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)")


@dataclass(frozen=True)
class LevelVersion:
    """A level as of a minor version of Kubernetes."""

    level: str = "privileged"
    minor: int = LATEST

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.minor == LATEST else f'v1.{self.minor}'}"


@dataclass(frozen=True)
class Policy:
    """What is refused, noted in the audit log, and warned of."""

    enforce: LevelVersion = LevelVersion()
    audit: LevelVersion = LevelVersion()
    warn: LevelVersion = LevelVersion()

    @property
    def allows_all(self) -> bool:
        """Is nothing looked at?"""
        return {self.enforce.level, self.audit.level, self.warn.level} == {"privileged"}


def stricter(left: str, right: str) -> bool:
    """Is the first level stricter than the second?"""
    return LEVELS.index(left) > LEVELS.index(right)


def policy_of(labels: dict[str, str], defaults: Policy) -> tuple[Policy, list[FieldError]]:
    """A namespace's policy, and which of its labels are malformed.

    A malformed enforce label means restricted, a malformed audit or warn label privileged.
    """
    given = {k.removeprefix(PREFIX): v for k, v in labels.items() if k.startswith(PREFIX)}
    if not given:
        return defaults, []
    errors: list[FieldError] = []
    modes = {
        mode: _mode(given, mode, getattr(defaults, mode), errors)
        for mode in ("enforce", "audit", "warn")
    }
    enforce, warn = modes["enforce"], modes["warn"]
    known = given.get("enforce") in LEVELS
    if "warn" not in given and known and stricter(enforce.level, warn.level):
        minor = warn.minor if "warn-version" in given else enforce.minor
        modes["warn"] = LevelVersion(enforce.level, minor)
    return Policy(**modes), errors


def _mode(
    given: dict[str, str], mode: str, default: LevelVersion, errors: list[FieldError]
) -> LevelVersion:
    level, minor = default.level, default.minor
    if mode in given:
        level = given[mode]
        if level not in LEVELS:
            why = f"must be one of {', '.join(LEVELS)}"
            errors.append(invalid(f"metadata.labels[{PREFIX}{mode}]", level, why))
            level = "restricted" if mode == "enforce" else "privileged"
    if (key := f"{mode}-version") in given:
        minor = _minor(given[key], f"metadata.labels[{PREFIX}{key}]", errors)
    return LevelVersion(level, minor)


def _minor(text: str, field: str, errors: list[FieldError]) -> int:
    if text == "latest":
        return LATEST
    found = _VERSION.fullmatch(text)
    if found is None:
        errors.append(invalid(field, text, 'must be "latest" or "v1.x"'))
        return LATEST
    return int(found[1])
