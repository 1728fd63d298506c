"""ObjectMeta."""

from tests.embedded.kinds_core.helpers import meta_changes, meta_errors

OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "1", "controller": True}


def test_good_metadata() -> None:
    assert meta_errors({"name": "a", "namespace": "b", "annotations": {"Example.com/X": "y"}}) == []


def test_a_name_is_required() -> None:
    assert meta_errors({"namespace": "b"}) == [
        "metadata.name: Required value: name or generateName is required"
    ]


def test_cluster_scoped_objects_have_no_namespace() -> None:
    assert meta_errors({"name": "a", "namespace": "b"}, namespaced=False) == [
        "metadata.namespace: Forbidden: not allowed on this type"
    ]


def test_labels_are_judged_at_the_map() -> None:
    found = meta_errors({"name": "a", "namespace": "b", "labels": {"a": "not good"}})
    assert found[0].startswith('metadata.labels: Invalid value: "not good": a valid label must be')


def test_annotations_together_may_not_be_too_large() -> None:
    found = meta_errors({"name": "a", "namespace": "b", "annotations": {"a": "x" * 262144}})
    assert found == ["metadata.annotations: Too long: may not be more than 262144 bytes"]


def test_only_one_controller() -> None:
    found = meta_errors({"name": "a", "namespace": "b", "ownerReferences": [OWNER, OWNER]})
    assert found[0].endswith(
        'Only one reference can have Controller set to true. Found "true" in references for '
        "Pod/a and Pod/a"
    )


def test_a_finalizer_is_standard_or_qualified() -> None:
    assert meta_errors({"name": "a", "namespace": "b", "finalizers": ["mine"]}) == [
        'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name '
        "nor is it fully qualified"
    ]
    assert meta_errors({"name": "a", "namespace": "b", "finalizers": ["a.b/c", "orphan"]}) == []


def test_what_never_changes() -> None:
    old = {"name": "a", "uid": "1", "resourceVersion": "5", "generation": 2}
    assert meta_changes({**old, "uid": "2", "generation": 1}, old) == [
        "metadata.generation: Invalid value: 1: must not be decremented",
        'metadata.uid: Invalid value: "2": field is immutable',
    ]
    assert meta_changes({"name": "a", "uid": "1", "generation": 2}, old) == [
        'metadata.resourceVersion: Invalid value: "": must be specified for an update'
    ]


def test_no_new_finalizers_for_what_is_going() -> None:
    old = {"name": "a", "resourceVersion": "5", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert meta_changes({**old, "finalizers": ["a.b/c"]}, old) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
        'deleted, found new finalizers []string{"a.b/c"}'
    ]
