"""Custom resources: value validations, rules, ratcheting."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.extensions.structural import structural
from breakfix.embedded.extensions.validation import validate
from breakfix.embedded.objects import Object


def errors(schema: Object, item: Any, old: Any = None) -> list[str]:
    root = structural({"type": "object", "properties": {"spec": schema}})
    before = None if old is None else {"spec": old}
    return [str(e) for e in validate(root, {"spec": item}, before)]


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "integer", "maximum": 10}, 12,
         "Invalid value: 12: spec in body should be less than or equal to 10"),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1,
         "Invalid value: 1: spec in body should be greater than 1"),
        ({"type": "integer"}, "a",
         'Invalid value: "string": spec in body must be of type integer: "string"'),
        ({"type": "string", "enum": ["b", "a"]}, "c",
         'Unsupported value: "c": supported values: "b", "a"'),
        ({"type": "string", "pattern": "^a$"}, "b",
         "Invalid value: \"b\": spec in body should match '^a$'"),
        ({"type": "string", "maxLength": 1}, "abc", "Too long: may not be more than 1 bytes"),
        ({"type": "string", "minLength": 4}, "abc",
         'Invalid value: "abc": spec in body should be at least 4 chars long'),
        ({"type": "string", "format": "date-time"}, "x",
         'Invalid value: "x": spec in body must be of type date-time: "x"'),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"],
         "Too many: 2: must have at most 1 items"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, [],
         "Invalid value: 0: spec in body should have at least 1 items"),
    ],
)  # fmt: skip
def test_value_validations_in_the_real_words(schema: Object, value: Any, words: str) -> None:
    found = errors(schema, value)
    assert [e.removesuffix("s") for e in found] == [f"spec: {words}".removesuffix("s")]


def test_required_duplicate_and_composed() -> None:
    keyed = {
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
        "items": {"type": "object", "required": ["v"], "properties": {
            "k": {"type": "string"}, "v": {"type": "integer"}}},
    }  # fmt: skip
    assert errors(keyed, [{"k": "a", "v": 1}, {"k": "a"}]) == [
        "spec[1].v: Required value", 'spec[1]: Duplicate value: {"k":"a"}',
    ]  # fmt: skip
    either = {"type": "object", "x-kubernetes-preserve-unknown-fields": True,
              "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}  # fmt: skip
    assert errors(either, {"a": 1}) == []
    whole = '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). '
    assert errors(either, {})[0] == f"{whole}Found none valid"
    assert errors(either, {"a": 1, "b": 1}) == [f"{whole}Found 2 valid alternatives"]


def test_what_is_unchanged_is_not_judged_again() -> None:
    schema = {"type": "object", "properties": {
        "n": {"type": "integer", "maximum": 1}, "m": {"type": "integer"}}}  # fmt: skip
    assert errors(schema, {"n": 5, "m": 2}, {"n": 5, "m": 1}) == []
    assert len(errors(schema, {"n": 6, "m": 2}, {"n": 5, "m": 1})) == 1


def ruled(rule: str, **more: Any) -> Object:
    return {
        "type": "object", "x-kubernetes-validations": [{"rule": rule, **more}],
        "properties": {
            "n": {"type": "integer"}, "when": {"type": "string", "format": "date-time"},
            "ratio": {"type": "number"}, "a-b": {"type": "integer"},
            "big": {"type": "array", "items": {"type": "integer"}},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "item"),
    [
        ("self.when > timestamp('2020-01-01T00:00:00Z')", {"when": "2021-01-01T00:00:00Z"}),
        ("self.ratio == 3.0", {"ratio": 3}),
        ("self.a__dash__b == 1 && !has(self.when)", {"a-b": 1}),
        ("oldSelf.n < self.n", {"n": 1}),
    ],
)
def test_rules_see_typed_values(rule: str, item: Object) -> None:
    assert errors(ruled(rule), item) == []


def test_rules_in_the_real_words() -> None:
    assert errors(ruled("self.n > 1"), {"n": 1}) == [
        'spec: Invalid value: "object": failed rule: self.n > 1'
    ]
    assert errors(ruled("self.n > 1"), {}) == [
        'spec: Invalid value: "object": no such key: n evaluating rule: self.n > 1'
    ]
    named = ruled("self.n > 1", messageExpression="'n is ' + string(self.n)",
                  reason="FieldValueForbidden", fieldPath=".n")  # fmt: skip
    assert errors(named, {"n": 1}) == ["spec.n: Forbidden: n is 1"]
    [costly] = errors(ruled("self.big.all(x, self.big.all(y, x == y))"), {"big": [1] * 725})
    assert "call cost exceeds limit for rule: self.big.all" in costly


def test_transition_rules_need_an_old_state() -> None:
    growing = ruled("self.n >= oldSelf.n", message="may not shrink")
    assert errors(growing, {"n": 1}) == []
    assert errors(growing, {"n": 1}, {"n": 2}) == ['spec: Invalid value: "object": may not shrink']
    optional = ruled("oldSelf.hasValue() || self.n == 0", optionalOldSelf=True)
    assert errors(optional, {"n": 1}, {"n": 2}) == []
    assert len(errors(optional, {"n": 1})) == 1


def test_a_broken_value_stops_the_rules() -> None:
    found = errors(ruled("self.n > 1"), {"n": "a"})
    assert found[-1].startswith("<nil>: Invalid value: null: some validation rules were not")
    assert len(found) == 2
