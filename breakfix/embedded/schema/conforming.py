"""A JSON value made into what the typed structs of the real API server would hold.

One walk along the value: unknown fields go (and are told), nulls go, types are checked
in the words of Go's encoding/json, quantities and times get their canonical form.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from breakfix.embedded.objects import Object
from breakfix.embedded.schema.naming import go_kind, go_type, plain_type
from breakfix.embedded.schema.reading import MAX_DEPTH, Pairs
from breakfix.embedded.schema.scalars import SCALARS, ScalarError
from breakfix.embedded.schema.types import Schema

MAX_STRICT_ERRORS = 100


class DecodingError(Exception):
    """The value does not fit the type; the text is the real decoder's."""


class Walk:
    """One conforming; `found` are the strict decoding errors, `keys` the fields seen."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.keys = 0
        self._path: list[str | int] = []
        self._structs: list[Schema] = []

    # -- containers --------------------------------------------------------------------

    def struct(self, value: Object, schema: Schema) -> None:
        """Conform an object with known fields, in place."""
        self.keys += len(value)
        self._structs.append(schema)
        fields, gone = schema.fields, []
        seen: set[str] | None = set() if type(value) is Pairs else None
        for key, item in written(value):
            node = fields.get(key)
            if node is None:
                gone.append(key)
                self._unknown(key, item)
                continue
            if seen is not None:
                self._see(key, seen)
            if item is None:
                gone.append(key)
            elif type(item) is not str or node.type != "string" or node.format:
                self._path.append(key)
                value[key] = self.value(item, node)
                self._path.pop()
        for key in gone:
            value.pop(key, None)
        self._structs.pop()

    def _unknown(self, key: str, item: Any) -> None:
        self._tell("unknown", key)
        self.keys += count_keys(item)

    def _see(self, key: str, seen: set[str]) -> None:
        """A second one is told where it stands."""
        if key in seen:
            self._tell("duplicate", key)
        seen.add(key)

    def value(self, item: Any, node: Schema) -> Any:
        """Conform anything but null; the value to keep instead."""
        kind = node.type
        if kind == "object":
            if not isinstance(item, dict):
                raise self._mismatch(item, node)
            if len(self._path) > MAX_DEPTH:
                raise DecodingError("invalid character '{' exceeded max depth")
            if node.values is not None:
                self._map(item, node.values)
            else:
                self.struct(item, node)
            return item
        if kind == "array":
            return self._array(item, node)
        return self._scalar(item, node)

    def _map(self, value: Object, node: Schema) -> None:
        self.keys += len(value)
        seen: set[str] | None = set() if type(value) is Pairs else None
        plain = node.type == "string" and not node.format
        for key, item in written(value):
            if seen is not None:
                self._see(key, seen)
            if plain and type(item) is str:
                continue
            self._path.append(key)
            value[key] = zero(node) if item is None else self.value(item, node)
            self._path.pop()

    def _array(self, item: Any, node: Schema) -> Any:
        if not isinstance(item, list):
            raise self._mismatch(item, node)
        inner = node.items
        if inner is None:
            return item
        plain = inner.type == "string" and not inner.format
        for at, part in enumerate(item):
            if plain and type(part) is str:
                continue
            self._path.append(at)
            item[at] = zero(inner) if part is None else self.value(part, inner)
            self._path.pop()
        return item

    # -- scalars -----------------------------------------------------------------------

    def _scalar(self, item: Any, node: Schema) -> Any:
        if node.type == "any" and node.format != "int-or-string":
            self.keys += count_keys(item)
            return item
        try:
            return SCALARS[node.format or node.type](item)
        except ScalarError as error:
            if error.text:
                raise DecodingError(error.text) from None
            raise self._mismatch(item, node) from None

    # -- words -------------------------------------------------------------------------

    def _tell(self, what: str, key: str) -> None:
        text = f'{what} field "{self._where(key)}"'
        if len(self.found) < MAX_STRICT_ERRORS and text not in self.found:
            self.found.append(text)

    def _where(self, key: str) -> str:
        shown = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self._path)
        return f"{shown}.{key}".lstrip(".")

    def _mismatch(self, item: Any, node: Schema) -> DecodingError:
        """As Go says it: the innermost struct, the path without indices and map keys."""
        struct = self._structs[-1].definition.rpartition(".")[2] if self._structs else ""
        path = ".".join(self._field_path())
        return DecodingError(
            f"json: cannot unmarshal {go_kind(item, node)} into Go struct field "
            f"{struct}.{path} of type {self._type(node)}"
        )

    def _field_path(self) -> list[str]:
        """The names of fields on the way; keys of maps are none."""
        node: Schema | None = self._structs[0]
        names = []
        for part in self._path:
            if node is None:
                break
            if isinstance(part, int):
                node = node.items
            elif part in node.fields:
                names.append(part)
                node = node.fields[part]
            else:
                node = node.values
        return names

    def _type(self, node: Schema) -> str:
        owner = self._structs[-1] if self._structs else None
        names = [p for p in self._path if isinstance(p, str) and owner and p in owner.fields]
        name = names[-1] if names else ""
        of_map = self._path and self._path[-1] != name and not isinstance(self._path[-1], int)
        return plain_type(node) if of_map else go_type(node, owner, name)


def written(value: Object) -> Iterable[tuple[str, Any]]:
    """The members of an object, with those that stand twice where that is known."""
    return value.pairs if type(value) is Pairs else value.items()


def zero(node: Schema) -> Any:
    """What null means as a map's or list's value."""
    if node.type == "object":
        return {}
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(node.type)


def count_keys(value: Any) -> int:
    """The fields of all objects in a value. Raises DecodingError where it is too deep."""
    if not isinstance(value, (dict, list)):
        return 0
    found, depth = 0, 0
    level: list[Any] = [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise DecodingError("invalid character '{' exceeded max depth")
        deeper: list[Any] = []
        for part in level:
            inner: Iterable[Any] = part
            if isinstance(part, dict):
                found += len(part)
                inner = part.values()
            deeper += [v for v in inner if isinstance(v, (dict, list))]
        level = deeper
    return found


def conform(item: Object, schema: Schema) -> Walk:
    """Make an object what its kind's struct would hold, in place. Raises DecodingError."""
    walk = Walk()
    walk.struct(item, schema)
    return walk
