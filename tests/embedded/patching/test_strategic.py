from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.strategic import apply_strategic
from breakfix.embedded.schema.builtin import schema_of
from breakfix.embedded.schema.types import Schema


def _deployment() -> Schema:
    schema = schema_of("apps/v1", "Deployment")
    assert schema is not None
    return schema


def pod(*containers: Any, **spec: Any) -> Object:
    return {"spec": {"template": {"spec": {"containers": list(containers)} | spec}}}


def patched(live: Object, patch: Object) -> Any:
    found = apply_strategic(live, patch, _deployment())
    return found["spec"]["template"]["spec"]


def names(spec: Object) -> list[str]:
    return [c["name"] for c in spec["containers"]]


A, B, C = {"name": "a"}, {"name": "b"}, {"name": "c"}


def test_keyed_items_merge() -> None:
    live = pod(A | {"image": "1", "command": ["x"]}, B)
    found = patched(live, pod(A | {"image": "2"}))
    assert found["containers"] == [A | {"image": "2", "command": ["x"]}, B]


def test_new_items_come_first_without_an_order() -> None:
    assert names(patched(pod(A, B), pod(C))) == ["c", "a", "b"]
    assert names(patched(pod(A, B, C), pod(C, B))) == ["a", "c", "b"]


def test_set_element_order() -> None:
    patch = pod(C) | {}
    patch["spec"]["template"]["spec"]["$setElementOrder/containers"] = [B, C, A]
    assert names(patched(pod(A, B), patch)) == ["b", "c", "a"]


def test_order_of_a_patch_must_match() -> None:
    patch = pod(A, B, **{"$setElementOrder/containers": [B, A]})
    with pytest.raises(StatusError, match="doesn't match \\$setElementOrder list") as caught:
        patched(pod(A), patch)
    assert caught.value.code == 500


def test_items_are_deleted_and_lists_replaced() -> None:
    assert names(patched(pod(A, B), pod(A | {"$patch": "delete"}))) == ["b"]
    assert names(patched(pod(A, B), pod(C, {"$patch": "replace"}))) == ["c"]


def test_maps_are_deleted_and_replaced() -> None:
    live = pod(A, nodeSelector={"a": "b"}, securityContext={"runAsUser": 1})
    patch = pod(nodeSelector={"$patch": "replace", "c": "d"}, securityContext={"$patch": "delete"})
    found = patched(live, patch)
    assert found["nodeSelector"] == {"c": "d"}
    assert found["securityContext"] == {}


def test_null_deletes() -> None:
    found = patched(pod(A | {"image": "x"}, hostname="h"), pod(A | {"image": None}, hostname=None))
    assert found == {"containers": [A]}


def test_retain_keys() -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert apply_strategic(live, patch, _deployment())["spec"]["strategy"] == {"type": "Recreate"}
    bad = {"spec": {"strategy": {"$retainKeys": [], "type": "Recreate"}}}
    with pytest.raises(StatusError, match="invalid patch format of retainKeys") as caught:
        apply_strategic(live, bad, _deployment())
    assert caught.value.code == 400


def test_primitive_lists() -> None:
    live = {"metadata": {"finalizers": ["a", "b"]}}

    def finalizers(**patch: Any) -> Any:
        found = apply_strategic(live, {"metadata": patch}, _deployment())
        return found["metadata"]["finalizers"]

    assert finalizers(finalizers=["c", "a"]) == ["c", "a", "b"]
    assert finalizers(**{"$deleteFromPrimitiveList/finalizers": ["a"]}) == ["b"]
    assert finalizers(**{"$setElementOrder/finalizers": ["b", "a"]}) == ["b", "a"]


def test_lists_without_a_strategy_are_replaced() -> None:
    found = patched(pod(A | {"command": ["x", "y"]}), pod(A | {"command": ["z"]}))
    assert found["containers"][0]["command"] == ["z"]


@pytest.mark.parametrize(("patch", "code", "message"), [
    (pod({"image": "x"}), 500, "map: map[image:x] does not contain declared merge key: name"),
    (pod(A | {"$patch": "merge"}), 500, "merging lists cannot yet be specified in the patch"),
    (pod(A, nodeSelector={"$patch": "odd"}), 500,
     "unknown patch type: odd in map: map[$patch:odd]"),
    (pod("a"), 500, "list element types are not identical: [[map[name:a]] [a]]"),
    (pod([A]), 422, "the server rejected our request due to an error in our request"),
    ({"spec": {"$setElementOrder": []}}, 400, "invalid patch format of setElementOrder list"),
    ({"spec": {"$deleteFromPrimitiveList": []}}, 400, "invalid patch format of primitive list"),
])  # fmt: skip
def test_refusals(patch: Object, code: int, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        apply_strategic(pod(A, nodeSelector={"a": "b"}), patch, _deployment())
    assert (caught.value.code, caught.value.message) == (code, message)
