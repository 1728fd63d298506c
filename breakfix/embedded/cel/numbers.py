"""The libraries `quantity` and `semver`."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from breakfix.embedded import quantities
from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.functions import Function, function, method, tagged

QUANTITY, SEMVER = "kubernetes.Quantity", "kubernetes.Semver"
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?"
)
_LOOSE = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:[-+].*)?)")


def _quantity(number: Decimal) -> f.Value:
    return tagged(QUANTITY, number=str(number.normalize() + 0))


def _parsed(text: str) -> f.Value:
    return _quantity(quantities.parse(text))


def _number(value: Any) -> Decimal:
    return Decimal(value["number"]) if isinstance(value, dict) else Decimal(value)


def _integer(value: f.Value) -> int:
    number = _number(value)
    if not _is_integer(value):
        raise ValueError("cannot convert value to integer")
    return int(number)


def _is_integer(value: f.Value) -> bool:
    number = _number(value)
    return number == int(number) and -(2**63) <= number < 2**63


def _sign(number: Any) -> int:
    return int(number > 0) - int(number < 0)


def _yes(check: Callable[..., Any]) -> Callable[..., bool]:
    def body(*arguments: Any) -> bool:
        try:
            check(*arguments)
        except ValueError:
            return False
        return True

    return body


def _semver(text: str, normalize: bool = False) -> f.Value:
    found = _SEMVER.fullmatch(_normal(text) if normalize else text)
    if not found:
        raise ValueError("No Major.Minor.Patch elements found")
    return tagged(SEMVER, core=[int(found[i]) for i in (1, 2, 3)], before=found[4] or "")


def _normal(text: str) -> str:
    """v1.2 as 1.2.0, without leading zeros."""
    found = _LOOSE.fullmatch(text)
    if not found:
        return text
    return ".".join(str(int(found[i] or 0)) for i in (1, 2, 3)) + found[4]


def _order(value: f.Value) -> tuple[Any, ...]:
    """By the precedence of semver.org: a prerelease comes before its release."""
    parts = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in value["before"].split(".") if p]
    return (*value["core"], not parts, parts)


def _compare(a: f.Value, b: f.Value) -> int:
    left, right = _order(a), _order(b)
    return (left > right) - (left < right)


FUNCTIONS: tuple[Function, ...] = (
    function("string_to_quantity", "quantity", [f.STRING], QUANTITY, _parsed),
    function("is_quantity_string", "isQuantity", [f.STRING], f.BOOL, _yes(_parsed)),
    function("quantity_sign", "sign", [QUANTITY], f.INT, lambda q: _sign(_number(q))),
    method("quantity_sign_member", "sign", [QUANTITY], f.INT, lambda q: _sign(_number(q))),
    method(
        "quantity_is_greater_than", "isGreaterThan", [QUANTITY, QUANTITY], f.BOOL,
        lambda a, b: _number(a) > _number(b),
    ),
    method(
        "quantity_is_less_than", "isLessThan", [QUANTITY, QUANTITY], f.BOOL,
        lambda a, b: _number(a) < _number(b),
    ),
    method(
        "quantity_compare_to", "compareTo", [QUANTITY, QUANTITY], f.INT,
        lambda a, b: _sign(_number(a) - _number(b)),
    ),
    method(
        "quantity_get_float", "asApproximateFloat", [QUANTITY], f.DOUBLE,
        lambda q: float(_number(q)),
    ),
    method("quantity_get_int", "asInteger", [QUANTITY], f.INT, _integer),
    method("quantity_is_integer", "isInteger", [QUANTITY], f.BOOL, _is_integer),
    method(
        "quantity_add", "add", [QUANTITY, QUANTITY], QUANTITY,
        lambda a, b: _quantity(_number(a) + _number(b)),
    ),
    method(
        "quantity_add_int", "add", [QUANTITY, f.INT], QUANTITY,
        lambda a, b: _quantity(_number(a) + b),
    ),
    method(
        "quantity_sub", "sub", [QUANTITY, QUANTITY], QUANTITY,
        lambda a, b: _quantity(_number(a) - _number(b)),
    ),
    method(
        "quantity_sub_int", "sub", [QUANTITY, f.INT], QUANTITY,
        lambda a, b: _quantity(_number(a) - b),
    ),
    function("string_to_semver", "semver", [f.STRING], SEMVER, _semver),
    function("string_bool_to_semver", "semver", [f.STRING, f.BOOL], SEMVER, _semver),
    function("is_semver_string", "isSemver", [f.STRING], f.BOOL, _yes(_semver)),
    function("is_semver_string_bool", "isSemver", [f.STRING, f.BOOL], f.BOOL, _yes(_semver)),
    method(
        "semver_is_greater_than", "isGreaterThan", [SEMVER, SEMVER], f.BOOL,
        lambda a, b: _compare(a, b) > 0,
    ),
    method(
        "semver_is_less_than", "isLessThan", [SEMVER, SEMVER], f.BOOL,
        lambda a, b: _compare(a, b) < 0,
    ),
    method("semver_compare_to", "compareTo", [SEMVER, SEMVER], f.INT, _compare),
    method("semver_major", "major", [SEMVER], f.INT, lambda v: v["core"][0]),
    method("semver_minor", "minor", [SEMVER], f.INT, lambda v: v["core"][1]),
    method("semver_patch", "patch", [SEMVER], f.INT, lambda v: v["core"][2]),
)  # fmt: skip
