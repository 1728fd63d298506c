"""What a request is about, from its path and method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
ITSELF = ("status", "finalize")  # the subresources of namespaces; others are what is in them


class RequestInfo(NamedTuple):
    """k8s.io/apiserver's RequestInfo."""

    verb: str
    path: str
    is_resource: bool = False
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    rest: str = ""  # what follows a subresource (proxy)


def parse(method: str, path: str, query: Mapping[str, str]) -> RequestInfo:
    """Take a path apart. What is not of a resource has verb and path alone."""
    parts = [p for p in path.split("/") if p]
    if len(parts) >= 3 and parts[0] == "api":  # noqa: PLR2004
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":  # noqa: PLR2004
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(method.lower(), path)
    watched = rest[0] == "watch" and len(rest) > 1
    rest = rest[1:] if watched else rest
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ITSELF:  # noqa: PLR2004
            rest = rest[2:]
    resource, name, sub = (*rest, "", "", "")[:3]
    tail = "/".join(rest[3:]) + ("/" if len(rest) > 3 and path.endswith("/") else "")  # noqa: PLR2004
    verb = _verb(method, name, query, watched)
    if verb in ("list", "watch", "deletecollection") and not name:
        name = _named_by_selector(query)
    return RequestInfo(verb, path, True, group, version, resource, sub, namespace, name, tail)


def truthy(text: str | None) -> bool:
    """A flag in a query: on unless it is absent, "0" or "false"."""
    return text is not None and text != "0" and text.lower() != "false"


def _verb(method: str, name: str, query: Mapping[str, str], watched: bool) -> str:
    if method in VERBS:
        return VERBS[method]
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    if method not in ("GET", "HEAD"):
        return method.lower()
    if watched or truthy(query.get("watch")):
        return "watch"
    return "get" if name else "list"


def _named_by_selector(query: Mapping[str, str]) -> str:
    """A list of one name is authorized as that name."""
    text = query.get("fieldSelector", "")
    return (
        text.removeprefix("metadata.name=")
        if text.startswith("metadata.name=") and "," not in text
        else ""
    )
