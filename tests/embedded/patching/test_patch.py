from __future__ import annotations

from typing import Any

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.json_patch import apply_json_patch
from breakfix.embedded.patching.merge_patch import apply_merge_patch
from breakfix.embedded.patching.patch import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC,
    apply_patch,
    media_type,
)
from breakfix.embedded.patching.reading import read_apply
from breakfix.embedded.schema.builtin import schema_of

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}
REJECTED = "the server rejected our request due to an error in our request"


def patch(kind: str, body: Any, strictness: str = "Strict") -> tuple[Object, list[str]]:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return apply_patch(kind, MAP, data, schema_of("v1", "ConfigMap"), strictness)


@pytest.mark.parametrize(("kind", "body"), [
    (JSON_PATCH, [{"op": "add", "path": "/data/x~1y", "value": "z"}]),
    (MERGE_PATCH + "; charset=utf-8", {"data": {"x/y": "z"}}),
    (STRATEGIC, {"data": {"x/y": "z"}}),
])  # fmt: skip
def test_each_kind(kind: str, body: Any) -> None:
    found, warnings = patch(kind, body)
    assert found == MAP | {"data": {"a": "b", "x/y": "z"}}
    assert not warnings
    assert found["metadata"] is not MAP["metadata"]


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(StatusError) as caught:
        media_type("application/json", custom=False)
    assert (caught.value.code, caught.value.message) == (415, "415: Unsupported Media Type")
    with pytest.raises(StatusError, match=r"merge-patch\+json, application/apply-patch\+yaml$"):
        media_type(STRATEGIC, custom=True)


@pytest.mark.parametrize("operation", [
    {"op": "test", "path": "/data/a", "value": "x"},
    {"op": "test", "path": "/data/a", "value": {"b": 1}},
    {"op": "remove", "path": "/data/x"},
    {"op": "add", "path": "/nope/x", "value": 1},
    {"op": "add", "path": "", "value": 1},
    {"op": "move", "from": "/data/x", "path": "/data/y"},
    {"op": "frob", "path": "/data"},
    {"op": "add"},
])  # fmt: skip
def test_json_patches_that_cannot_be_done(operation: Object) -> None:
    with pytest.raises(StatusError) as caught:
        apply_json_patch(MAP, [operation])
    error = caught.value
    assert (error.code, error.reason, error.message) == (422, "Invalid", REJECTED)


@pytest.mark.parametrize(("operations", "expected"), [
    ([{"op": "replace", "path": "/new", "value": 1}], {"l": [1, 2], "new": 1}),
    ([{"op": "test", "path": "/none", "value": None}], {"l": [1, 2]}),
    ([{"op": "add", "path": "/l/-", "value": 3}], {"l": [1, 2, 3]}),
    ([{"op": "add", "path": "/l/1", "value": 3}], {"l": [1, 3, 2]}),
    ([{"op": "remove", "path": "/l/-1"}], {"l": [1]}),
    ([{"op": "copy", "from": "/l/0", "path": "/l/0"}], {"l": [1, 1, 2]}),
    ([{"op": "move", "from": "/l", "path": "/m"}], {"m": [1, 2]}),
    ([{"op": "replace", "path": "/l/0", "value": 9}], {"l": [9, 2]}),
])  # fmt: skip
def test_json_patch(operations: list[Object], expected: Object) -> None:
    live = {"l": [1, 2]}
    assert apply_json_patch(live, operations) == expected
    assert live == {"l": [1, 2]}


def test_too_many_operations() -> None:
    with pytest.raises(StatusError) as caught:
        apply_json_patch(MAP, [{}] * 10_001)
    assert caught.value.code == 413
    assert caught.value.message.endswith("operations in a JSON patch is 10000, got 10001")


def test_merge_patch() -> None:
    live = {"a": {"b": 1, "c": 2}, "l": [1]}
    found = apply_merge_patch(live, {"a": {"b": None, "d": {"e": None, "f": 1}}, "l": [2]})
    assert found == {"a": {"c": 2, "d": {"f": 1}}, "l": [2]}
    assert live == {"a": {"b": 1, "c": 2}, "l": [1]}


@pytest.mark.parametrize(("kind", "body", "message"), [
    (MERGE_PATCH, b"[]", "error decoding patch: json: cannot unmarshal array into Go value of "
     "type map[string]interface {}"),
    (MERGE_PATCH, b"{", "error decoding patch: unexpected end of JSON input"),
    (JSON_PATCH, b"{}", "error decoding patch: json: cannot unmarshal object into Go value of "
     "type []handlers.jsonPatchOp"),
    (STRATEGIC, b"x", "invalid character 'x' looking for beginning of value"),
])  # fmt: skip
def test_bodies_that_are_no_patch(kind: str, body: bytes, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        patch(kind, body)
    assert (caught.value.code, caught.value.message) == (400, message)


def test_strictness() -> None:
    body = b'{"data":{"a":"1","a":"2"},"nope":1}'
    found, warnings = patch(MERGE_PATCH, body, "Warn")
    assert warnings == ['duplicate field "data.a"', 'unknown field "nope"']
    assert "nope" not in found
    assert patch(MERGE_PATCH, body, "Ignore")[1] == []
    with pytest.raises(StatusError) as caught:
        patch(MERGE_PATCH, body)
    assert caught.value.code == 422
    assert caught.value.message.startswith(' "" is invalid: patch: Invalid value: "{')
    assert caught.value.message.endswith(
        ': strict decoding error: duplicate field "data.a", unknown field "nope"'
    )
    with pytest.raises(StatusError, match='Invalid value: "map\\[nope:1\\]": strict'):
        patch(STRATEGIC, {"nope": 1})
    operation = {"op": "add", "path": "/data/x", "value": "1", "foo": 1}
    assert patch(JSON_PATCH, [operation], "Warn")[1] == ['json patch unknown field "[0].foo"']


def test_values_that_do_not_fit() -> None:
    with pytest.raises(StatusError) as caught:
        patch(MERGE_PATCH, {"data": {"a": 1}})
    assert caught.value.code == 422
    assert "cannot unmarshal number into Go struct field ConfigMap.data of type string" in (
        caught.value.message
    )


def test_custom_resources() -> None:
    found, warnings = apply_patch(
        MERGE_PATCH, {"spec": {"a": 1}}, b'{"spec":{"b":2}}', None, "Warn", lambda _: ["odd"]
    )
    assert (found, warnings) == ({"spec": {"a": 1, "b": 2}}, ["odd"])


def test_apply_bodies() -> None:
    assert read_apply(b"a: 1\nb: [x]", "Strict") == ({"a": 1, "b": ["x"]}, [])
    found, [warning] = read_apply(b"a: 1\na: 2", "Warn")
    assert found == {"a": 2}
    assert 'line 2: key "a" already set in map' in warning
    with pytest.raises(StatusError, match=r"^error strict decoding YAML: "):
        read_apply(b"a: 1\na: 2", "Strict")
    with pytest.raises(StatusError, match=r"^error decoding YAML: "):
        read_apply(b"a: [", "Ignore")
