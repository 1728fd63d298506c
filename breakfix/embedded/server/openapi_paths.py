"""The paths of an OpenAPI document, from the resources that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from breakfix.embedded.kinds.resource import Resource, Subresource
from breakfix.embedded.objects import Object

Refer = Callable[[str, str], str]  # api version and kind to a $ref, "" where there is none

_TEXT, _TRUTH, _NUMBER = "string", "boolean", "integer"
_WRITE = (("dryRun", _TEXT), ("fieldManager", _TEXT), ("fieldValidation", _TEXT))
_LIST = (
    ("allowWatchBookmarks", _TRUTH), ("continue", _TEXT), ("fieldSelector", _TEXT),
    ("labelSelector", _TEXT), ("limit", _NUMBER), ("resourceVersion", _TEXT),
    ("resourceVersionMatch", _TEXT), ("sendInitialEvents", _TRUTH), ("timeoutSeconds", _NUMBER),
    ("watch", _TRUTH),
)  # fmt: skip
_DELETE = (
    ("dryRun", _TEXT), ("gracePeriodSeconds", _NUMBER), ("orphanDependents", _TRUTH),
    ("propagationPolicy", _TEXT),
)  # fmt: skip
_QUERY: dict[str, tuple[tuple[str, str], ...]] = {
    "post": _WRITE, "put": _WRITE, "patch": (*_WRITE, ("force", _TRUTH)), "delete": _DELETE,
    "deletecollection": (*_DELETE, *_LIST),
}  # fmt: skip
_PATCHES = (
    "application/json-patch+json", "application/merge-patch+json",
    "application/strategic-merge-patch+json", "application/apply-patch+yaml",
)  # fmt: skip
# verb of the resource: method, action, whether on one object, start of the operationId
_OPERATIONS = (
    ("list", "get", "list", False, "list"), ("create", "post", "post", False, "create"),
    ("deletecollection", "delete", "deletecollection", False, "deleteCollection"),
    ("get", "get", "get", True, "read"), ("update", "put", "put", True, "replace"),
    ("patch", "patch", "patch", True, "patch"), ("delete", "delete", "delete", True, "delete"),
)  # fmt: skip
_META = "meta.k8s.io/v1"


class Paths:
    """The paths of some resources; `v2` in the words of Swagger 2."""

    def __init__(self, refer: Refer, *, v2: bool = False) -> None:
        self._refer, self._v2 = refer, v2

    def of(self, resources: Iterable[Resource]) -> Object:
        """All of them, sorted."""
        return dict(sorted(found for r in resources for found in self._each(r)))

    def _each(self, resource: Resource) -> Iterator[tuple[str, Object]]:
        root = f"/api/{resource.version}"
        if resource.group:
            root = f"/apis/{resource.group}/{resource.version}"
        place = "/namespaces/{namespace}" if resource.namespaced else ""
        collection = f"{root}{place}/{resource.plural}"
        if resource.namespaced and "list" in resource.verbs:
            listed = {"get": self._operation(resource, _OPERATIONS[0], "ForAllNamespaces")}
            yield f"{root}/{resource.plural}", listed
        for one, path in ((False, collection), (True, collection + "/{name}")):
            methods = {
                o[1]: self._operation(resource, o)
                for o in _OPERATIONS
                if o[3] == one and o[0] in resource.verbs
            }
            if methods:
                yield path, methods | self._in_path(resource, one)
        for sub in resource.subresources:
            yield f"{collection}/{{name}}/{sub.name}", self._sub(resource, sub)

    def _in_path(self, resource: Resource, one: bool) -> Object:
        names = [*(["name"] if one else []), *(["namespace"] if resource.namespaced else [])]
        return {"parameters": [self._parameter(n, _TEXT, "path") for n in names]} if names else {}

    def _parameter(self, name: str, kind: str, where: str = "query") -> Object:
        required = {"required": True} if where == "path" else {}
        typed: Object = {"type": kind, "uniqueItems": True}
        shown = typed if self._v2 else {"schema": typed}
        return {"name": name, "in": where, **required, **shown}

    def _sub(self, resource: Resource, sub: Subresource) -> Object:
        version = resource.api_version
        if sub.version:
            version = f"{sub.group}/{sub.version}" if sub.group else sub.version
        found: Object = {}
        for verb, method, action, _, start in _OPERATIONS:
            if verb in sub.verbs and method not in found and verb != "list":
                connects = sub.kind.endswith("Options")
                found[method] = self._made(
                    _patches(resource), method, "connect" if connects else action,
                    (version, sub.kind), self._ref(version, sub.kind),
                    f"{start}{_title(resource)}{sub.name.title()}",
                )  # fmt: skip
        return found | self._in_path(resource, one=True)

    def _operation(
        self, resource: Resource, operation: tuple[str, str, str, bool, str], end: str = ""
    ) -> Object:
        _, method, action, one, start = operation
        shown = resource.kind if one or method == "post" else f"{resource.kind}List"
        answer = self._ref(resource.api_version, shown)
        if method == "delete":
            answer = self._ref(_META, "Status")
        return self._made(
            _patches(resource), method, action, (resource.api_version, resource.kind), answer,
            f"{start}{_title(resource)}{end}",
        )  # fmt: skip

    def _ref(self, api_version: str, kind: str) -> Object:
        found = self._refer(api_version, kind)
        return {"$ref": found} if found else {"type": "string"}

    def _made(
        self, patches: Sequence[str], method: str, action: str, kind: tuple[str, str],
        answer: Object, name: str,
    ) -> Object:  # fmt: skip
        group, _, version = kind[0].rpartition("/")
        query = _LIST if action == "list" else _QUERY.get(action, ())
        found: Object = {
            "operationId": name,
            "parameters": [self._parameter(n, t) for n, t in query],
            "responses": {"200": self._answer(answer), "401": {"description": "Unauthorized"}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {
                "group": group, "version": version, "kind": kind[1],
            },
        }  # fmt: skip
        body = self._body(method, answer)
        if body and self._v2:
            found["parameters"].append({"name": "body", "in": "body", "schema": body})
            found["consumes"] = list(patches) if method == "patch" else ["*/*"]
        elif body:
            kinds = patches if method == "patch" else ("*/*",)
            found["requestBody"] = {"content": {k: {"schema": body} for k in kinds}}
        if self._v2:
            found |= {"produces": ["application/json"], "schemes": ["https"]}
        return found

    def _body(self, method: str, answer: Object) -> Any:
        if method == "patch":
            return self._ref(_META, "Patch")
        return answer if method in {"post", "put"} else None

    def _answer(self, schema: Object) -> Object:
        content = {"schema": schema}
        shown = content if self._v2 else {"content": {"application/json": content}}
        return {"description": "OK", **shown}


def _patches(resource: Resource) -> Sequence[str]:
    """The strategic merge patch needs the keys of a built-in kind."""
    return [p for p in _PATCHES if not (resource.custom and "strategic" in p)]


def _title(resource: Resource) -> str:
    """As in operationIds: AppsV1NamespacedDeployment."""
    group = resource.group.removesuffix(".k8s.io") or "core"
    parts = "".join(p[:1].upper() + p[1:] for p in group.split("."))
    place = "Namespaced" if resource.namespaced else ""
    return f"{parts}{resource.version.title()}{place}{resource.kind}"
