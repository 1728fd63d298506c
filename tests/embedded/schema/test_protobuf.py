"""Bodies in protobuf, as kubectl 1.34 and client-go 0.34 sent them."""

from __future__ import annotations

import base64
import contextlib
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.builtin import resources
from breakfix.embedded.schema.protobuf import MAGIC, _definition, is_protobuf, to_json


@cache
def bodies() -> dict[str, str]:
    found: dict[str, str] = orjson.loads(
        Path(__file__).with_name("protobuf_bodies.json").read_bytes()
    )
    return found


def read(kind: str) -> Any:
    return orjson.loads(to_json(base64.b64decode(bodies()[kind])))


def test_a_deployment() -> None:
    labels = {"app": "web"}
    container = {
        "name": "nginx", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "resources": {},
    }  # fmt: skip
    assert read("Deployment") == {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "labels": labels},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": labels}, "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        "status": {},
    }  # fmt: skip


def test_a_token_request() -> None:
    assert read("TokenRequest") == {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {},
        "spec": {"audiences": ["me"], "expirationSeconds": 3600}, "status": {"token": ""},
    }  # fmt: skip


def test_a_definition() -> None:
    """Empty structs stay objects, schemas come whole."""
    first, second = read("CustomResourceDefinition")["spec"]["versions"]
    assert (first["storage"], second["storage"]) == (False, True)
    assert first["subresources"] == {"status": {}}
    spec = first["schema"]["openAPIV3Schema"]["properties"]["spec"]
    ports = spec["properties"]["ports"]
    assert ports["x-kubernetes-list-map-keys"] == ["containerPort", "protocol"]
    assert ports["items"]["properties"]["hostPort"] == {"type": "integer", "format": "int32"}


def test_forms_of_their_own() -> None:
    assert read("ResourceQuota")["spec"] == {"hard": {"pods": "3", "requests.cpu": "500m"}}
    assert read("PodDisruptionBudget")["spec"]["maxUnavailable"] == "20%"
    assert read("DeleteOptions") == {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "DeleteOptions",
    }  # fmt: skip


def test_every_kind_that_is_served_is_known() -> None:
    assert [r.kind for r in resources() if not _definition(r.api_version, r.kind)] == []


def test_another_kind_is_its_name() -> None:
    type_meta = b"\x0a\x02v1\x12\x05Fubar"
    body = MAGIC + b"\x0a" + bytes([len(type_meta)]) + type_meta + b"\x12\x02\x08\x01"
    assert orjson.loads(to_json(body)) == {"apiVersion": "v1", "kind": "Fubar"}


@pytest.mark.parametrize("body", [b"{}", MAGIC + b"\xff", MAGIC + b"\x0a\x7f", MAGIC + b"\x0b"])
def test_what_is_no_message(body: bytes) -> None:
    with pytest.raises(StatusError) as caught:
        to_json(body)
    assert caught.value.code == 400


def test_cut_bodies_are_refused() -> None:
    """Wherever it is cut: an object, or a refusal."""
    whole = base64.b64decode(bodies()["Deployment"])
    for size in range(len(whole)):
        with contextlib.suppress(StatusError):
            to_json(whole[:size])


def test_its_media_type() -> None:
    assert is_protobuf("application/vnd.kubernetes.protobuf; charset=utf-8")
    assert not is_protobuf("application/json")
