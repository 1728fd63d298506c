"""One ValidatingAdmissionPolicy, compiled, and what it says of one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.admission.policies_variables import (
    MATCH_VARIABLES,
    Conditions,
    Expression,
    Values,
)
from breakfix.embedded.cel.errors import EvaluationError
from breakfix.embedded.objects import Object

_MESSAGE_LIMIT = 5 * 1024


@dataclass
class Denial:
    """A validation that did not hold; `index` is its place in spec.validations."""

    index: int
    message: str
    reason: str = ""


@dataclass
class Verdict:
    """What a policy found: denials, audit annotations, and errors of those."""

    denials: list[Denial] = field(default_factory=list)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    annotation_errors: list[str] = field(default_factory=list)


class _Composed(Mapping[str, Any]):
    """Variables of a request, with `variables.x` evaluated when an expression reads it."""

    def __init__(self, values: Values, variables: Mapping[str, Any]) -> None:
        self._values, self._variables = values, variables

    def __getitem__(self, name: str) -> Any:
        return self._variables if name == "variables" else self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class CompiledPolicy:
    """spec of a policy: evaluate it with `judge`."""

    def __init__(self, policy: Object) -> None:
        spec = policy["spec"]
        self.ignore_failures = spec.get("failurePolicy") == "Ignore"
        self._conditions = Conditions(
            spec.get("matchConditions") or [], (*MATCH_VARIABLES, "params")
        )
        self._variables = {
            v["name"]: Expression(v["expression"]) for v in spec.get("variables") or []
        }
        self._validations = [_Validation(v) for v in spec.get("validations") or []]
        self._annotations = [
            (a["key"], Expression(a["valueExpression"])) for a in spec.get("auditAnnotations") or []
        ]

    def judge(self, values: Values) -> Verdict:
        """What the policy says of a request with these variables."""
        verdict = Verdict()
        try:
            if not self._conditions.match(values):
                return verdict
        except EvaluationError as error:
            return verdict if self.ignore_failures else Verdict([Denial(0, str(error))])
        known: dict[str, Any] = {}
        for index, validation in enumerate(self._validations):
            denial = self._validate(index, validation, values, known)
            if denial:
                verdict.denials.append(denial)
        for key, expression in self._annotations:
            self._annotate(key, expression, self._with(expression, values, known), verdict)
        return verdict

    def _with(self, expression: Expression, values: Values, known: dict[str, Any]) -> _Composed:
        """The variables as far as this expression needs them; each is evaluated once."""
        for name in self._needed(expression):
            if name in known:
                continue
            one = self._variables[name]
            try:
                known[name] = one.evaluate(self._with(one, values, known))
            except EvaluationError as error:
                known[name] = error
        failed = [known[n] for n in self._needed(expression) if _is_error(known.get(n))]
        good = {k: v for k, v in known.items() if not _is_error(v)}
        composed = _Composed(values, good)
        composed.failed = failed[0] if failed else None  # type: ignore[attr-defined]
        return composed

    def _needed(self, expression: Expression) -> list[str]:
        if expression.program is None or not expression.reads("variables"):
            return []
        read = {
            node.name
            for node in expression.program.tree.walk()
            if node.kind == "select"
            and node.children[0].kind == "ident"
            and node.children[0].name == "variables"
        }
        return [name for name in self._variables if name in read]

    def _validate(
        self, index: int, validation: _Validation, values: Values, known: dict[str, Any]
    ) -> Denial | None:
        try:
            good = _answer(validation.expression, self._with(validation.expression, values, known))
        except EvaluationError as error:
            return None if self.ignore_failures else Denial(index, str(error))
        if good is True:
            return None
        return Denial(index, self._message(validation, values, known), validation.reason)

    def _message(self, validation: _Validation, values: Values, known: dict[str, Any]) -> str:
        text = ""
        if validation.message:
            try:
                found = _answer(validation.message, self._with(validation.message, values, known))
                text = found.strip() if isinstance(found, str) else ""
            except EvaluationError:
                text = ""
        if len(text) > _MESSAGE_LIMIT or "\n" in text:
            text = ""
        return text or validation.fallback

    def _annotate(
        self, key: str, expression: Expression, values: _Composed, verdict: Verdict
    ) -> None:
        try:
            found = _answer(expression, values)
        except EvaluationError as error:
            if not self.ignore_failures:
                verdict.annotation_errors.append(str(error))
            return
        if isinstance(found, str) and found.strip():
            verdict.annotations.append((key, found.strip()))
        elif found is not None and not isinstance(found, str):
            verdict.annotation_errors.append(
                f"valueExpression '{expression.text}' resulted in unsupported return type: "
                f"{type(found).__name__}. Return type must be either string or null."
            )


class _Validation:
    """One of spec.validations."""

    def __init__(self, validation: Object) -> None:
        text = validation["expression"]
        self.expression = Expression(text)
        message = validation.get("messageExpression")
        self.message = Expression(message) if message else None
        self.reason: str = validation.get("reason") or "Invalid"
        self.fallback = (
            validation.get("message") or ""
        ).strip() or f"failed expression: {text.strip()}"


def _is_error(value: Any) -> bool:
    return isinstance(value, EvaluationError)


def _answer(expression: Expression, values: _Composed) -> Any:
    failed: EvaluationError | None = getattr(values, "failed", None)
    if failed is None:
        return expression.evaluate(values)
    words = str(failed).partition(" resulted in error: ")[2] or str(failed)
    raise EvaluationError(f"expression '{expression.text}' resulted in error: {words}")
