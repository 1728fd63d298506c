"""Rules compiled against the type of what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from breakfix.embedded.cel.ast import Node
from breakfix.embedded.cel.check import Checked, check
from breakfix.embedded.cel.environment import Program, compile
from breakfix.embedded.cel.errors import CompileError
from breakfix.embedded.cel.types import Type

_TIMES = ("timestamp", "duration")


@dataclass(frozen=True)
class Compiled:
    """An expression that is checked against the type of `self`, and how it is run."""

    program: Program
    checked: Checked
    reads_old: bool
    source: Program  # as it was written and checked


def compile_rule(text: str, kind: Type, optional_old: bool = False) -> Compiled:
    """Compile and check. Raises CompileError."""
    program = compile(text, ("self", "oldSelf"))
    old = Type("optional", (kind,)) if optional_old else kind
    checked = check(program, {"self": kind, "oldSelf": old})
    if checked.errors:
        raise CompileError(checked.text(text))
    reads_old = "oldSelf" in program.names
    runnable = _with_times(text, program.tree, checked)
    if optional_old and reads_old:
        runnable = f"cel.bind(oldSelf, old_self_.?value, {runnable})"
        return Compiled(compile(runnable, ("self", "old_self_")), checked, True, program)
    run = program if runnable == text else compile(runnable, ("self", "oldSelf"))
    return Compiled(run, checked, reads_old, program)


def _with_times(text: str, tree: Node, checked: Checked) -> str:
    """Times are texts in JSON: convert each where an expression reads one."""
    spans = sorted(set(_time_spans(text, tree, checked)), reverse=True)
    for start, end, kind in spans:
        text = f"{text[:start]}{kind}({text[start:end]}){text[end:]}"
    return text


def _time_spans(text: str, tree: Node, checked: Checked) -> Iterator[tuple[int, int, str]]:
    for node in tree.walk():
        kind = checked.types.get(id(node), Type("dyn")).kind
        if kind not in _TIMES or node.kind not in {"select", "ident"} or node.test:
            continue
        if node.name.startswith("@"):
            continue
        start = min(part.at for part in node.walk())
        end = text.find(node.name, node.at) + len(node.name)
        yield start, end, kind
