"""The bytes of a patch as JSON values, with the fields that were said twice."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.errors import StatusError, bad_request
from breakfix.embedded.objects import Object
from breakfix.embedded.schema import reading, yaml_reading
from breakfix.embedded.schema.decoding import duplicate_fields

_KNOWN_MEMBERS = frozenset({"op", "path", "from", "value"})
_GO_KINDS: dict[type, str] = {
    bool: "bool", int: "number", float: "number", dict: "object", list: "array", str: "string",
}  # fmt: skip


def read_map(body: bytes, prefix: str, strictness: str) -> tuple[Object, list[str]]:
    """A patch that is an object, and its strict decoding errors. Raises StatusError 400."""
    value = _json(body, prefix)
    if value is None:
        return {}, []
    if not isinstance(value, dict):
        raise _unreadable(prefix, value, "map[string]interface {}")
    return value, (duplicate_fields(body, value) if strictness != "Ignore" else [])


def read_operations(body: bytes, strictness: str) -> tuple[list[Any], list[str]]:
    """A patch that is a list of operations, likewise."""
    strict = strictness != "Ignore"
    prefix = "error decoding patch: " if strict else ""
    one = "handlers.jsonPatchOp" if strict else "jsonpatch.Operation"
    value = _json(body, prefix)
    if value is None:
        return [], []
    if not isinstance(value, list):
        raise _unreadable(prefix, value, f"[]{one}" if strict else "jsonpatch.Patch")
    for item in value:
        if not isinstance(item, dict):
            raise _unreadable(prefix, item, one)
    if not strict:
        return value, []
    found = [f"json patch {d}" for d in duplicate_fields(body, value)]
    return value, found + _unknown_members(value)


def _unknown_members(operations: list[Object]) -> list[str]:
    return [
        f'json patch unknown field "[{at}].{name}"'
        for at, operation in enumerate(operations)
        for name in operation
        if name not in _KNOWN_MEMBERS
    ]


def _json(body: bytes, prefix: str) -> Any:
    try:
        return reading.json_value(body)
    except reading.ReadingError as error:
        raise bad_request(f"{prefix}{error}") from None


def _unreadable(prefix: str, value: Any, wanted: str) -> StatusError:
    kind = _GO_KINDS.get(type(value), "string")
    return bad_request(f"{prefix}json: cannot unmarshal {kind} into Go value of type {wanted}")


def read_apply(body: bytes, strictness: str) -> tuple[Object, list[str]]:
    """The object of an apply patch, in YAML or JSON, and warnings. Raises StatusError 400."""
    try:
        value, doubled = yaml_reading.yaml_value(body)
    except reading.ReadingError as error:
        raise bad_request(f"error decoding YAML: {error}") from None
    if value is not None and not isinstance(value, dict):
        raise _unreadable(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: ", value,
            "map[string]interface {}",
        )  # fmt: skip
    if not doubled or strictness == "Ignore":
        return value or {}, []
    text = "yaml: unmarshal errors:\n  " + "\n  ".join(doubled)
    if strictness == "Strict":
        raise bad_request(f"error strict decoding YAML: error converting YAML to JSON: {text}")
    return value or {}, [f"error converting YAML to JSON: {text}"]
