"""The schemas of built-in kinds, and what is done along a schema."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.schema.builtin import schema_by_definition, schema_of
from breakfix.embedded.schema.defaulting import apply_defaults
from breakfix.embedded.schema.encoding import settle
from breakfix.embedded.schema.pruning import prune
from breakfix.embedded.schema.types import Schema


def builtin(api_version: str, kind: str) -> Schema:
    found = schema_of(api_version, kind)
    assert found is not None
    return found


def test_merge_keys_and_list_types_come_from_the_server() -> None:
    spec = builtin("v1", "Pod").fields["spec"]
    containers = spec.fields["containers"]
    assert (containers.list_type, containers.list_map_keys) == ("map", ("name",))
    assert (containers.patch_strategy, containers.patch_merge_key) == (frozenset({"merge"}), "name")
    assert spec.fields["volumes"].patch_strategy == {"merge", "retainKeys"}
    assert spec.fields["nodeSelector"].map_type == "atomic"
    strategy = builtin("apps/v1", "Deployment").fields["spec"].fields["strategy"]
    assert strategy.patch_strategy == {"retainKeys"}
    assert "rollingUpdate" in strategy.fields


def test_types_with_a_form_of_their_own() -> None:
    container = schema_by_definition("io.k8s.api.core.v1.Container")
    limits = container.fields["resources"].fields["limits"]
    assert limits.values is not None
    assert limits.values.format == "quantity"
    probe = container.fields["livenessProbe"].fields["httpGet"]
    assert probe.fields["port"].format == "int-or-string"
    meta = builtin("v1", "Pod").fields["metadata"].fields
    assert meta["creationTimestamp"].format == "date-time"
    assert builtin("v1", "Event").fields["eventTime"].format == "micro-time"


def test_schemas_may_go_in_circles() -> None:
    props = schema_by_definition(
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
    )
    assert props.fields["not"] is props
    assert props.fields["properties"].values is props


def test_unknown_kinds_have_none() -> None:
    assert schema_of("v1", "Coffee") is None
    assert schema_of("apps/v1", "Scale") is None
    assert schema_of("autoscaling/v1", "Scale") is not None


def test_objects_are_written_as_go_writes_them() -> None:
    pod: dict[str, Any] = {
        "metadata": {"name": "a", "labels": {}},
        "spec": {
            "containers": [{"name": "c", "command": [], "stdin": False}],
            "hostNetwork": False,
            "enableServiceLinks": False,
            "volumes": [{"name": "v", "emptyDir": {}}],
        },
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    settle(builtin("v1", "Pod"), pod)
    assert pod == {
        "metadata": {"name": "a"},
        "spec": {
            "containers": [{"name": "c", "resources": {}}],
            "enableServiceLinks": False,
            "volumes": [{"name": "v", "emptyDir": {}}],
        },
        "status": {
            "conditions": [
                {"type": "Ready", "status": "True", "lastProbeTime": None,
                 "lastTransitionTime": None},
            ]
        },
    }  # fmt: skip


def test_empty_structs_appear_with_what_is_in_them() -> None:
    ingress: dict[str, Any] = {"metadata": {"name": "a"}}
    settle(builtin("networking.k8s.io/v1", "Ingress"), ingress)
    assert ingress == {"metadata": {"name": "a"}, "spec": {}, "status": {"loadBalancer": {}}}
    scaler: dict[str, Any] = {"metadata": {"name": "a"}, "spec": {"maxReplicas": 1}}
    settle(builtin("autoscaling/v2", "HorizontalPodAutoscaler"), scaler)
    assert scaler["status"] == {"desiredReplicas": 0, "currentMetrics": None}
    settled = {**scaler}
    settle(builtin("autoscaling/v2", "HorizontalPodAutoscaler"), settled)
    assert settled == scaler


def crd(**fields: Schema) -> Schema:
    return Schema(type="object", fields=fields)


def test_pruning_keeps_what_the_schema_leaves_open() -> None:
    inner = crd(known=Schema(type="string"))
    schema = crd(
        spec=crd(
            list=Schema(type="array", items=inner),
            map=Schema(type="object", values=inner),
            open=Schema(type="object", preserve_unknown=True, fields={"shut": inner}),
            embedded=Schema(type="object", embedded_resource=True),
            plain=Schema(type="object"),
        )
    )
    item = {
        "apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}, "extra": 1,
        "spec": {
            "list": [{"known": "a", "not": 1}], "map": {"k": {"not": 1}},
            "open": {"any": {"x": 1}, "shut": {"not": 1}},
            "embedded": {"kind": "Y", "metadata": {"name": "b"}, "spec": {}}, "plain": {"not": 1},
        },
    }  # fmt: skip
    assert sorted(prune(schema, item)) == [
        "extra", "spec.embedded.spec", "spec.list[0].not", "spec.map.k.not",
        "spec.open.shut.not", "spec.plain.not",
    ]  # fmt: skip
    assert item == {
        "apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"},
        "spec": {
            "list": [{"known": "a"}], "map": {"k": {}}, "open": {"any": {"x": 1}, "shut": {}},
            "embedded": {"kind": "Y", "metadata": {"name": "b"}}, "plain": {},
        },
    }  # fmt: skip


def test_defaults_fill_what_is_there_to_fill() -> None:
    schema = crd(
        spec=crd(
            a=Schema(type="integer", default=1),
            b=Schema(type="string", default="x", nullable=True),
            c=Schema(type="string"),
            d=Schema(type="string", nullable=True),
            e=Schema(type="object", default={}, fields={"f": Schema(type="integer", default=2)}),
            g=Schema(type="array", items=crd(h=Schema(type="integer", default=3))),
        )
    )
    item: dict[str, Any] = {
        "spec": {"a": None, "b": None, "c": None, "d": None, "g": [{}, {"h": 4}]}
    }
    apply_defaults(schema, item)
    assert item == {
        "spec": {"a": 1, "b": None, "d": None, "e": {"f": 2}, "g": [{"h": 3}, {"h": 4}]}
    }
    empty: dict[str, Any] = {}
    apply_defaults(schema, empty)
    assert empty == {}


def test_defaults_are_never_shared() -> None:
    schema = crd(e=Schema(type="object", default={"list": []}))
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    apply_defaults(schema, first)
    apply_defaults(schema, second)
    first["e"]["list"].append(1)
    assert second == {"e": {"list": []}}


def test_openapi_zeros_of_builtin_kinds_are_no_defaults() -> None:
    port: dict[str, Any] = {"containerPort": 80}
    item = {"spec": {"containers": [{"name": "a", "ports": [port]}]}}
    apply_defaults(builtin("v1", "Pod"), item)
    assert item == {
        "spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}
    }
