"""Type checking and costs against declared types."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.cel.check import Checked, check
from breakfix.embedded.cel.cost import estimate
from breakfix.embedded.cel.environment import compile
from breakfix.embedded.cel.types import declared, escape
from breakfix.embedded.extensions.structural import structural

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"}, "s": {"type": "string"}, "when": {"format": "date-time",
        "type": "string"}, "either": {"x-kubernetes-int-or-string": True},
        "short": {"type": "array", "maxItems": 10, "items": {"type": "integer"}},
        "list": {"type": "array", "items": {"type": "object", "properties": {
            "v": {"type": "integer"}}}},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}  # fmt: skip


def checked(text: str) -> Checked:
    kind = declared(structural(SCHEMA))
    assert kind is not None
    return check(compile(text, ("self",)), {"self": kind})


@pytest.mark.parametrize(
    "text",
    [
        "self.n + self.list.map(i, i.v).sum() > 0",
        "self.map.all(k, self.map[k].startsWith(k)) && 'a' in self.map",
        "self.either == 'a' || self.either == 3",
        "self.when.getFullYear() > 2000 && self.?n.orValue(1) > 0",
        "cel.bind(x, self.list, x.exists(i, i.v == 1)) && self.short.filter(i, i > 1).size() > 0",
        "quantity(self.s).isLessThan(quantity('3')) && self.n > 1.5",
    ],
)
def test_what_fits_is_accepted(text: str) -> None:
    found = checked(text)
    assert not found.errors
    assert found.result.kind == "bool"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("self.z == 1", "ERROR: <input>:1:5: undefined field 'z'\n | self.z == 1\n | ....^"),
        ("self.list.all(i, i.x > 0)", "undefined field 'x'"),
        ("self.n > 'a'", "1:8: found no matching overload for '_>_' applied to '(int, string)'"),
        ("'a' + self.n", "found no matching overload for '_+_' applied to '(string, int)'"),
        ("self.s.startsWith(self.n)", "'startsWith' applied to 'string.(int)'"),
        ("self.n.x == 1", "type 'int' does not support field selection"),
        ("self.n.all(i, i)", "expression of type 'int' cannot be range of a comprehension"),
        ("self.s in ['a', self.n]", "expected type 'string' but found 'int'"),
    ],
)
def test_what_does_not_fit_is_told(text: str, words: str) -> None:
    assert words in checked(text).text(text)


def test_a_comprehension_costs_its_step_for_each_element() -> None:
    def cost(text: str) -> int:
        return estimate(compile(text, ("self",)).tree, checked(text))

    once = cost("self.short.all(i, i > 1)")
    assert cost("self.short.all(i, self.short.all(j, i == j))") > 9 * once
    assert cost("self.list.all(i, i.v > 1)") > 1000 * once


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("namespace", "__namespace__"), ("a-b.c/d", "a__dash__b__dot__c__slash__d"),
     ("a__b", "a__underscores__b"), ("a b", None), ("plain", "plain")],
)  # fmt: skip
def test_property_names_are_escaped(name: str, escaped: str | None) -> None:
    assert escape(name) == escaped
