"""CEL expressions over live objects, the language of Kubernetes' own admission policies.

`object` is one object, `objects` a list of them. Checks and lint use this wrapper, so
what lint accepts is what runs. Functions: the standard library and the extensions
strings, math, optional, bindings (`cel.bind`) and encoders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from breakfix.errors import ScenarioError

Variable = Literal["object", "objects"]
_HINT = "https://cel.dev describes the language; has(object.a.b) asks whether a field is there."
_ERROR_AT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_CODE = re.compile(r"^[A-Z_]+: ")
_NO_KEY = re.compile(r'Key not found in map : "(.*)"')
_NO_OVERLOAD = re.compile(r"No matching overloads found : (\S+?)\((.*)\)")


@dataclass(frozen=True)
class Program:
    """A compiled expression: its text, and the name of its one variable."""

    text: str
    variable: Variable
    compiled: Any


def compile(text: str, variable: Variable) -> Program:
    """Compile an expression that says yes or no. Raises ScenarioError with the line and
    column inside of the expression."""
    try:
        compiled = _environment(variable).compile(text)
    except RuntimeError as error:
        raise ScenarioError(f"CEL: {_compile_error(str(error))}", _HINT) from error
    kind = compiled.return_type().name()
    if kind not in ("BOOL", "DYN"):
        raise ScenarioError(f"CEL: gives {kind.lower()}, not true or false", _HINT)
    return Program(text, variable, compiled)


def evaluate(program: Program, value: Any) -> bool | str:
    """True, false, or the reason why there is no answer (a missing field, a wrong type).

    `value` is a Kubernetes object or a list of them, as plain JSON; whole numbers are
    CEL's int.
    """
    try:
        result = program.compiled.eval(data={program.variable: value})
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        return _readable(str(error))
    if result.type().name() == "ERROR":
        return _readable(str(result.value()))
    answer = result.plain_value()
    return answer if isinstance(answer, bool) else f"gives {answer!r}, not true or false"


@cache
def _environment(variable: Variable) -> Any:
    """One environment a variable; importing the library takes tens of milliseconds."""
    from cel_expr_python import cel
    from cel_expr_python.ext import (
        ext_bindings,
        ext_encoders,
        ext_math,
        ext_optional,
        ext_strings,
    )

    kinds = {"object": cel.Type.DYN, "objects": cel.Type.List(cel.Type.DYN)}
    return cel.NewEnv(
        variables={variable: kinds[variable]},
        extensions=[
            ext_strings.ExtStrings(),
            ext_math.ExtMath(),
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
            ext_encoders.ExtEncoders(),
        ],
    )


def _compile_error(text: str) -> str:
    found = [f"line {m[1]}, column {m[2]}: {m[3]}" for m in _ERROR_AT.finditer(text)]
    return "; ".join(line.replace(" (in container '')", "") for line in found) or text


def _readable(text: str) -> str:
    text = _CODE.sub("", text)
    if missing := _NO_KEY.search(text):
        return f"there is no field {missing[1]!r}"
    if wrong := _NO_OVERLOAD.search(text):
        return f"{wrong[1].strip('_')} does not work on ({wrong[2]})"
    return text[:1].lower() + text[1:]
