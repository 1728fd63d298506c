"""A Job's rules for when its pods' ends count: podFailurePolicy and successPolicy."""

from __future__ import annotations

import re

from breakfix.embedded.fields import FieldError, duplicate, invalid, required, too_many
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.checks import unsupported
from breakfix.embedded.objects import Object

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_STATUSES = ("False", "True", "Unknown")
_MOST_RULES, _MOST_VALUES, _MOST_PATTERNS = 20, 255, 20


def _quoted(words: tuple[str, ...]) -> str:
    return "valid values: [" + " ".join(f'"{w}"' for w in words) + "]"


def _chosen(field: str, value: str, known: tuple[str, ...]) -> list[FieldError]:
    if not value:
        return [required(field, _quoted(known))]
    return [] if value in known else [unsupported(field, value, known)]


def validate_failure_policy(spec: Object, path: str) -> list[FieldError]:
    """spec.podFailurePolicy."""
    rules = spec["podFailurePolicy"].get("rules") or []
    pod = (spec.get("template") or {}).get("spec") or {}
    names = {
        c.get("name") for kind in ("containers", "initContainers") for c in pod.get(kind) or []
    }
    found: list[FieldError] = []
    if len(rules) > _MOST_RULES:
        found.append(too_many(f"{path}.rules", len(rules), _MOST_RULES))
    for at, rule in enumerate(rules):
        found += _failure_rule(spec, rule, f"{path}.rules[{at}]", names)
    return found


def _failure_rule(spec: Object, rule: Object, path: str, names: set[str]) -> list[FieldError]:
    action = rule.get("action", "")
    found = _chosen(f"{path}.action", action, _ACTIONS)
    if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        why = "requires the backoffLimitPerIndex to be set"
        found.append(invalid(f"{path}.action", action, why))
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if codes is not None:
        found += _exit_codes(codes, f"{path}.onExitCodes", names)
    found += _conditions(conditions, f"{path}.onPodConditions")
    if (codes is not None) == bool(conditions):
        both = "specifying both OnExitCodes and OnPodConditions is not supported"
        none = "specifying one of OnExitCodes and OnPodConditions is required"
        found.append(FieldError(path, "Invalid value", detail=both if conditions else none))
    return found


def _conditions(patterns: list[Object], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    if len(patterns) > _MOST_PATTERNS:
        found.append(too_many(path, len(patterns), _MOST_PATTERNS))
    for at, pattern in enumerate(patterns):
        found += checks.qualified(f"{path}[{at}].type", pattern.get("type", ""))
        found += _chosen(f"{path}[{at}].status", pattern.get("status", ""), _STATUSES)
    return found


def _exit_codes(codes: Object, path: str, names: set[str]) -> list[FieldError]:
    found = _chosen(f"{path}.operator", codes.get("operator", ""), _OPERATORS)
    container, values = codes.get("containerName"), codes.get("values") or []
    if container is not None and container not in names:
        why = "must be one of the container or initContainer names in the pod template"
        found.append(invalid(f"{path}.containerName", container, why))
    if not values:
        found.append(invalid(f"{path}.values", values, "at least one value is required"))
    elif len(values) > _MOST_VALUES:
        found.append(too_many(f"{path}.values", len(values), _MOST_VALUES))
    for at, value in enumerate(values):
        if value == 0 and codes.get("operator") == "In":
            why = "must not be 0 for the In operator"
            found.append(invalid(f"{path}.values[{at}]", value, why))
        if value in values[:at]:
            found.append(duplicate(f"{path}.values[{at}]", value))
    if values != sorted(values):
        found.append(invalid(f"{path}.values", values, "must be ordered"))
    return found


def validate_success_policy(spec: Object, path: str) -> list[FieldError]:
    """spec.successPolicy."""
    policy = spec["successPolicy"]
    if spec.get("completionMode") != "Indexed":
        return [invalid(path, policy, "requires indexed completion mode")]
    rules = policy.get("rules") or []
    found: list[FieldError] = []
    if not rules:
        why = "at least one rules must be specified when the successPolicy is specified"
        found.append(required(f"{path}.rules", why))
    if len(rules) > _MOST_RULES:
        found.append(too_many(f"{path}.rules", len(rules), _MOST_RULES))
    for at, rule in enumerate(rules):
        found += _success_rule(spec.get("completions") or 0, rule, f"{path}.rules[{at}]")
    return found


def _success_rule(completions: int, rule: Object, path: str) -> list[FieldError]:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and indexes is None:
        why = "at least one of succeededCount or succeededIndexes must be specified"
        return [required(path, why)]
    found: list[FieldError] = []
    total = completions
    if indexes is not None:
        try:
            total = count_indexes(indexes, completions)
        except ValueError as error:
            why = f"error parsing succeededIndexes: {error}"
            found.append(invalid(f"{path}.succeededIndexes", indexes, why))
    found += checks.non_negative(f"{path}.succeededCount", count)
    for limit, what in (
        (completions, "the number of specified completions"),
        (total, "the number of indexes in the specified succeededIndexes field"),
    ):
        if count is not None and count > limit:
            why = f"must be less than or equal to {limit} ({what})"
            found.append(invalid(f"{path}.succeededCount", count, why))
        if indexes is None:
            break
    return found


def count_indexes(text: str, completions: int) -> int:
    """How many indexes "0,2-4" names. Raises ValueError where it is malformed."""
    last, total = -1, 0
    for part in text.split(",") if text else []:
        start, end = _interval(part, completions)
        if start <= last:
            raise ValueError(f"non-increasing order, previous: {last}, current: {start}")
        last, total = end, total + end - start + 1
    return total


def _interval(text: str, completions: int) -> tuple[int, int]:
    parts = text.split("-")
    if len(parts) > 2:  # noqa: PLR2004
        raise ValueError(
            f'the fragment "{text}" violates the requirement that an index interval can have at '
            "most two parts separated by '-'"
        )
    numbers = [_index(part, completions) for part in parts]
    if len(numbers) > 1 and numbers[0] >= numbers[1]:
        raise ValueError(f"non-increasing order, previous: {numbers[0]}, current: {numbers[1]}")
    return numbers[0], numbers[-1]


def _index(text: str, completions: int) -> int:
    if not re.fullmatch(r"\d+", text):
        raise ValueError(f'cannot convert string to integer for index: "{text}"')
    if int(text) >= completions:
        raise ValueError(f'too large index: "{text}"')
    return int(text)
