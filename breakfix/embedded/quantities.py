"""resource.Quantity: "100m", "1.5Gi", "2e3", exact."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?")
_SUFFIXED = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)[eEinumkKMGTP]*[-+]?\d*")
PATTERN = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"


def parse(text: object) -> Decimal:
    """The number. Raises ValueError with the words of the real parser."""
    found = _FORM.fullmatch(str(text))
    if found is None:
        if _SUFFIXED.fullmatch(str(text)):
            raise ValueError("unable to parse quantity's suffix")
        raise ValueError(f"quantities must match the regular expression '{PATTERN}'")
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY:
        return number * Decimal(1024) ** _BINARY[suffix]
    if suffix in _DECIMAL:
        return number.scaleb(_DECIMAL[suffix])
    return number.scaleb(int(suffix[1:]))


def style(text: object) -> str:
    """How a quantity was written: "BinarySI", "DecimalExponent" or "DecimalSI"."""
    found = _FORM.fullmatch(str(text))
    suffix = (found[2] or "") if found else ""
    if suffix.endswith("i"):
        return "BinarySI"
    return "DecimalExponent" if len(suffix) > 1 else "DecimalSI"


def show(number: Decimal, style: str = "DecimalSI") -> str:
    """The canonical text: no fraction, the largest suffix that allows it."""
    if number == 0:
        return "0"
    if style == "BinarySI" and abs(number) >= 1024:  # noqa: PLR2004
        return _binary(int(number.to_integral_value(rounding=ROUND_CEILING)))
    nano = int(number.scaleb(9).to_integral_value(rounding=ROUND_CEILING))
    exponent = -9
    while nano % 1000 == 0 and exponent < 18:  # noqa: PLR2004
        nano, exponent = nano // 1000, exponent + 3
    if style == "DecimalExponent" and exponent:
        return f"{nano}e{exponent}"
    return f"{nano}{next(k for k, v in _DECIMAL.items() if v == exponent)}"


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0 and power < 6:  # noqa: PLR2004
        number, power = number // 1024, power + 1
    suffix = next((k for k, v in _BINARY.items() if v == power), "")
    return f"{number}{suffix}"


def canonical(text: object) -> str:
    """A quantity as the API server writes it back. Raises ValueError."""
    return show(parse(text), style(text))


def milli(text: object) -> int:
    """In thousandths, rounded up. Raises ValueError."""
    return int((parse(text) * 1000).to_integral_value(rounding=ROUND_CEILING))


def value(text: object) -> int:
    """As a whole number, rounded up. Raises ValueError."""
    return int(parse(text).to_integral_value(rounding=ROUND_CEILING))
