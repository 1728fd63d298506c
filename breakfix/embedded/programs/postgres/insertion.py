"""INSERT: the columns that its rows are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def complete_insert(tree: Any, types: Callable[[str], Mapping[str, str]]) -> None:
    """Name the columns, where there are fewer values than columns or a DEFAULT among them."""
    from sqlglot import exp

    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Values):
        return
    table: Any = tree.find(exp.Table)
    rows = [list(row.expressions) for row in tree.expression.expressions]
    given = [c.name for c in tree.this.expressions] or list(types(table.name))
    sizes = {len(row) for row in rows}
    if len(sizes) != 1 or not 0 < (size := sizes.pop()) <= len(given):
        return
    kept = [i for i in range(size) if not all(_is_default(row[i]) for row in rows)]
    if not kept or (len(kept) == len(given) and not tree.this.expressions):
        return
    columns = [exp.to_identifier(given[i], quoted=True) for i in kept]
    tree.set("this", exp.Schema(this=table.copy(), expressions=columns))
    tuples = [exp.Tuple(expressions=[row[i] for i in kept]) for row in rows]
    tree.expression.set("expressions", tuples)


def _is_default(value: Any) -> bool:
    from sqlglot import exp

    plain = isinstance(value, exp.Column | exp.Var) and value.name.lower() == "default"
    return plain and not (value.this.args.get("quoted") if isinstance(value, exp.Column) else False)
