"""Types of expressions: those of the language, and of objects with a schema.

`declared(schema)` is what a rule's `self` is, as k8s.io/apiserver/pkg/cel/common makes it
of a structural schema, with bounds of sizes for estimates of cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from breakfix.embedded.schema.types import UNSET, Schema

REQUEST_BYTES = 3 * 1024 * 1024  # the largest request
_RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function",
    "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
})  # fmt: skip
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


@dataclass(eq=False)
class Type:
    """`kind` is "int", "list", "object", ... or the name of an opaque type.

    `limit`: the most elements (of lists and maps) or bytes (of texts); `smallest`: the
    least bytes in JSON.
    """

    kind: str
    params: tuple[Type, ...] = ()
    fields: dict[str, Type] = field(default_factory=dict)
    name: str = ""
    limit: int | None = None
    smallest: int = 1

    def __str__(self) -> str:
        if self.kind == "object":
            return self.name or "object"
        if self.kind == "optional":
            return f"optional_type({self.params[0]})"
        if self.kind in {"int", "uint", "double", "bool", "string", "bytes"} or not self.params:
            return {"timestamp": "google.protobuf.Timestamp", "duration":
                    "google.protobuf.Duration"}.get(self.kind, self.kind)  # fmt: skip
        return f"{self.kind}({', '.join(map(str, self.params))})"


DYN = Type("dyn")


@cache
def simple(kind: str) -> Type:
    """A type without bounds."""
    return Type(kind)


@cache
def parsed(text: str) -> Type:
    """A type from its text, "map(string,list(int))"; capitals alone are type parameters."""
    head, _, rest = text.partition("(")
    if not rest:
        return simple(text)
    return Type(head, tuple(parsed(t) for t in _split(rest[:-1])))


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def escape(name: str) -> str | None:
    """How a rule writes a property's name; None for one that it cannot."""
    if name in _RESERVED:
        return f"__{name}__"
    if re.search(r"[^a-zA-Z0-9\-./_]", name) or re.match(r"[0-9]", name) or not name:
        return None
    return re.sub(r"__|[-./]", lambda m: _ESCAPES[m[0]], name)


def declared(schema: Schema, root: bool = False, name: str = "selfType") -> Type | None:
    """The type of a schema's values; None where it says nothing that rules could use."""
    return _Declaring(None)(schema, root, name)


def declared_builtin(schema: Schema, name: str) -> Type:
    """The type of a built-in kind's objects; what its schema leaves open may be anything."""
    return _Declaring(DYN)(schema, False, name) or DYN


class _Declaring:
    """Makes types of schemas, which may contain themselves; `unknown` is the type of what
    has none."""

    def __init__(self, unknown: Type | None) -> None:
        self._unknown = unknown
        self._known: dict[int, Type] = {}

    def __call__(self, schema: Schema, root: bool, name: str) -> Type | None:
        if schema.format == "int-or-string":
            return Type("dyn", limit=_text_limit(schema), smallest=1)
        match schema.type:
            case "array":
                return self._list(schema, name)
            case "object":
                return self._map(schema, name) if schema.values else self._known_object(
                    schema, root, name
                )  # fmt: skip
            case "string" if schema.format != "quantity":
                return _text(schema)
            case "boolean":
                return Type("bool", smallest=4)
            case "number" | "integer":
                return Type("double" if schema.type == "number" else "int", smallest=1)
        return self._unknown

    def _list(self, schema: Schema, name: str) -> Type | None:
        if schema.items is None:
            return self._unknown
        inner = self(schema.items, schema.items.embedded_resource, f"{name}.@idx")
        if inner is None:
            return None
        limit = schema.extra.get("maxItems")
        most = REQUEST_BYTES // (inner.smallest + 1) if limit is None else limit
        return Type("list", (inner,), smallest=2, limit=most)

    def _map(self, schema: Schema, name: str) -> Type | None:
        inner = self(schema.values, False, f"{name}.@elem") if schema.values else None
        if inner is None:
            return None
        limit = schema.extra.get("maxProperties")
        most = REQUEST_BYTES // (inner.smallest + 6) if limit is None else limit
        return Type("map", (simple("string"), inner), smallest=2, limit=most)

    def _known_object(self, schema: Schema, root: bool, name: str) -> Type:
        found = self._known.get(id(schema))
        if found is None:
            found = self._known[id(schema)] = Type("object", name=name, smallest=2)
            self._fill(found, schema, root)
        return found

    def _fill(self, found: Type, schema: Schema, root: bool) -> None:
        for key, part in schema.fields.items():
            if root and key == "metadata":
                continue
            inner = self(part, part.embedded_resource, f"{found.name}.{key}")
            written = escape(key)
            if inner is None:
                continue
            if written is not None:
                found.fields[written] = inner
            if key in schema.required and part.default is UNSET:
                found.smallest += len(key) + inner.smallest + 4
        if root or schema.embedded_resource:
            text = Type("string", limit=REQUEST_BYTES - 2, smallest=2)
            found.fields |= {"apiVersion": text, "kind": text}
            found.fields["metadata"] = Type(
                "object", fields={"name": text, "generateName": text},
                name=f"{found.name}.metadata",
            )  # fmt: skip


def _text(schema: Schema) -> Type:
    formats = {
        "byte": ("bytes", None, 2), "duration": ("duration", 32, 4),
        "date": ("timestamp", 12, 12), "date-time": ("timestamp", 37, 22),
    }  # fmt: skip
    kind, limit, smallest = formats.get(schema.format, ("string", None, 2))
    return Type(kind, limit=limit or _text_limit(schema), smallest=smallest)


def _text_limit(schema: Schema) -> int:
    if (limit := schema.extra.get("maxLength")) is not None:
        return int(limit) * 4
    enum = [e for e in schema.extra.get("enum") or () if isinstance(e, str)]
    return max((len(e.encode()) for e in enum), default=REQUEST_BYTES - 2)
