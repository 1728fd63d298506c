"""What must hold for any object: round trips, ownership, idempotence."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching.apply import Applied, server_side_apply
from breakfix.embedded.patching.comparing import MISSING, changes
from breakfix.embedded.patching.managed import after_write
from breakfix.embedded.patching.merge_patch import apply_merge_patch
from breakfix.embedded.patching.nodes import (
    Node,
    difference,
    intersection,
    ordered,
    paths,
    union,
)
from breakfix.embedded.patching.shapes import Shape, shape_of
from breakfix.embedded.patching.strategic import apply_strategic
from breakfix.embedded.schema.builtin import schema_of

from .samples import LATER, NOW, WIDGET, owned, widget

FAST = settings(max_examples=60, deadline=None)
LETTERS = st.sampled_from("abc")
MAPS = st.dictionaries(LETTERS, LETTERS, max_size=3)
ITEMS = st.lists(
    st.fixed_dictionaries({"name": LETTERS}, optional={"value": LETTERS}),
    max_size=3, unique_by=lambda i: i["name"],
)  # fmt: skip
SPECS = st.fixed_dictionaries({}, optional={
    "replicas": st.integers(0, 3), "tags": st.lists(LETTERS, unique=True), "items": ITEMS,
    "whole": MAPS, "words": st.lists(LETTERS, max_size=2), "labels": MAPS,
    "free": st.dictionaries(LETTERS, MAPS | LETTERS, max_size=2),
})  # fmt: skip
JSON = st.recursive(
    st.booleans() | st.integers(0, 9) | LETTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(LETTERS, JSON, max_size=3)


def applied(live: Object | None, spec: Object, manager: str, time: str = NOW) -> Applied:
    return server_side_apply(
        live, widget(spec), manager, True, WIDGET, "example.com/v1", "", time, kind="Widget"
    )


def stored(found: Applied) -> Object:
    item: Object = clone(found.object)
    item["metadata"] |= {"uid": "u", "managedFields": found.managed_fields}
    return item


def merge_diff(old: Object, new: Object) -> Object:
    """A merge patch that makes `new` of `old`; both without nulls."""
    out: Object = {k: None for k in old if k not in new}
    for k, v in new.items():
        if k not in old or not isinstance(v, dict) or not isinstance(old[k], dict):
            out |= {k: v} if k not in old or old[k] != v or type(old[k]) is not type(v) else {}
        elif inner := merge_diff(old[k], v):
            out[k] = inner
    return out


@FAST
@given(OBJECTS, OBJECTS)
def test_merge_patch_makes_the_difference(old: Object, new: Object) -> None:
    before = clone(old)
    assert apply_merge_patch(old, merge_diff(old, new)) == new
    assert old == before


@FAST
@given(ITEMS, ITEMS, MAPS, MAPS)
def test_strategic_patch_makes_the_difference(
    old: list[Object], new: list[Object], before: Object, after: Object
) -> None:  # fmt: skip
    schema = schema_of("v1", "Pod")
    assert schema is not None
    gone = [{"name": i["name"], "$patch": "delete"} for i in old
            if i["name"] not in {n["name"] for n in new}]  # fmt: skip
    whole = [i | ({} if "value" in i else {"value": None}) for i in new]
    patch = {"metadata": {"labels": merge_diff(before, after)}, "spec": {
        "volumes": whole + gone, "$setElementOrder/volumes": [{"name": i["name"]} for i in new],
    }}  # fmt: skip
    assume(old or new)  # the API server refuses an order of nothing
    live = {"metadata": {"labels": before}, "spec": {"volumes": old}}
    kept = clone(live)
    found = apply_strategic(live, patch, schema)
    assert found["metadata"]["labels"] == after
    assert [{k: v for k, v in i.items() if v is not None} for i in found["spec"]["volumes"]] == new
    assert live == kept


@FAST
@given(SPECS, SPECS)
def test_applying_twice_changes_nothing(first: Object, second: Object) -> None:
    live = stored(applied(stored(applied(None, first, "a")), second, "b"))
    again = applied(live, second, "b", LATER)
    assert stored(again) == live


@FAST
@given(SPECS, SPECS)
def test_what_the_other_applier_states_stays(mine: Object, others: Object) -> None:
    stated = {"name": "b"} | without_empty(others)  # empty containers may go with their contents
    live = stored(applied(None, mine, "a"))
    live = stored(applied(live, stated, "b"))
    found = applied(live, {}, "a")
    for name in {"name", "whole", "words", "replicas"} & stated.keys():
        assert found.object["spec"][name] == stated[name]
    assert owned(found.managed_fields).get("b/Apply") == owned(
        live["metadata"]["managedFields"]
    ).get("b/Apply")


@FAST
@given(st.lists(st.tuples(SPECS, LETTERS, st.booleans()), min_size=1, max_size=5))
def test_nobody_owns_what_is_not_there(writes: list[tuple[Object, str, bool]]) -> None:
    live: Object | None = None
    for spec, manager, as_apply in writes:
        if as_apply:  # Kubernetes, too, keeps owners of empty containers that go
            live = stored(applied(live, {"replicas": 1} | without_empty(spec), manager))
            continue
        new = widget(spec, metadata={"uid": "u"} if live else {})
        entries = after_write(new, live, manager, "Update", "example.com/v1", "", NOW, WIDGET)
        if live is None or entries:
            new["metadata"] |= {"uid": "u", "managedFields": entries}
            live = new
    for fields in owned((live or {})["metadata"]["managedFields"]).values():
        assert_there(fields, live, shape_of(WIDGET))


def without_empty(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {k: without_empty(v) for k, v in value.items()}
    return {k: v for k, v in kept.items() if v not in ({}, [])}


def assert_there(node: Node, value: Any, shape: Shape) -> None:
    for element, inner in node.items():
        if element == ".":
            continue
        if element.startswith("f:"):
            assert isinstance(value, dict)
            child = shape.child(element[2:])[1]
            below = value.get(element[2:], MISSING)
        else:
            assert isinstance(value, list)
            child = shape.items()
            below = next((v for v in value if shape.element(v) == element), MISSING)
        assert below is not MISSING, element
        assert_there(inner, below, child)


@FAST
@given(SPECS, SPECS, SPECS)
def test_sets_are_sets(first: Object, second: Object, third: Object) -> None:
    shape = shape_of(WIDGET)
    a, b = (changes(widget(first), widget(s), shape)[0] or {} for s in (second, third))
    both, either = set(paths(intersection(a, b))), set(paths(union(a, b)))
    assert both == set(paths(a)) & set(paths(b))
    assert either == set(paths(a)) | set(paths(b))
    assert set(paths(difference(a, b))) == set(paths(a)) - set(paths(b))
    assert ordered(a) == a
