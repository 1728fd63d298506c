"""What is stored of a real API server, and how it is taken and compared."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import pytest

from breakfix.embedded.facts import loading
from breakfix.embedded.facts.cleaning import clean_object, clean_schema
from breakfix.embedded.facts.comparing import differences
from breakfix.embedded.facts.recording import RealServer, record, write
from breakfix.embedded.facts.structs import Structs
from breakfix.embedded.kinds import builtin
from breakfix.embedded.registry.served import Catalogue

FOLDER = Path(loading.__file__).parent
REAL = os.environ.get("BREAKFIX_REAL_KUBECONFIG", "")


@pytest.mark.skipif(not REAL, reason="BREAKFIX_REAL_KUBECONFIG names no fresh kind cluster")
def test_stored_facts_are_those_of_the_real_server() -> None:
    assert differences(FOLDER, record(RealServer(Path(REAL)))) == []


def test_facts_stay_small() -> None:
    names = ("version", "paths", "discovery", "documents", "schemas", "rbac", "defaults", "structs")
    sizes = [(FOLDER / f"{n}.json").stat().st_size for n in names]
    sizes += [(FOLDER / f"{n}.json.z").stat().st_size for n in ("prose", "tables")]
    assert sum(sizes) < 600_000


def test_every_resource_has_columns_where_it_is_listed() -> None:
    for resource in builtin.resources():
        found = loading.columns(resource.api_version, resource.plural)
        assert (found is not None) == ("list" in resource.verbs), resource
    pods = loading.columns("v1", "pods") or []
    assert [c["name"] for c in pods][:5] == ["Name", "Ready", "Status", "Restarts", "Age"]


def test_defaults_hold_nothing_of_one_cluster() -> None:
    for item in (*loading.defaults(), *chain.from_iterable(loading.rbac().values())):
        assert not {"uid", "resourceVersion", "creationTimestamp"} & item["metadata"].keys()
    config = {i["metadata"]["name"]: i["data"] for i in loading.default_objects("ConfigMap")}
    assert config["extension-apiserver-authentication"]["client-ca-file"] == ""
    assert config["coredns"]["Corefile"].startswith(".:53 {")


def test_what_is_written_is_compared_place_by_place(tmp_path: Path) -> None:
    write(tmp_path, {"rbac": {"a": [{"b": 1}]}, "tables": {"v1": {"pods": []}}})
    assert differences(tmp_path, {"rbac": {"a": [{"b": 1}]}, "tables": {"v1": {"pods": []}}}) == []
    changed = {"rbac": {"a": [{"b": 2}], "c": True}, "tables": {"v1": {}}}
    assert differences(tmp_path, changed) == [
        "rbac: /a/0/b: stored 1, server 2",
        "rbac: /c: stored nothing, server true",
        "tables: /v1/pods: stored [], server nothing",
    ]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    found = {"tables": {"v1": {"pods": [1, 2]}}, "version": {"major": "1"}}
    write(tmp_path, found)
    first = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    write(tmp_path, found)
    assert first == {p.name: p.read_bytes() for p in tmp_path.iterdir()}


def test_a_property_named_description_is_no_prose() -> None:
    source = {"description": "x", "properties": {"description": {"description": "y", "type": "a"}}}
    assert clean_schema(source) == {"properties": {"description": {"type": "a"}}}


def test_certificates_and_addresses_go() -> None:
    root = {"kind": "ConfigMap", "metadata": {"name": "a", "uid": "x"}}
    found = clean_object({**root, "data": {"ca.crt": "-----BEGIN CERTIFICATE-----"}})
    assert found == {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"ca.crt": ""}}


def test_go_structs_say_what_openapi_does_not(tmp_path: Path) -> None:
    place = tmp_path / "k8s.io/api@v0.1.0/shop/v1"
    place.mkdir(parents=True)
    (place / "types.go").write_text(
        'type Size string\n'
        'type Inner struct {\n\tCount int32 `json:"count"`\n}\n'
        'type Coffee struct {\n\tInner `json:",inline"`\n'
        '\tSize Size `json:"size,omitempty" protobuf:"x"`\n'
        '\tSugar *bool `json:"sugar,omitempty"`\n\tMilk Inner `json:"milk"`\n'
        '\tAt metav1.Time `json:"at,omitempty"`\n}\n'
    )  # fmt: skip
    assert Structs(tmp_path, "0.1.0").facts("io.k8s.api.shop.v1.Coffee") == {
        "kept": ["sugar"], "always": ["count"], "null": ["at"], "types": {"size": "v1.Size"},
    }  # fmt: skip


def test_resources_are_found_by_path_key_and_kind() -> None:
    catalogue = Catalogue()
    deployments = catalogue.resource("apps", "v1", "deployments")
    assert deployments is catalogue.by_key("deployments.apps").resource
    assert deployments is catalogue.by_kind("apps/v1", "Deployment")
    assert deployments is not None
    scale = deployments.subresource("scale")
    assert scale is not None
    assert (scale.group, scale.version, scale.kind) == ("autoscaling", "v1", "Scale")
    autoscalers = catalogue.by_key("horizontalpodautoscalers.autoscaling")
    assert autoscalers.resource.version == "v2"
