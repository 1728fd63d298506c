"""Custom resources over HTTP: what is read, what is dropped and told, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.embedded.cluster_fixture import Http, running

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
FOOS = "/apis/x.io/v1/foos"
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "string"},
        "inner": {"type": "object", "x-kubernetes-embedded-resource": True,
                  "x-kubernetes-preserve-unknown-fields": True},
    },
}  # fmt: skip

INNER = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}}


def crd() -> Any:
    version = {"name": "v1", "served": True, "storage": True,
               "schema": {"openAPIV3Schema": SCHEMA}}  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.x.io"},
        "spec": {"group": "x.io", "scope": "Cluster", "versions": [version],
                 "names": {"plural": "foos", "kind": "Foo"}},
    }  # fmt: skip


def foo(name: str = "one", **fields: Any) -> Any:
    return {"apiVersion": "x.io/v1", "kind": "Foo", "metadata": {"name": name}, **fields}


@pytest_asyncio.fixture
async def http() -> AsyncIterator[Http]:
    async with running() as (_, http):
        assert (await http.ask("POST", CRDS, crd()))[0] == 201
        async with asyncio.timeout(5):
            while (await http.ask("GET", FOOS))[0] != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield http


async def test_a_later_default_shows_in_older_objects(http: Http) -> None:
    await http.ask("POST", FOOS, foo())
    path = "/spec/versions/0/schema/openAPIV3Schema/properties/a/default"
    patch = [{"op": "add", "path": path, "value": "A"}]
    content = "application/json-patch+json"
    await http.ask("PATCH", f"{CRDS}/foos.x.io", patch, content=content)
    assert (await http.ask("GET", f"{FOOS}/one"))[1]["a"] == "A"
    assert [i["a"] for i in (await http.ask("GET", FOOS))[1]["items"]] == ["A"]


async def test_unknown_fields_are_told_in_order(http: Http) -> None:
    """Of the metadata, of the schema, of the metadata of embedded resources."""
    body = foo(zz=1, inner=INNER | {"metadata": {"name": "x", "no": 1}, "kept": 1})
    body["metadata"]["bad"] = 1
    status, answer = await http.ask("POST", f"{FOOS}?fieldValidation=Strict", body)
    assert status == 400
    assert answer["message"].endswith(
        'strict decoding error: unknown field "metadata.bad", unknown field "zz", '
        'unknown field "inner.metadata.no"'
    )
    status, answer = await http.ask("POST", f"{FOOS}?fieldValidation=Ignore", body)
    assert (status, answer["inner"]) == (201, INNER | {"kept": 1})


async def test_apply_knows_the_metadata(http: Http) -> None:
    body = foo(inner={"metadata": {"no": 1}})
    body["metadata"] |= {"bad": 1}
    status, answer = await http.ask(
        "PATCH", f"{FOOS}/one?fieldManager=me", body, content=APPLY
    )  # fmt: skip
    assert status == 500
    assert ".metadata.bad: field not declared in schema" in answer["message"]
    assert ".inner.metadata.no: field not declared in schema" in answer["message"]


async def test_metadata_of_a_wrong_type(http: Http) -> None:
    await http.ask("POST", FOOS, foo(inner=INNER))
    for patch, words in (
        ({"metadata": {"labels": {"a": 3}}},
         ": json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"),
        ({"inner": {"metadata": {"labels": 3}}},
         ': inner.metadata: Invalid value: {"labels":3,"name":"x"}: json: cannot unmarshal number'),
        ({"inner": {"kind": 3}}, ": inner.kind: Invalid value: 3: must be a string"),
    ):  # fmt: skip
        status, answer = await http.ask("PATCH", f"{FOOS}/one", patch, content=MERGE)
        assert (status, words in answer["message"]) == (422, True), answer["message"]


async def test_protobuf_is_for_built_in_kinds(http: Http) -> None:
    status, answer = await http.ask("POST", FOOS, b"k8s\x00", content=PROTOBUF)
    assert (status, answer["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml",
    )
    path, body = "/api/v1/namespaces/default/configmaps", b"k8s\x00\x0a\x0b\x0a\x02v1\x12\x05Fubar"
    status, answer = await http.ask("POST", path, body, content=PROTOBUF)
    assert (status, answer["message"]) == (
        400,
        'Fubar in version "v1" cannot be handled as a ConfigMap: no kind "Fubar" is registered '
        'for version "v1" in scheme "pkg/runtime/scheme.go:110"',
    )


async def test_finalizers_may_be_without_a_domain(http: Http) -> None:
    body = foo()
    body["metadata"]["finalizers"] = ["mine"]
    assert (await http.ask("POST", FOOS, body))[0] == 201
    patch: Any = {"metadata": {"finalizers": ["a b"]}}
    assert (await http.ask("PATCH", f"{FOOS}/one", patch, content=MERGE))[0] == 422
    assert (await http.ask("DELETE", f"{FOOS}/one"))[0] == 200
    patch = {"metadata": {"finalizers": None}}
    assert (await http.ask("PATCH", f"{FOOS}/one", patch, content=MERGE))[0] == 200
    assert (await http.ask("GET", f"{FOOS}/one"))[0] == 404


async def test_embedded_resources_are_whole(http: Http) -> None:
    status, answer = await http.ask("POST", FOOS, foo(inner={"metadata": {"name": "A/b"}}))
    assert status == 422
    assert [c["field"] for c in answer["details"]["causes"]] == [
        "inner.apiVersion", "inner.kind", "inner.metadata.name",
    ]  # fmt: skip
