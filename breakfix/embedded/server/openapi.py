"""The OpenAPI documents: recorded structure, prose of the `kubernetes` package, CRDs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import orjson

from breakfix.embedded.facts import loading
from breakfix.embedded.kinds.builtin import resources as builtin_resources
from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.builtin import definition_of
from breakfix.embedded.server.openapi_custom import REF, CustomDefinition, definitions
from breakfix.embedded.server.openapi_paths import Paths
from breakfix.embedded.server.openapi_prose import prose

__all__ = [
    "CustomDefinition", "document", "etag", "form", "in_form", "index", "matches", "swagger",
]  # fmt: skip

Custom = Sequence[CustomDefinition]
_CACHED = 64
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_COMMON = tuple(_META + k for k in ("DeleteOptions", "ObjectMeta", "ListMeta", "Patch", "Status"))
_SCALE = "io.k8s.api.autoscaling.v1.Scale"
BEARER = {
    "BearerToken": {
        "type": "apiKey", "description": "Bearer Token authentication",
        "name": "authorization", "in": "header",
    }
}  # fmt: skip


def swagger(crd_definitions: Custom = ()) -> bytes:
    """The JSON of /openapi/v2: everything in one document."""
    from breakfix.embedded.server import openapi_v2

    return openapi_v2.swagger(crd_definitions)


def form(version: str, accept: str) -> str:
    """The media type to answer with: kubectl reads v2 only in protobuf."""
    from breakfix.embedded.server import openapi_protobuf

    asked = version == "v2" and openapi_protobuf.ACCEPTED in accept
    return openapi_protobuf.MEDIA_TYPE if asked else "application/json"


def in_form(body: bytes, media_type: str) -> bytes:
    """A document, made as JSON, in the form that `form` chose."""
    if media_type == "application/json":
        return body
    from breakfix.embedded.server import openapi_protobuf

    return openapi_protobuf.encoded(body)


def etag(body: bytes) -> str:
    """The ETag of a document, with its quotes."""
    return f'"{hashlib.sha512(body).hexdigest().upper()}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Does the client have this already (304)?"""
    known = {t.strip().removeprefix("W/") for t in if_none_match.split(",")}
    return tag in known or "*" in known


def index(crd_definitions: Custom = ()) -> Object:
    """/openapi/v3: the documents, with a hash that changes when they do."""
    version = loading.version()["gitVersion"]
    paths = {p: f"/openapi/v3/{p}?hash={_hash(f'{version}{p}')}" for p in loading.documents()}
    for name in sorted({c.api_version for c in crd_definitions}):
        own = _own(name, crd_definitions)
        paths[f"apis/{name}"] = f"/openapi/v3/apis/{name}?hash={_hash(repr(own))}"
    return {"paths": {p: {"serverRelativeURL": paths[p]} for p in sorted(paths)}}


def _hash(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest().upper()


def _own(api_version: str, crd_definitions: Custom) -> tuple[CustomDefinition, ...]:
    return tuple(c for c in crd_definitions if c.api_version == api_version)


def document(group_version: str, crd_definitions: Custom = ()) -> bytes | None:
    """The JSON of /openapi/v3/PATH, as "api/v1", "apis/apps/v1"; None for an unknown one."""
    if group_version in loading.documents():
        return _builtin_document(group_version)
    own = _own(group_version.removeprefix("apis/"), crd_definitions)
    return _custom_document(own) if own else None


@lru_cache(maxsize=_CACHED)
def _builtin_document(path: str) -> bytes:
    api_version = path.partition("/")[2]
    names = reachable(loading.documents()[path])
    served = [r for r in builtin_resources() if r.api_version == api_version]
    schemas = {name: described(name) for name in sorted(names)}
    return _v3("Kubernetes", "1.34", Paths(refer_to(())).of(served), schemas)


def _custom_document(own: tuple[CustomDefinition, ...]) -> bytes:
    scale = [_SCALE] if any("scale" in c.subresources for c in own) else []
    schemas = {name: described(name) for name in reachable([*_COMMON, *scale])}
    for custom in own:
        schemas |= definitions(custom)
    paths = Paths(refer_to(own)).of(resource_of(c) for c in own)
    return _v3("Kubernetes CRD Swagger", "v0.1.0", paths, dict(sorted(schemas.items())))


def _v3(title: str, version: str, paths: Object, schemas: Object) -> bytes:
    return orjson.dumps({
        "openapi": "3.0.0", "info": {"title": title, "version": version}, "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": BEARER},
    })  # fmt: skip


def resource_of(custom: CustomDefinition) -> Resource:
    """What a CRD serves, as far as its paths need it."""
    changes = ("get", "patch", "update")
    subs = tuple(
        Subresource("scale", "Scale", changes, "autoscaling", "v1")
        if name == "scale"
        else Subresource(name, custom.kind, changes)
        for name in custom.subresources
    )
    return Resource(
        custom.group, custom.version, custom.plural, custom.kind, custom.namespaced,
        subresources=subs, custom=True,
    )  # fmt: skip


def refer_to(own: Iterable[CustomDefinition], prefix: str = REF) -> Any:
    """Names definitions for `Paths`."""
    custom = {}
    for one in own:
        custom[one.api_version, one.kind] = one.name
        custom[one.api_version, f"{one.kind}List"] = one.list_name

    def refer(api_version: str, kind: str) -> str:
        name = custom.get((api_version, kind), "")
        if api_version == "meta.k8s.io/v1":
            name = _META + kind
        name = name or definition_of(api_version, kind)
        return prefix + name if name else ""

    return refer


def reachable(roots: Iterable[str]) -> set[str]:
    """The built-in definitions that these refer to, themselves included."""
    found: set[str] = set()
    left = list(roots)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _refers_to(name)
    return found


@cache
def _refers_to(name: str) -> tuple[str, ...]:
    text = orjson.dumps(loading.schemas()[name]).decode()
    return tuple(re.findall(rf'"{REF}([^"]+)"', text))


def described(name: str) -> Object:
    """A built-in definition with its descriptions."""
    source, words = loading.schemas()[name], prose(name)
    texts = {"": words.description, **words.fields, **loading.prose().get(name, {})}
    found = {"description": texts[""], **source} if texts[""] else dict(source)
    if "properties" in source:
        found["properties"] = {
            field: {"description": texts[field], **part} if field in texts else part
            for field, part in source["properties"].items()
        }
    return found
