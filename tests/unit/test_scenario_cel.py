"""CEL: compiled once, yes or no, and a readable reason where there is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.errors import ScenarioError
from breakfix.scenario.cel import compile, evaluate

DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "front", "labels": {"app.kubernetes.io/name": "front"}},
    "spec": {"replicas": 2, "ratio": 1.5, "paused": None},
    "status": {"conditions": [{"type": "Available", "status": "True"}]},
}


@pytest.mark.parametrize(
    "text",
    [
        "object.spec.replicas == 2",
        "type(object.spec.replicas) == int",
        "object.spec.ratio > 1.0",
        "object.spec.paused == null",
        "object.metadata.labels['app.kubernetes.io/name'] == 'front'",
        "object.status.conditions.exists(c, c.type == 'Available' && c.status == 'True')",
        "!has(object.spec.template)",
        "object.?spec.?template.?name.orValue('none') == 'none'",
        "object.metadata.name.replace('f', 'g').split('o').size() == 2",
        "math.greatest(object.spec.replicas, 1) == 2",
        "cel.bind(s, object.spec, s.replicas == 2)",
    ],
)
def test_true(text: str) -> None:
    assert evaluate(compile(text, "object"), DEPLOYMENT) is True


def test_false() -> None:
    assert evaluate(compile("object.spec.replicas > 2", "object"), DEPLOYMENT) is False


def test_lists_are_objects() -> None:
    program = compile("objects.size() == 1 && objects.all(o, o.kind == 'Deployment')", "objects")
    assert evaluate(program, [DEPLOYMENT]) is True
    assert evaluate(program, []) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("object.status.readyReplicas >= 2", "there is no field 'readyReplicas'"),
        ("object.a.b.c == 1", "there is no field 'a'"),
        ("object.status.conditions[3].type == 'x'", "index error: index=3 size=1"),
        ("object.kind > 3", "> does not work on (string, int64)"),
        ("object.spec.replicas / 0 == 1", "divide by zero"),
        ("object.spec.replicas", "gives 2, not true or false"),
        ("object.kind.matches('(')", "invalid regular expression: missing ): ("),
    ],
)
def test_no_answer_has_a_reason(text: str, reason: str) -> None:
    assert evaluate(compile(text, "object"), DEPLOYMENT) == reason


@pytest.mark.parametrize("value", [2**70, "\ud800", {"a": object()}, {1: 2}])
def test_values_that_cel_cannot_hold_are_no_crash(value: Any) -> None:
    assert evaluate(compile("object.spec == 1", "object"), {"spec": value}) is not True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object.", "CEL: line 1, column 8: Syntax error: no viable alternative at input '.'"),
        ("true &&\n nope", "CEL: line 2, column 2: undeclared reference to 'nope'"),
        ("objects.size() == 1", "CEL: line 1, column 1: undeclared reference to 'objects'"),
        ("'text'", "CEL: gives string, not true or false"),
        ("1 + 'a' == 2", "CEL: line 1, column 3: found no matching overload for '_+_' applied to "
         "'(int, string)'"),
    ],
)  # fmt: skip
def test_what_does_not_compile_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        compile(text, "object")
    assert caught.value.message == message
