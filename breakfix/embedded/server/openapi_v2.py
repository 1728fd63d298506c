"""Swagger 2: all of the OpenAPI documents in one, in older words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from breakfix.embedded.facts import loading
from breakfix.embedded.kinds.builtin import resources as builtin_resources
from breakfix.embedded.objects import Object
from breakfix.embedded.server import openapi
from breakfix.embedded.server.openapi_custom import REF, definitions
from breakfix.embedded.server.openapi_paths import Paths

_V2 = "#/definitions/"


def swagger(crd_definitions: openapi.Custom = ()) -> bytes:
    """The JSON of /openapi/v2: everything in one document."""
    if not crd_definitions:
        return _builtin_swagger()
    own: dict[str, Object] = {}
    for custom in crd_definitions:
        own |= {k: to_v2(v) for k, v in definitions(custom, v2=True).items()}
    paths = Paths(openapi.refer_to(crd_definitions, _V2), v2=True).of(
        map(openapi.resource_of, crd_definitions)
    )
    return _swagger(_joined(_builtin_definitions(), own), _joined(_builtin_paths(), paths))


def _joined(first: bytes, more: Object) -> bytes:
    """Two JSON objects as one; the first is large and already text."""
    return first[:-1] + b"," + orjson.dumps(more)[1:] if more else first


def _swagger(definitions: bytes, paths: bytes) -> bytes:
    head = {
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": "1.34"},
        "securityDefinitions": openapi.BEARER, "security": [{"BearerToken": []}],
    }  # fmt: skip
    start = orjson.dumps(head)[:-1]
    return start + b',"definitions":' + definitions + b',"paths":' + paths + b"}"


@lru_cache(maxsize=1)
def _builtin_swagger() -> bytes:
    return _swagger(_builtin_definitions(), _builtin_paths())


@lru_cache(maxsize=1)
def _builtin_definitions() -> bytes:
    return orjson.dumps({name: to_v2(openapi.described(name)) for name in loading.schemas()})


@lru_cache(maxsize=1)
def _builtin_paths() -> bytes:
    return orjson.dumps(Paths(openapi.refer_to((), _V2), v2=True).of(builtin_resources()))


def to_v2(source: Any) -> Any:
    """A definition of OpenAPI v3 in the words of v2."""
    if isinstance(source, list):
        return [to_v2(s) for s in source]
    if not isinstance(source, dict):
        return source
    found = {k: to_v2(v) for k, v in source.items() if k not in {"allOf", "oneOf", "default"}}
    if "properties" in source:
        found["properties"] = {k: to_v2(v) for k, v in source["properties"].items()}
    for part in source.get("allOf", ()) if isinstance(source.get("allOf"), list) else ():
        found |= to_v2(part)
    if "oneOf" in source and "type" not in found and "properties" not in source:
        found["type"] = "string"  # quantities, integers or texts
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace(REF, _V2)
    return found
