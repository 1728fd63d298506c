"""x-kubernetes-validations: rules in CEL over custom resources.

Facts from apiextensions-apiserver/pkg/apiserver/schema/cel. A rule that reads `oldSelf`
runs on updates only, unless it says optionalOldSelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded import fields as f
from breakfix.embedded.cel.errors import CompileError, EvaluationError
from breakfix.embedded.cel.types import Type, declared, escape
from breakfix.embedded.extensions.rule_compiling import Compiled, compile_rule
from breakfix.embedded.extensions.rule_values import converter
from breakfix.embedded.extensions.values import ABSENT, correlate
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

_MESSAGE_LIMIT = 5 * 1024
_REASONS: dict[str, Callable[[str, Any, str], FieldError]] = {
    "FieldValueForbidden": lambda path, _, detail: f.forbidden(path, detail),
    "FieldValueRequired": lambda path, _, detail: f.required(path, detail),
    "FieldValueDuplicate": lambda path, value, _: f.duplicate(path, value),
}


class Rule:
    """One of x-kubernetes-validations, compiled against a type."""

    def __init__(self, rule: Object, kind: Type) -> None:
        self.optional_old = bool(rule.get("optionalOldSelf"))
        self.reason: str = rule.get("reason") or ""
        self.path = (rule.get("fieldPath") or "").strip()
        self.shown = ((rule.get("message") or "") or rule["rule"]).strip()
        self.fallback = (
            rule["message"].strip() if rule.get("message") else f"failed rule: {self.shown}"
        )
        self.error = ""
        self.compiled: Compiled | None = None
        self.message: Compiled | None = None
        try:
            self.compiled = compile_rule(rule["rule"], kind, self.optional_old)
            if rule.get("messageExpression"):
                self.message = compile_rule(rule["messageExpression"], kind, self.optional_old)
        except CompileError as error:
            self.error = f"compilation failed: {error}"

    def applies(self, old: Any) -> bool:
        """Transition rules need an old state."""
        return (
            self.compiled is None
            or not self.compiled.reads_old
            or old is not ABSENT
            or self.optional_old
        )

    def holds(self, values: Object) -> bool:
        """Raises EvaluationError."""
        return self.compiled is None or self.compiled.program.evaluate(values) is True

    def words(self, values: Object) -> str:
        """Why it does not hold."""
        if self.message is None:
            return self.fallback
        try:
            found = self.message.program.evaluate(values)
        except EvaluationError:
            return self.fallback
        text = found.strip() if isinstance(found, str) else ""
        if not text or "\n" in text or len(text) > _MESSAGE_LIMIT:
            return self.fallback
        return text


@dataclass
class Rules:
    """The rules of a schema and of everything below it."""

    schema: Schema
    own: list[Rule] = field(default_factory=list)
    fields: dict[str, Rules] = field(default_factory=dict)
    values: Rules | None = None
    items: Rules | None = None
    convert: Callable[[Any], Any] | None = None

    def __bool__(self) -> bool:
        return bool(self.own or self.fields or self.values or self.items)

    def validate(self, value: Any, old: Any, path: str = "") -> list[FieldError]:
        """What is wrong with a value; `old` is None or ABSENT where there is none."""
        if value is None:
            return []
        before = ABSENT if old is None else old
        found = list(self._judge(value, before, path))
        if isinstance(value, dict):
            found += self._inside(value, before, path)
        elif isinstance(value, list) and self.items is not None:
            earlier = correlate(self.schema, before)
            for index, item in enumerate(value):
                found += self.items.validate(item, earlier(item), f"{path}[{index}]")
        return found

    def _inside(self, value: Object, old: Any, path: str) -> Iterator[FieldError]:
        known = old if isinstance(old, dict) and self.schema.map_type != "atomic" else {}
        for name, item in value.items():
            if self.values is not None:
                yield from self.values.validate(item, known.get(name, ABSENT), f"{path}[{name}]")
            elif name in self.fields:
                below = f"{path}.{name}".lstrip(".")
                yield from self.fields[name].validate(item, known.get(name, ABSENT), below)

    def _judge(self, value: Any, old: Any, path: str) -> Iterator[FieldError]:
        if not self.own:
            return
        unchanged = old is not ABSENT and old == value
        values = self._variables(value, old)
        for rule in self.own:
            if not rule.applies(old):
                continue
            error = self._one(rule, values, path)
            if error is None or (
                unchanged and not (rule.compiled is not None and rule.compiled.reads_old)
            ):
                continue
            yield error
            if error.detail.startswith("'operation cancelled"):
                return

    def _variables(self, value: Any, old: Any) -> Object:
        convert = self.convert or (lambda v: v)
        values: Object = {"self": convert(value), "old_self_": {}}
        if old is not ABSENT:
            values["oldSelf"] = convert(old)
            values["old_self_"] = {"value": values["oldSelf"]}
        return values

    def _one(self, rule: Rule, values: Object, path: str) -> FieldError | None:
        kind, where = self.schema.type, path or "<nil>"
        if rule.error:
            return f.invalid(where, kind, f"rule compile error: {rule.error}")
        try:
            if rule.holds(values):
                return None
        except EvaluationError as error:
            return f.invalid(where, kind, _failure(str(error), rule))
        at = f"{path}{_dotted(rule.path)}".lstrip(".") or "<nil>"
        make = _REASONS.get(rule.reason, f.invalid)
        return make(at, kind, rule.words(values))


def _dotted(path: str) -> str:
    return path if not path or path[0] in ".[" else f".{path}"


def _failure(words: str, rule: Rule) -> str:
    if words.startswith("no such overload"):
        return (
            f"'{words}': call arguments did not match a supported operator, function or macro "
            f"signature for rule: {rule.shown}"
        )
    if words.startswith("operation cancelled: actual cost limit exceeded"):
        return (
            f"'{words}': no further validation rules will be run due to call cost exceeds limit "
            f"for rule: {rule.shown}"
        )
    return f"{words} evaluating rule: {rule.shown}"


def rules_of(schema: Schema, root: bool = False) -> Rules | None:
    """The rules of a schema; None where there are none."""
    return _rules(schema, declared(schema, root))


def _rules(schema: Schema, kind: Type | None) -> Rules | None:
    if kind is None:
        return None
    found = Rules(schema, convert=converter(schema))
    found.own = [Rule(r, kind) for r in schema.extra.get("x-kubernetes-validations") or ()]
    for nested in schema.extra.get("allOf") or ():
        found.own += [Rule(r, kind) for r in nested.extra.get("x-kubernetes-validations") or ()]
    if schema.items is not None and kind.kind == "list":
        found.items = _rules(schema.items, kind.params[0])
    elif schema.values is not None and kind.kind == "map":
        found.values = _rules(schema.values, kind.params[1])
    elif kind.kind == "object":
        for name, part in schema.fields.items():
            inner = _rules(part, kind.fields.get(escape(name) or ""))
            if inner:
                found.fields[name] = inner
    return found or None
