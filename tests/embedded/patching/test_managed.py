from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching.managed import after_write
from breakfix.embedded.patching.nodes import ordered
from breakfix.embedded.patching.options import manager_errors, manager_name, patch_errors
from breakfix.embedded.patching.resetting import reset_fields
from breakfix.embedded.schema.builtin import schema_of

from .samples import LATER, NOW, WIDGET, owned, widget

POD = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "p", "namespace": "default", "labels": {"app": "p"}},
    "spec": {
        "containers": [{
            "name": "c", "image": "nginx", "resources": {}, "command": ["a"],
            "ports": [{"containerPort": 80, "protocol": "TCP"}],
        }],
        "restartPolicy": "Always",
    },
    "status": {},
}  # fmt: skip


def written(
    new: Object, old: Object | None, manager: str = "m", sub: str = "", time: str = NOW,
    reset: Any = None,
) -> list[Object]:  # fmt: skip
    return after_write(new, old, manager, "Update", "example.com/v1", sub, time, WIDGET, reset)


def stored(item: Object, entries: list[Object]) -> Object:
    found: Object = clone(item)
    found["metadata"] |= {"uid": "u", "managedFields": entries}
    return found


def test_created_pod_is_owned_as_a_real_one() -> None:
    [entry] = after_write(POD, None, "kubectl-run", "Update", "v1", "", NOW, schema_of("v1", "Pod"))
    port: Object = {".": {}, "f:containerPort": {}, "f:protocol": {}}
    container = {
        ".": {}, "f:command": {}, "f:image": {}, "f:name": {},
        "f:ports": {".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': port}, "f:resources": {},
    }  # fmt: skip
    assert ordered(entry.pop("fieldsV1")) == {
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {"f:containers": {'k:{"name":"c"}': container}, "f:restartPolicy": {}},
    }
    assert entry == {
        "manager": "kubectl-run", "operation": "Update", "apiVersion": "v1", "time": NOW,
        "fieldsType": "FieldsV1",
    }  # fmt: skip


def test_created_custom_resource_owns_its_maps() -> None:
    fields = owned(written(widget({"replicas": 1}), None))["m/Update"]
    assert fields == {"f:spec": {".": {}, "f:replicas": {}}}


def test_a_change_moves_the_field_to_its_writer() -> None:
    live = stored(widget({"replicas": 1, "name": "a"}), written(widget({"replicas": 1}), None))
    new = clone(live) | {"spec": {"replicas": 2, "name": "a"}}
    found = written(new, live, "other", time=LATER)
    assert owned(found) == {
        "m/Update": {"f:spec": {}}, "other/Update": {"f:spec": {"f:replicas": {}}}
    }  # fmt: skip
    assert [e["time"] for e in found] == [NOW, LATER]


def test_what_is_removed_is_nobodys_and_moves_no_time() -> None:
    item = widget({"replicas": 1, "tags": ["a", "b"]})
    live = stored(item, written(item, None))
    new = clone(live) | {"spec": {"replicas": 1, "tags": ["b"]}}
    [entry] = written(new, live, time=LATER)
    assert entry["fieldsV1"]["f:spec"]["f:tags"] == {".": {}, 'v:"b"': {}}
    assert entry["time"] == NOW


def test_nothing_changes_where_nothing_changed() -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live)
    new["metadata"] |= {"resourceVersion": "5", "uid": "u"}
    assert written(new, live, "other", time=LATER) == live["metadata"]["managedFields"]


def test_keys_of_a_list_may_be_defaults() -> None:
    item = widget({"items": [{"name": "a"}, {"name": "a", "proto": "UDP"}]})
    keys = owned(written(item, None))["m/Update"]["f:spec"]["f:items"]
    assert set(keys) == {".", 'k:{"name":"a","proto":"TCP"}', 'k:{"name":"a","proto":"UDP"}'}


def test_atomic_maps_and_lists_are_leaves() -> None:
    item = widget({"whole": {"a": "b"}, "words": ["a"], "free": {"x": {"y": [1]}}})
    spec = owned(written(item, None))["m/Update"]["f:spec"]
    assert spec["f:whole"] == spec["f:words"] == {}
    assert spec["f:free"] == {".": {}, "f:x": {".": {}, "f:y": {}}}


def test_duplicates_are_one_leaf() -> None:
    item = widget({"items": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]})
    fields = owned(written(item, None))["m/Update"]["f:spec"]["f:items"]
    assert fields == {".": {}, 'k:{"name":"a","proto":"TCP"}': {}}


def test_an_item_without_keys_costs_all_entries() -> None:
    assert written(widget({"items": [None]}), None) == []


def test_managers_differ_by_subresource_and_reset_fields_are_not_owned() -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live) | {"spec": {"replicas": 9}, "status": {"phase": "x"}}
    found = written(
        new, live, sub="status", reset=reset_fields("widgets.example.com", "status", True)
    )
    assert [e.get("subresource") for e in found] == [None, "status"]
    assert found[1]["fieldsV1"] == {"f:status": {".": {}, "f:phase": {}}}


@pytest.mark.parametrize("told", [[], [{}]])
def test_an_empty_list_resets(told: list[Object]) -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live)
    new["metadata"]["managedFields"] = told
    new["spec"]["replicas"] = 2
    assert written(new, live) == []


@pytest.mark.parametrize("change", [
    {"operation": "Delete"}, {"fieldsType": "FieldsV2"}, {"apiVersion": ""},
    {"fieldsV1": {"f:a": {"bad": {}}}},
])  # fmt: skip
def test_entries_that_make_no_sense_are_ignored(change: Object) -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live)
    new["metadata"]["managedFields"] = [new["metadata"]["managedFields"][0] | change]
    assert written(new, live) == live["metadata"]["managedFields"]


def test_entries_that_a_client_changes_count() -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live)
    new["metadata"]["managedFields"][0] |= {"manager": "renamed", "operation": "Apply"}
    assert list(owned(written(new, live))) == ["renamed/Apply"]


def test_updates_of_objects_without_entries_make_none() -> None:
    assert written(widget({"replicas": 2}), widget({"replicas": 1})) == []


def test_more_than_ten_updaters_become_ancient_changes() -> None:
    item = widget({"labels": {}})
    live = stored(item, written(item, None, "first"))
    for n in range(10):
        new = clone(live)
        new["spec"]["labels"][f"k{n}"] = "v"
        live = stored(new, written(new, live, f"m{n}", time=f"2026-01-01T00:00:{n + 10}Z"))
    names = [e["manager"] for e in live["metadata"]["managedFields"]]
    assert len(names) == 10
    assert names[0] == "ancient-changes"
    assert live["metadata"]["managedFields"][0]["time"] == "2026-01-01T00:00:10Z"


def test_scale_carries_no_time() -> None:
    live = stored(widget({"replicas": 1}), written(widget({"replicas": 1}), None))
    new = clone(live) | {"spec": {"replicas": 2}}
    entry = next(e for e in written(new, live, "kubectl", "scale") if e["manager"] == "kubectl")
    assert "time" not in entry


def test_manager_names() -> None:
    assert manager_name("", "kubectl/v1.34 (linux)") == "kubectl"
    assert manager_name("mine", "kubectl/v1.34") == "mine"
    assert manager_name("", "a\x00b") == "ab"
    assert len(manager_name("", "x" * 200)) == 128
    assert [str(e) for e in manager_errors("a\x01")] == [
        'fieldManager: Invalid value: "a\\u0001": invalid character U+0001 (at position 1)'
    ]
    assert [str(e) for e in patch_errors(True, "", None)] == [
        "fieldManager: Required value: is required for apply patch"
    ]
    assert [str(e) for e in patch_errors(False, "", True)] == [
        "force: Forbidden: may not be specified for non-apply patch"
    ]
