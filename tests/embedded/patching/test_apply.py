from __future__ import annotations

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching.apply import Applied, server_side_apply
from breakfix.embedded.patching.last_applied import ANNOTATION
from breakfix.embedded.patching.managed import after_write
from breakfix.embedded.schema.builtin import schema_of

from .samples import LATER, NOW, WIDGET, owned, widget


def applied(
    live: Object | None, patch: Object, manager: str = "a", force: bool = False, time: str = NOW
) -> Applied:  # fmt: skip
    return server_side_apply(
        live, patch, manager, force, WIDGET, "example.com/v1", "", time, kind="Widget"
    )


def stored(found: Applied) -> Object:
    item: Object = clone(found.object)
    item["metadata"] |= {"uid": "u", "managedFields": found.managed_fields}
    return item


def test_apply_creates() -> None:
    found = applied(None, widget({"replicas": 1, "labels": {"a": "b"}}))
    assert found.object == widget({"replicas": 1, "labels": {"a": "b"}})
    assert owned(found.managed_fields) == {
        "a/Apply": {"f:spec": {"f:replicas": {}, "f:labels": {"f:a": {}}}}
    }


def test_what_an_applier_no_longer_states_goes() -> None:
    live = stored(applied(None, widget({"replicas": 1, "labels": {"a": "b", "c": "d"}})))
    live["spec"]["name"] = "kept"
    found = applied(live, widget({"labels": {"a": "b"}}))
    assert found.object["spec"] == {"labels": {"a": "b"}, "name": "kept"}


def test_a_field_of_two_appliers_stays_when_one_stops() -> None:
    live = stored(applied(None, widget({"tags": ["x"], "replicas": 1})))
    live = stored(applied(live, widget({"tags": ["x", "y"]}), "b"))
    found = applied(live, widget({}))
    assert found.object["spec"] == {"tags": ["x", "y"]}
    assert owned(found.managed_fields)["b/Apply"] == {
        "f:spec": {"f:tags": {'v:"x"': {}, 'v:"y"': {}}}
    }


def test_a_conflict_names_manager_and_field() -> None:
    item = widget({"replicas": 1})
    live = item | {"metadata": item["metadata"] | {"uid": "u"}}
    live["metadata"]["managedFields"] = after_write(
        item, None, "kubectl-client-side-apply", "Update", "example.com/v1", "", NOW, WIDGET
    )
    with pytest.raises(StatusError) as caught:
        applied(live, widget({"replicas": 2}))
    error = caught.value
    assert (error.code, error.reason) == (409, "Conflict")
    assert error.message == (
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using '
        "example.com/v1: .spec.replicas"
    )
    assert error.details["causes"] == [{
        "reason": "FieldManagerConflict", "field": ".spec.replicas",
        "message": 'conflict with "kubectl-client-side-apply" using example.com/v1',
    }]  # fmt: skip
    forced = applied(live, widget({"replicas": 2}), force=True)
    assert list(owned(forced.managed_fields)) == ["a/Apply", "kubectl-client-side-apply/Update"]
    assert forced.object["spec"]["replicas"] == 2


def test_conflicts_are_grouped_by_manager() -> None:
    live = stored(applied(None, widget({"replicas": 1, "items": [{"name": "i", "value": "1"}]})))
    with pytest.raises(StatusError) as caught:
        applied(live, widget({"replicas": 2, "items": [{"name": "i", "value": "2"}]}), "b")
    assert caught.value.message == (
        'Apply failed with 2 conflicts: conflicts with "a":\n'
        '- .spec.replicas\n- .spec.items[name="i",proto="TCP"].value'
    )


def test_the_same_value_is_shared_without_conflict() -> None:
    live = stored(applied(None, widget({"replicas": 1})))
    found = applied(live, widget({"replicas": 1}), "b", time=LATER)
    entries = {e["manager"]: e for e in found.managed_fields}
    assert entries["a"]["fieldsV1"] == entries["b"]["fieldsV1"]
    assert "time" not in entries["b"]  # the object did not change


def test_applying_again_keeps_the_time() -> None:
    live = stored(applied(None, widget({"replicas": 1})))
    assert applied(live, widget({"replicas": 1}), time=LATER).managed_fields[0]["time"] == NOW


def test_objects_without_entries_get_a_first_manager() -> None:
    live = widget({"replicas": 1})
    found = applied(live, widget({"replicas": 2}), force=True)
    assert set(owned(found.managed_fields)) == {"a/Apply", "before-first-apply/Update"}


def test_lists_follow_the_order_of_the_config() -> None:
    live = stored(applied(None, widget({"tags": ["a", "b", "c"]})))
    found = applied(live, widget({"tags": ["c", "d", "a"]}), "b")
    assert found.object["spec"]["tags"] == ["b", "c", "d", "a"]


def test_kubectl_takes_over_what_it_applied_client_side() -> None:
    before = widget({"replicas": 1})
    annotated = widget({"replicas": 1}, metadata={
        "annotations": {ANNOTATION: orjson.dumps(before).decode()}
    })  # fmt: skip
    live = clone(annotated)
    live["metadata"] |= {"uid": "u", "managedFields": after_write(
        annotated, None, "kubectl-client-side-apply", "Update", "example.com/v1", "", NOW, WIDGET
    )}  # fmt: skip
    found = applied(live, widget({"replicas": 3}), "kubectl")
    assert found.object["spec"]["replicas"] == 3
    text = found.object["metadata"]["annotations"][ANNOTATION]
    assert orjson.loads(text)["spec"] == {"replicas": 3}
    with pytest.raises(StatusError):
        applied(live, widget({"replicas": 3}), "other")


@pytest.mark.parametrize(("patch", "code", "message"), [
    (widget({"nope": 1}), 500, "failed to create typed patch object (default/w; example.com/v1, "
     "Kind=Widget): .spec.nope: field not declared in schema"),
    (widget({"replicas": "x"}), 500, "failed to create typed patch object (default/w; "
     "example.com/v1, Kind=Widget): .spec.replicas: expected numeric (int or float), got string"),
    (widget({"name": 1}), 500, "failed to create typed patch object (default/w; example.com/v1, "
     "Kind=Widget): .spec.name: expected string, got &value.valueUnstructured{Value:1}"),
    (widget({"tags": ["a", "a"]}), 500, "failed to create typed patch object (default/w; "
     'example.com/v1, Kind=Widget): .spec.tags: duplicate entries for key [="a"]'),
    (widget({}, kind="Gadget"), 400, "invalid object type: example.com/v1, Kind=Gadget"),
    (widget({}, metadata={"managedFields": []}), 400, "metadata.managedFields must be nil"),
])  # fmt: skip
def test_refusals(patch: Object, code: int, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        applied(None, patch)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_what_pruning_empties_in_a_builtin_kind_is_gone() -> None:
    schema = schema_of("v1", "ConfigMap")
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    first = server_side_apply(None, head | {"data": {"a": "b"}}, "m", False, schema, "v1", "", NOW)
    live = stored(first)
    found = server_side_apply(live, dict(head), "m", False, schema, "v1", "", NOW)
    assert "data" not in found.object
    assert found.managed_fields == []
