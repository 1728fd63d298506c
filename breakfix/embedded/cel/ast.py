"""The tree of a compiled expression, read from the serialised `cel.expr.CheckedExpr`.

The library shows no tree, but it serialises one as a protocol buffer; field numbers are
those of cel-spec's `syntax.proto` and `checked.proto`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["const", "ident", "select", "call", "list", "struct", "fold"]


@dataclass(eq=False)
class Node:
    """One expression; which fields are used depends on the kind.

    const: value. ident: name. select: children[0].name (`test`: inside of has()).
    call: name(children), the first child the target where `member`. list: children.
    struct: entries as (key, value) in children. fold: a comprehension, `name` the loop
    variable, children = range, initial, condition, step, result; `accumulator` its name.
    """

    kind: Kind
    at: int = 0  # the offset in the text
    name: str = ""
    value: Any = None
    children: list[Node] = field(default_factory=list)
    member: bool = False
    test: bool = False
    accumulator: str = ""
    keys: list[str | Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """The node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def idents(tree: Node) -> frozenset[str]:
    """The variables that an expression reads (and its loop variables), also dotted ones."""
    found = {node.name for node in tree.walk() if node.kind == "ident"}
    return frozenset(name.removeprefix(".") for name in found)


def parse(serialised: bytes) -> Node:
    """The tree of `Expression.serialize()`."""
    checked = _first(_message(serialised), 2)
    fields = _message(checked)
    positions = _positions(_first(fields, 5))
    return _node(_first(fields, 4), positions)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        result |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004
            return result, at


def _message(data: bytes) -> list[tuple[int, Any]]:
    """Fields in order: (number, int or bytes)."""
    found: list[tuple[int, Any]] = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        value: Any
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:  # noqa: PLR2004
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            width = 8 if wire == 1 else 4
            value, at = data[at : at + width], at + width
        found.append((number, value))
    return found


def _first(fields: list[tuple[int, Any]], number: int, default: Any = b"") -> Any:
    return next((v for n, v in fields if n == number), default)


def _all(fields: list[tuple[int, Any]], number: int) -> list[Any]:
    return [v for n, v in fields if n == number]


def _text(fields: list[tuple[int, Any]], number: int) -> str:
    return bytes(_first(fields, number)).decode()


def _positions(source: bytes) -> dict[int, int]:
    found = {}
    for entry in _all(_message(source), 4):
        pair = _message(entry)
        found[_first(pair, 1, 0)] = _first(pair, 2, 0)
    return found


def _node(data: bytes, positions: dict[int, int]) -> Node:
    at = 0
    for number, value in _message(data):
        if number == 2:  # noqa: PLR2004
            at = positions.get(value, 0)
        elif number in _READERS:
            node = _READERS[number](value, positions)
            node.at = at
            return node
    return Node("const", at)


def _const(data: bytes, positions: dict[int, int]) -> Node:
    del positions
    for number, value in _message(data):
        return Node("const", value=_constant(number, value))
    return Node("const")


def _constant(number: int, value: Any) -> Any:
    import struct

    match number:
        case 2:
            return bool(value)
        case 3:
            return value - (1 << 64) if value >> 63 else value
        case 5:
            return struct.unpack("<d", value)[0]
        case 6:
            return value.decode()
    return None if number == 1 else value


def _ident(data: bytes, positions: dict[int, int]) -> Node:
    del positions
    return Node("ident", name=_text(_message(data), 1))


def _select(data: bytes, positions: dict[int, int]) -> Node:
    fields = _message(data)
    operand = _node(_first(fields, 1), positions)
    return Node(
        "select", name=_text(fields, 2), children=[operand], test=bool(_first(fields, 3, 0))
    )


def _call(data: bytes, positions: dict[int, int]) -> Node:
    fields = _message(data)
    target = _all(fields, 1)
    children = [_node(child, positions) for child in target + _all(fields, 3)]
    return Node("call", name=_text(fields, 2), children=children, member=bool(target))


def _list(data: bytes, positions: dict[int, int]) -> Node:
    return Node("list", children=[_node(c, positions) for c in _all(_message(data), 1)])


def _struct(data: bytes, positions: dict[int, int]) -> Node:
    fields = _message(data)
    node = Node("struct", name=_text(fields, 1))
    for entry in map(_message, _all(fields, 2)):
        key = _first(entry, 3, None)
        node.keys.append(_text(entry, 2) if key is None else _node(key, positions))
        if key is not None:
            node.children.append(_node(key, positions))
        node.children.append(_node(_first(entry, 4), positions))
    return node


def _fold(data: bytes, positions: dict[int, int]) -> Node:
    fields = _message(data)
    parts = [_node(_first(fields, number), positions) for number in (2, 4, 5, 6, 7)]
    return Node("fold", name=_text(fields, 1), accumulator=_text(fields, 3), children=parts)


_READERS = {3: _const, 4: _ident, 5: _select, 6: _call, 7: _list, 8: _struct, 9: _fold}
