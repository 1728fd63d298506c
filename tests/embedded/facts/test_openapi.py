"""OpenAPI documents that kubectl explain and its validation believe."""

from __future__ import annotations

import re
from typing import Any

import orjson

from breakfix.embedded.facts import loading
from breakfix.embedded.server import openapi
from breakfix.embedded.server.openapi import CustomDefinition

META = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
SCHEMA = {
    "type": "object",
    "description": "A tab",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "replicas": {"type": "integer", "default": 1},
                "port": {"x-kubernetes-int-or-string": True},
                "name": {"type": "string", "nullable": True},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "one": {"type": "object", "oneOf": [{"required": ["a"]}]},
            },
        }
    },
}
TAB = CustomDefinition("stable.example.com", "v1", "Tab", "tabs", True, SCHEMA, "", ("scale",))


def parsed(path: str, *custom: CustomDefinition) -> Any:
    found = openapi.document(path, custom)
    assert found is not None
    return orjson.loads(found)


def test_every_document_of_the_index_is_there_and_complete() -> None:
    assert openapi.index()["paths"].keys() == loading.documents().keys()
    for path in ("apis/apps", "apis/batch/v1", "apis/apiextensions.k8s.io/v1"):
        document = openapi.document(path)
        assert document is not None
        schemas = orjson.loads(document)["components"]["schemas"]
        named = set(re.findall(rb'"#/components/schemas/([^"]+)"', document))
        assert {n.decode() for n in named} <= schemas.keys(), path
    assert openapi.document("apis/nope/v1") is None


def test_explain_finds_kind_and_words() -> None:
    document = parsed("apis/apps/v1")
    path = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    assert path["patch"]["x-kubernetes-group-version-kind"] == {
        "group": "apps", "version": "v1", "kind": "Deployment",
    }  # fmt: skip
    fields = document["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"]["properties"]
    assert fields["spec"]["description"].startswith("Specification of the desired behavior")
    spec = document["components"]["schemas"]["io.k8s.api.apps.v1.DeploymentSpec"]["properties"]
    assert spec["replicas"]["description"].startswith("Number of desired pods")


def test_validation_finds_its_query_parameters() -> None:
    patch = parsed("api/v1")["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"]["patch"]
    names = {p["name"] for p in patch["parameters"] if p["in"] == "query"}
    assert {"dryRun", "fieldManager", "fieldValidation", "force"} <= names


def test_the_hash_changes_with_the_definition() -> None:
    other = CustomDefinition("stable.example.com", "v1", "Tab", "tabs", True, {"type": "object"})
    urls = {
        openapi.index([c])["paths"]["apis/stable.example.com/v1"]["serverRelativeURL"]
        for c in (TAB, other, TAB)
    }
    assert len(urls) == 2
    assert all(u.startswith("/openapi/v3/apis/stable.example.com/v1?hash=") for u in urls)


def test_a_custom_resource_has_its_own_document() -> None:
    document = parsed("apis/stable.example.com/v1", TAB)
    found = document["components"]["schemas"]["com.example.stable.v1.Tab"]
    assert found["properties"]["metadata"]["allOf"] == [{"$ref": META}]
    assert found["properties"]["spec"]["properties"]["port"]["anyOf"] == [
        {"type": "integer"}, {"type": "string"},
    ]  # fmt: skip
    assert "io.k8s.api.autoscaling.v1.Scale" in document["components"]["schemas"]
    assert "/apis/stable.example.com/v1/namespaces/{namespace}/tabs/{name}" in document["paths"]
    listed = document["components"]["schemas"]["com.example.stable.v1.TabList"]
    assert listed["description"] == "TabList is a list of Tab"


def test_swagger_leaves_out_what_it_does_not_know() -> None:
    definitions = orjson.loads(openapi.swagger([TAB]))["definitions"]
    spec = definitions["com.example.stable.v1.Tab"]["properties"]["spec"]["properties"]
    assert spec == {
        "replicas": {"type": "integer"},
        "port": {"x-kubernetes-int-or-string": True},
        "name": {},
        "open": {"x-kubernetes-preserve-unknown-fields": True},
        "one": {"type": "object"},
    }
    assert definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]["type"] == "string"
    assert "com.example.stable.v1.Tab" not in orjson.loads(openapi.swagger())["definitions"]


def test_etags_match_as_http_says() -> None:
    tag = openapi.etag(b"x")
    assert tag.startswith('"')
    assert tag != openapi.etag(b"y")
    assert openapi.matches(f'"a", {tag}', tag)
    assert openapi.matches(f"W/{tag}", tag)
    assert not openapi.matches("", tag)
