"""How a value divides into fields that can be owned apart: a Schema, prepared for walks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from breakfix.embedded.schema.types import UNSET, Schema

# Kubernetes' own kinds are Go structs: fields that are no pointers are always there.
_STRUCTS = ("io.k8s.api.", "io.k8s.apimachinery.", "io.k8s.apiextensions-", "io.k8s.kube-")
_REMEMBERED = 1000  # keys of one map, such as labels
_ZEROS: tuple[Any, ...] = ({}, "", 0, False)


class FieldSetError(ValueError):
    """A value whose fields cannot be told apart."""


class Shape:
    """A node: a leaf, a map whose fields are owned apart, or a list whose items are."""

    __slots__ = (
        "_children", "deduced", "is_list", "is_map", "item", "keys", "named", "schema",
        "struct", "zeros",
    )  # fmt: skip

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self.deduced = schema is None or _deduced(schema)
        self.is_map = self.deduced or _granular_map(schema)
        self.is_list = schema is not None and _granular_list(schema)
        self.keys = schema.list_map_keys if schema is not None and self.is_list else ()
        self.named = schema.fields if schema is not None else {}
        self.struct = schema is not None and schema.definition.startswith(_STRUCTS)
        self.zeros = _zeros(schema) if schema is not None and self.struct else {}
        self._children: dict[str, tuple[str, Shape]] = {}
        self.item: Shape | None = None

    def child(self, name: str) -> tuple[str, Shape]:
        """The path element and the shape of a field."""
        found = self._children.get(name)
        if found is None:
            found = (f"f:{name}", self._shape_at(name))
            if name in self.named or len(self._children) < _REMEMBERED:
                self._children[name] = found
        return found

    def _shape_at(self, name: str) -> Shape:
        if self.schema is None or self.deduced:
            return DEDUCED
        return shape_of(self.schema.at(name))

    def items(self) -> Shape:
        """The shape of a list's items."""
        if self.item is None:
            self.item = shape_of(self.schema.items if self.schema is not None else None)
        return self.item

    def element(self, value: Any) -> str:
        """The path element of a list's item. Raises FieldSetError."""
        if not self.keys:
            return "v:" + orjson.dumps(_of_a_set(value)).decode()
        if not isinstance(value, dict):
            kind = "a null element" if value is None else "non-map elements"
            raise FieldSetError(f"associative list with keys may not have {kind}")
        if len(self.keys) == 1:
            name = self.keys[0]
            text = value.get(name)
            if isinstance(text, str) and _plain(text):
                return f'k:{{"{name}":"{text}"}}'
        return self._keyed(value)

    def _keyed(self, value: dict[str, Any]) -> str:
        found = {}
        for name in sorted(self.keys):
            told = value[name] if name in value else self._default(name)
            if told is not UNSET:
                found[name] = told
        if not found:
            names = " ".join(f'"{k}"' for k in self.keys)
            raise FieldSetError(
                f"associative list with keys has an element that omits all key fields [{names}] "
                "(and doesn't have default values for any key fields)"
            )
        return "k:" + orjson.dumps(found).decode()

    def _default(self, name: str) -> Any:
        items = self.items()
        field = items.named.get(name)
        if field is not None and field.default is not UNSET:
            return field.default
        return items.zeros.get(name, UNSET)


def _plain(text: str) -> bool:
    """Does JSON write it as it is?"""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _of_a_set(value: Any) -> Any:
    if isinstance(value, dict):
        raise FieldSetError("associative list without keys has an element that's a map type")
    if isinstance(value, list):
        raise FieldSetError("not supported: associative list with lists as elements")
    if value is None:
        raise FieldSetError("associative list without keys has an element that's an explicit null")
    return value


def _deduced(schema: Schema) -> bool:
    """Is nothing said of what is inside? Then maps divide and lists do not; what Kubernetes'
    own kinds say nothing of (RawExtension, JSON) is one leaf."""
    if schema.definition.startswith(_STRUCTS):
        return False
    if schema.fields or schema.values is not None or schema.map_type == "atomic":
        return False
    return schema.type in {"any", "object"}


def _granular_map(schema: Schema | None) -> bool:
    if schema is None or schema.type != "object" or schema.map_type == "atomic":
        return False
    return bool(schema.fields) or schema.values is not None or not schema.definition


def _granular_list(schema: Schema) -> bool:
    return schema.type == "array" and schema.list_type != "atomic"


def _zeros(schema: Schema) -> dict[str, Any]:
    """The fields that are there in an empty struct, and what they are."""
    from breakfix.embedded.facts import loading

    definition = loading.schemas().get(schema.definition, {})
    written = loading.structs().get(schema.definition, {}).get("always", ())
    found: dict[str, Any] = {}
    for name, field in definition.get("properties", {}).items():
        if "default" not in field:
            if name in schema.required and name in written:
                found[name] = None
        elif field["default"] in _ZEROS:
            found[name] = field["default"]
    return found


DEDUCED = Shape(None)


@lru_cache(maxsize=20_000)
def _shape_of(schema: Schema) -> Shape:
    return Shape(schema)


def shape_of(schema: Schema | None) -> Shape:
    """The shape of a schema; one that follows the value where there is no schema."""
    return DEDUCED if schema is None else _shape_of(schema)
