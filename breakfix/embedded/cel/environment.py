"""Expressions: compiled once, evaluated over plain JSON.

`compile(text, variables)` gives a Program; `program.evaluate(values)` the answer as plain
Python. Costs are not counted as cel-go does: the library itself stops a comprehension
after 10,000 steps, which is reported as the exceeded cost limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.ast import Node, idents, parse
from breakfix.embedded.cel.errors import CompileError, EvaluationError, compile_words, runtime_words


@dataclass(frozen=True, eq=False)
class Program:
    """A compiled expression, the variables that it reads, and its tree."""

    text: str
    compiled: Any
    result: str  # "bool", "string", "dyn", ...
    tree: Node
    names: frozenset[str]

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The answer as plain JSON-like Python. Raises EvaluationError."""
        data = {name: values[name] for name in self.names if name in values}
        try:
            answer = self.compiled.eval(data=data)
            kind = answer.type().name()
            if kind == "ERROR":
                raise EvaluationError(runtime_words(str(answer.value())))
            return answer.plain_value()
        except TypeError as error:  # an optional value: the library cannot hand it out
            raise EvaluationError("unsupported return type") from error
        except (RuntimeError, ValueError, OverflowError) as error:
            raise EvaluationError(runtime_words(str(error))) from error


@lru_cache(maxsize=4096)
def compile(text: str, variables: tuple[str, ...]) -> Program:
    """Compile over variables of any type. Raises CompileError for what the library sees;
    `check.check` knows declared types too."""
    try:
        compiled = _environment(variables).compile(text)
    except RuntimeError as error:
        raise CompileError(compile_words(str(error))) from error
    tree = parse(compiled.serialize())
    kind = compiled.return_type().name().lower()
    return Program(text, compiled, kind, tree, idents(tree))


@cache
def _environment(variables: tuple[str, ...]) -> Any:
    from cel_expr_python import cel

    return cel.NewEnv(variables=dict.fromkeys(variables, cel.Type.DYN), extensions=_extensions())


@cache
def _extensions() -> list[Any]:
    """The standard ones and Kubernetes' own; importing them takes some milliseconds."""
    from cel_expr_python.ext import (
        ext_bindings,
        ext_encoders,
        ext_math,
        ext_optional,
        ext_strings,
    )

    from breakfix.embedded.cel.library import FUNCTIONS, OPTIONALS

    return [
        ext_strings.ExtStrings(), ext_math.ExtMath(), ext_optional.ExtOptional(),
        ext_bindings.ExtBindings(), ext_encoders.ExtEncoders(),
        _extension(FUNCTIONS + OPTIONALS),
    ]  # fmt: skip


def _extension(functions: tuple[f.Function, ...]) -> Any:
    """Overloads that look the same to the library become one."""
    from cel_expr_python import cel

    shapes: dict[tuple[str, bool, tuple[str, ...]], list[f.Function]] = {}
    for one in functions:
        shapes.setdefault((one.name, one.member, _shape(one.parameters)), []).append(one)
    named: dict[str, list[Any]] = {}
    for (name, member, shape), group in shapes.items():
        named.setdefault(name, []).append(
            cel.Overload(
                group[0].id, return_type=_type(_common(group)),
                parameters=[_type(p) for p in shape], is_member=member, impl=f.dispatch(group),
            )
        )  # fmt: skip
    return cel.CelExtension("kubernetes", [cel.FunctionDecl(k, v) for k, v in named.items()])


def _shape(parameters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f.MAP if f.opaque(p) else f.LIST if p.startswith("list(") else p for p in parameters
    )


def _common(group: list[f.Function]) -> str:
    results = {one.result for one in group}
    only = results.pop() if len(results) == 1 else f.DYN
    return f.DYN if f.opaque(only) or "optional" in only else only


@cache
def _type(text: str) -> Any:
    from cel_expr_python import cel

    if text.startswith("list("):
        return cel.Type.List(_type(text[5:-1]))
    if text.startswith("map("):
        key, _, value = text[4:-1].partition(",")
        return cel.Type.Map(_type(key), _type(value))
    return getattr(cel.Type, text.upper())
