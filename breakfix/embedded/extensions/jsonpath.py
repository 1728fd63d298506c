"""The simple JSONPaths that CRDs may use: `.spec.ports[0].name`, `.status.conditions[?(...)]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"""\.(?P<field>(?:\\.|[^.\[\]\\])+)
      | \[\?\(\s*@(?P<test>[^=!<>~\s]+)\s*(?P<op>==|!=)\s*(?P<q>["'])(?P<value>.*?)(?P=q)\s*\)\]
      | \['(?P<quoted>[^']*)'\] | \["(?P<double>[^"]*)"\]
      | \[(?P<index>-?\d+)\] | (?P<all>\[\*\]|\.\*)""",
    re.VERBOSE,
)
Step = Callable[[Any], Iterator[Any]]


def _field(name: str) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _index(at: int) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, list) and -len(value) <= at < len(value):
            yield value[at]

    return step


def _all(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()


def _where(path: str, operator: str, wanted: str) -> Step:
    inner = parse(path)

    def step(value: Any) -> Iterator[Any]:
        for item in value if isinstance(value, list) else ():
            same = any(str(found) == wanted for found in find(inner, item))
            if same == (operator == "=="):
                yield item

    return step


def _step(found: re.Match[str]) -> Step:
    part = found.groupdict()
    if part["all"]:
        return _all
    if part["index"]:
        return _index(int(part["index"]))
    if part["test"]:
        return _where(part["test"], part["op"], part["value"])
    name = next(v for k, v in part.items() if k in {"field", "quoted", "double"} and v is not None)
    return _field(re.sub(r"\\(.)", r"\1", name))


@lru_cache(maxsize=1024)
def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path, with or without braces. Raises ValueError."""
    text = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(text) and text != ".":
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"invalid path: {path}")
        steps.append(_step(found))
        at = found.end()
    return tuple(steps)


def find(steps: tuple[Step, ...], value: Any) -> list[Any]:
    """All values at a path."""
    values = [value]
    for step in steps:
        values = [found for one in values for found in step(one)]
    return values


def first(path: str, value: Any) -> Any:
    """The first value at a path, or None."""
    found = find(parse(path), value)
    return found[0] if found else None


def put(path: str, item: dict[str, Any], value: Any) -> None:
    """Set what a path of plain fields (`.spec.replicas`) names, making objects on the way."""
    *parents, last = path.removeprefix(".").split(".")
    for name in parents:
        item = item.setdefault(name, {})
    item[last] = value
