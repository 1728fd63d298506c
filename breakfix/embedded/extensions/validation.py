"""Custom resources: value validations, unique lists, then the rules in CEL."""

from __future__ import annotations

from breakfix.embedded.extensions.embedded import embedded, has_embedded
from breakfix.embedded.extensions.rules import Rules, rules_of
from breakfix.embedded.extensions.uniqueness import unique
from breakfix.embedded.extensions.values import ABSENT, check
from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

_BLOCKING = frozenset({
    "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
    "FieldValueNotSupported",
})  # fmt: skip
_UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing "
    "errors to complete validation"
)


class Validator:
    """Validates objects of one schema; its rules are compiled when they are first needed."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._has_embedded = has_embedded(schema)
        self._rules: Rules | None = None
        self._compiled = False

    def validate(self, item: Object, old: Object | None = None) -> list[FieldError]:
        """What is wrong with an object, or with its change from `old`."""
        found = check(self._schema, item, "", ABSENT if old is None else old)
        if self._has_embedded:
            found += embedded(self._schema, item)
        found += unique(self._schema, item)
        rules = self._compile()
        if rules is None:
            return found
        if any(error.reason in _BLOCKING for error in found):
            return [*found, invalid("<nil>", None, _UNCHECKED)]
        return found + rules.validate(item, old)

    def _compile(self) -> Rules | None:
        if not self._compiled:
            self._rules = rules_of(self._schema, root=True)
            self._compiled = True
        return self._rules


def validate(schema: Schema, item: Object, old: Object | None = None) -> list[FieldError]:
    """What is wrong with one object; a `Validator` is quicker for many."""
    return Validator(schema).validate(item, old)
