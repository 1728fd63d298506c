"""CustomResourceDefinitions: defaults, errors, status, columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from breakfix.embedded.extensions import columns
from breakfix.embedded.extensions.definition import CustomResourceDefinition
from breakfix.embedded.extensions.naming import CLEANUP, prepare_deletion, status_of
from breakfix.embedded.extensions.resources import established, resources_of
from breakfix.embedded.extensions.strategy import CustomStrategy
from breakfix.embedded.objects import Object

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC: Object = {"type": "object", "properties": {"replicas": {"type": "integer", "default": 1}}}


def crd(spec: Object | None = None, **version: Any) -> Object:
    schema = {"type": "object", "properties": {"spec": spec or SPEC, "status": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}  # fmt: skip
    found: Object = {
        "metadata": {"name": "tabs.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "tabs", "kind": "Tab"},
            "versions": [{"name": "v1", "served": True, "storage": True,
                          "schema": {"openAPIV3Schema": schema}, **version}],
        },
    }  # fmt: skip
    strategy = CustomResourceDefinition()
    strategy.default_(found)
    strategy.prepare_create(found)
    return found


def errors(item: Object) -> list[str]:
    return [str(e) for e in CustomResourceDefinition().validate(item)]


def test_defaults() -> None:
    found = crd()
    names = {"plural": "tabs", "kind": "Tab", "singular": "tab", "listKind": "TabList"}
    assert found["spec"]["names"] == names
    assert found["spec"]["conversion"] == {"strategy": "None"}
    assert found["status"] == {"storedVersions": ["v1"]}
    assert errors(found) == []


def test_names_and_versions_are_checked() -> None:
    found = crd()
    found["metadata"]["name"] = "tab"
    found["spec"]["versions"].append({**found["spec"]["versions"][0], "name": "v2"})
    texts = errors(found)
    assert texts[0].endswith('Invalid value: "tab": must be spec.names.plural+"."+spec.group')
    assert texts[1].endswith("must have exactly one version marked as storage version")


AT = "spec.validation.openAPIV3Schema.properties[spec]"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"properties": {}},
         f"{AT}.type: Required value: must not be empty for specified object fields"),
        ({"type": "array"}, f"{AT}.items: Required value: must be specified"),
        ({"type": "integer", "default": "a"},
         f'{AT}.default: Invalid value: "string":  in body must be of type integer: "string"'),
        ({"type": "object", "x-kubernetes-validations": [{"rule": "self.z == 1"}]},
         f'{AT}.x-kubernetes-validations[0].rule: Invalid value: {{"Rule":"self.z == 1",'
             '"Message":"","MessageExpression":"","Reason":null,"FieldPath":"",'
             '"OptionalOldSelf":null}: '
         "compilation failed: ERROR: <input>:1:5: undefined field 'z'"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"},
          "x-kubernetes-validations": [{"rule": "self.all(s, s == 'x')"}]}},
         f"{AT}.items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds "
         "budget by factor of more than 100x"),
    ],
)  # fmt: skip
def test_schemas_must_be_structural_and_their_rules_compile(spec: Object, words: str) -> None:
    found = errors(crd(spec))
    assert found
    assert found[0].startswith(words)


def test_what_only_a_junctor_names_is_not_known() -> None:
    found = crd()
    schema = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["oneOf"] = [{"properties": {"a": {}}, "default": 1}]
    at = "spec.validation.openAPIV3Schema"
    assert errors(found) == [
        f"{at}.oneOf[0].default: Forbidden: must be undefined to be structural",
        f"{at}.properties[a]: Required value: because it is defined in {at}.oneOf[0].properties[a]",
    ]


def test_what_is_stored_may_not_go() -> None:
    old, new = crd(), crd()
    new["spec"]["versions"][0]["name"] = "v2"
    new["spec"]["scope"] = "Cluster"
    old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    texts = [str(e) for e in CustomResourceDefinition().validate_update(new, old)]
    assert texts[0] == 'spec.scope: Invalid value: "Cluster": field is immutable'
    new["status"] = {"storedVersions": ["v1", "v2"]}
    texts = [str(e) for e in CustomResourceDefinition().validate_update(new, old)]
    assert texts[1].startswith('status.storedVersions[0]: Invalid value: "v1": missing from spec')


def test_the_first_of_a_name_is_served() -> None:
    first = crd()
    first["status"] = status_of(first, [], NOW)
    second = crd()
    second["status"] = status_of(second, [first], NOW)
    assert established(first)
    assert not established(second)
    [accepted, _] = second["status"]["conditions"]
    assert accepted["reason"] == "ListKindConflict"
    assert accepted["message"] == '"TabList" is already in use'
    prepare_deletion(first, NOW)
    assert first["metadata"]["finalizers"] == [CLEANUP]


def test_resources_and_their_subresources() -> None:
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    found = crd(subresources={"status": {}, "scale": paths})
    assert errors(found) == []
    [resource] = resources_of(found)
    assert (resource.key, resource.singular) == ("tabs.example.com", "tab")
    assert [s.name for s in resource.subresources] == ["status", "scale"]
    strategy = CustomStrategy(found, "v1")
    item: Object = {"metadata": {}, "spec": {"other": 1}}
    strategy.default_(item)
    assert item["spec"] == {"replicas": 1}
    strategy.set_replicas(item, 4)
    assert strategy.replicas(item) == (4, 0, "")
    assert strategy.status_fields == ("status",)


def test_columns() -> None:
    given = [
        {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
        {"name": "Ready", "type": "string",
         "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]  # fmt: skip
    found = crd(additionalPrinterColumns=given)
    item = {
        "metadata": {"name": "a", "creationTimestamp": "2025-12-31T23:55:00Z"},
        "spec": {"replicas": 3},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert columns.cells(found, "v1", lambda: NOW)(item) == ["a", 3, "True", "5m"]
    names = [c["name"] for c in columns.definitions(found, "v1")]
    assert names == ["Name", "Replicas", "Ready", "Age"]
    assert columns.cells(crd(), "v1", lambda: NOW)(item) == ["a", "5m"]


def test_selectable_fields_point_to_scalars() -> None:
    good = crd(selectableFields=[{"jsonPath": ".spec.replicas"}])
    assert errors(good) == []
    assert CustomStrategy(good, "v1").selectable({"spec": {"replicas": 2}}) == {
        "spec.replicas": "2"
    }
    [bad] = errors(crd(selectableFields=[{"jsonPath": ".spec"}]))
    assert "must point to a field of type string, boolean or integer" in bad


def test_later_defaults_show_when_an_object_is_read() -> None:
    strategy = CustomStrategy(crd(), "v1")
    complete: Object = {"metadata": {}, "spec": {"replicas": 2}}
    assert strategy.as_read(complete) is complete
    stored: Object = {"metadata": {}, "spec": {}}
    assert strategy.as_read(stored)["spec"] == {"replicas": 1}
    assert stored["spec"] == {}
