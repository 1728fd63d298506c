"""The recorded facts, each read when it is first asked for. Never change what they return."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from breakfix.embedded.objects import Object

_FOLDER = Path(__file__).parent


def _read(name: str) -> Any:
    return orjson.loads((_FOLDER / f"{name}.json").read_bytes())


def _read_compressed(name: str) -> Any:
    return orjson.loads(zlib.decompress((_FOLDER / f"{name}.json.z").read_bytes()))


@cache
def version() -> Object:
    """What /version says."""
    return _read("version")  # type: ignore[no-any-return]


@cache
def internal() -> dict[str, list[list[str]]]:
    """The structs of the API server's inside that messages show; see schema/internal.py."""
    return _read("internal")  # type: ignore[no-any-return]


@cache
def paths() -> list[str]:
    """What / lists: every path that is no resource, with the health checks."""
    return _read("paths")  # type: ignore[no-any-return]


@cache
def discovery() -> list[Object]:
    """The items of the aggregated discovery documents, the core group first."""
    return _read("discovery")  # type: ignore[no-any-return]


@cache
def schemas() -> dict[str, Object]:
    """The OpenAPI v3 definitions by name, without their prose."""
    return _read("schemas")  # type: ignore[no-any-return]


@cache
def documents() -> dict[str, list[str]]:
    """For each OpenAPI v3 path, as "apis/apps/v1", the definitions it starts from."""
    return _read("documents")  # type: ignore[no-any-return]


@cache
def tables() -> dict[str, dict[str, list[Object]]]:
    """The columnDefinitions of every Table, by apiVersion and plural."""
    return _read_compressed("tables")  # type: ignore[no-any-return]


def columns(api_version: str, plural: str) -> list[Object] | None:
    """The columnDefinitions of a resource's Table; None where nothing is listed."""
    return tables().get(api_version, {}).get(plural)


@cache
def rbac() -> dict[str, list[Object]]:
    """The bootstrap objects by plural: clusterroles, clusterrolebindings, roles, ..."""
    return _read("rbac")  # type: ignore[no-any-return]


@cache
def defaults() -> tuple[Object, ...]:
    """All else that a fresh cluster has, in an order in which it can be created.

    Values of ConfigMaps that are of one cluster (certificates, addresses) are empty, the
    address of the API server in Endpoints and EndpointSlices reads "CONTROL-PLANE".
    """
    return tuple(_read("defaults"))


def default_objects(kind: str) -> list[Object]:
    """Those of one kind."""
    return [item for item in defaults() if item["kind"] == kind]


@cache
def prose() -> dict[str, dict[str, str]]:
    """What is said of fields, and as "" of definitions, where the `kubernetes` package does
    not have the server's text."""
    return _read_compressed("prose")  # type: ignore[no-any-return]


@cache
def structs() -> dict[str, Object]:
    """What the Go structs behind the definitions say, each where there is something:

    `kept` fields are pointers, so that false, 0 and "" are written; `always` are written
    even when nothing was said; `null` are times that are written as null; `types` are the
    names of types behind plain texts, numbers, lists and maps.
    """
    return _read("structs")  # type: ignore[no-any-return]
