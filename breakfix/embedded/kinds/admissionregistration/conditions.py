"""Expressions of webhooks and policies: do they compile?"""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object

_MAX_CONDITIONS = 64


def check_conditions(
    conditions: list[Object], path: str, variables: tuple[str, ...]
) -> Iterator[FieldError]:
    """matchConditions: names, and expressions over these variables that say yes or no."""
    if len(conditions) > _MAX_CONDITIONS:
        yield f.too_many(path, len(conditions), _MAX_CONDITIONS)
    seen: set[str] = set()
    for index, one in enumerate(conditions):
        at, name = f"{path}[{index}]", one.get("name") or ""
        if not (one.get("expression") or "").strip():
            yield f.required(f"{at}.expression")
        else:
            yield from check_expression(one["expression"], f"{at}.expression", variables, "bool")
        if not name:
            yield f.required(f"{at}.name")
        for words in names.qualified_name(name) if name else ():
            yield f.invalid(f"{at}.name", name, words)
        if name and name in seen:
            yield f.duplicate(f"{at}.name", name)
        seen.add(name)


def check_expression(
    text: str, path: str, variables: tuple[str, ...], *wanted: str
) -> Iterator[FieldError]:
    """An expression that must compile, and give one of the wanted types where any is."""
    from breakfix.embedded.admission.policies_types import compile_checked
    from breakfix.embedded.cel.errors import CompileError

    try:
        result = compile_checked(text, variables)
    except CompileError as error:
        yield f.invalid(path, text, f"compilation failed: {error}")
        return
    if wanted and result not in {*wanted, "dyn"}:
        one = wanted[0] if len(wanted) == 1 else f"one of [{' '.join(wanted)}]"
        yield f.invalid(path, text, f"must evaluate to {one} but got {result}")
