"""The same answers as Kubernetes' own libraries gave for random writes, recorded."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.apply import server_side_apply
from breakfix.embedded.patching.entries import Manager, manager_of
from breakfix.embedded.patching.managed import after_write
from breakfix.embedded.patching.strategic import apply_strategic
from breakfix.embedded.schema.builtin import schema_by_definition, schema_of
from breakfix.embedded.schema.types import Schema

from .samples import NOW

RECORDED = orjson.loads((Path(__file__).parent / "recorded.json").read_bytes())
VERSIONS = {"Deployment": "apps/v1", "Custom": "example.com/v1"}


def read_schema(source: Object) -> Schema:
    """The custom kind's schema."""
    if "allOf" in source:
        return schema_by_definition(source["allOf"][0]["$ref"].rsplit("/", 1)[1])
    found = Schema(type=source["type"])
    found.fields = {k: read_schema(v) for k, v in source.get("properties", {}).items()}
    if "additionalProperties" in source:
        found.values = read_schema(source["additionalProperties"])
    if "items" in source:
        found.items = read_schema(source["items"])
    found.list_type = source.get("x-kubernetes-list-type", "atomic")
    found.list_map_keys = tuple(source.get("x-kubernetes-list-map-keys", ()))
    found.map_type = source.get("x-kubernetes-map-type", "granular")
    found.preserve_unknown = source.get("x-kubernetes-preserve-unknown-fields", False)
    if "default" in source:
        found.default = source["default"]
    return found


@cache
def schema_for(kind: str) -> Schema:
    if kind == "Custom":
        return read_schema(RECORDED["custom"])
    found = schema_of(VERSIONS.get(kind, "v1"), kind)
    assert found is not None
    return found


def without_empty(value: Any) -> Any:
    """Structs do not write what is empty."""
    if isinstance(value, dict):
        kept = {k: without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, {}, [])}
    return [without_empty(v) for v in value] if isinstance(value, list) else value


def by_manager(entries: list[Object]) -> dict[Manager, Object]:
    """The order depends on the times, which were not the same."""
    assert len({manager_of(e) for e in entries}) == len(entries)
    return {manager_of(e): e for e in entries}


@pytest.mark.parametrize("case", RECORDED["managed"])
def test_managed_fields(case: Object) -> None:
    kind, sub, manager = case["kind"], case["subresource"], case["manager"]
    version, schema = VERSIONS.get(kind, "v1"), schema_for(kind)
    if case["op"] == "update":
        found = after_write(
            case["new"], case["live"], manager, "Update", version, sub, NOW, schema
        )  # fmt: skip
        assert by_manager(found) == by_manager(case["managed"])
        return
    ask = (case["live"], case["patch"], manager, case["force"], schema, version, sub, NOW)
    if "conflicts" in case:
        with pytest.raises(StatusError) as caught:
            server_side_apply(*ask, kind=kind)
        assert sorted(c["field"] for c in caught.value.details["causes"]) == case["conflicts"]
        return
    applied = server_side_apply(*ask, kind=kind)
    assert by_manager(applied.managed_fields) == by_manager(case["managed"])
    assert without_empty(applied.object) == without_empty(case["object"])


@pytest.mark.parametrize("case", RECORDED["strategic"])
def test_strategic_merge(case: Object) -> None:
    schema = schema_for(case["kind"])
    if "error" not in case:
        assert apply_strategic(case["live"], case["patch"], schema) == case["object"]
        return
    with pytest.raises(StatusError) as caught:
        apply_strategic(case["live"], case["patch"], schema)
    if caught.value.code == 500:
        assert caught.value.message == case["error"]
