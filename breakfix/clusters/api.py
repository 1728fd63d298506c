"""An asynchronous client of the Kubernetes API that speaks plain dicts.

Objects stay the JSON that the server sent, and kinds are found by discovery, so CRDs work
like built-in kinds. Beneath it: `connection.py` (requests) and `pod_calls.py` (logs, exec).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson

from breakfix.clusters.answers import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    ApiError,
    ExecResult,
    decoded,
)
from breakfix.clusters.base import Object
from breakfix.clusters.connection import USER_AGENT, query_text
from breakfix.clusters.discovery import Resource, Resources
from breakfix.clusters.pod_calls import PodCalls
from breakfix.errors import ClusterError

__all__ = [
    "BAD_REQUEST", "CONFLICT", "NOT_FOUND", "USER_AGENT", "ApiError", "ExecResult", "KubeApi",
    "decoded", "query_text",
]  # fmt: skip
FIELD_MANAGER = "kubectl-edit"  # what a person's change looks like in managedFields
APPLY_MANAGER = "kubectl"  # a learner's own `apply --server-side` then does not conflict
CONTENT_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


class KubeApi(PodCalls):
    """One connection to one cluster. Use as an async context manager."""

    def __init__(self, kubeconfig: Path, context: str = "") -> None:
        super().__init__(kubeconfig, context)
        self._resources: Resources | None = None
        self._discovering = asyncio.Lock()

    async def resources(self) -> Resources:
        """What this server serves; asked once a connection."""
        async with self._discovering:  # many first calls at once ask once
            if self._resources is None:
                self._resources = await Resources.discover(self.request)
            return self._resources

    def forget_resources(self) -> None:
        """Discover anew at the next call (after a CRD came or went)."""
        self._resources = None

    async def resource(self, kind: str, api_version: str = "") -> Resource:
        """The resource of a kind. Raises ClusterError where the server has no such kind."""
        return (await self.resources()).find(kind, api_version)

    async def get(
        self, kind: str, name: str, namespace: str | None = None, api_version: str = ""
    ) -> Object | None:
        """The object, or None where there is none."""
        resource = await self.resource(kind, api_version)
        try:
            found: Object = await self.request("GET", resource.path(namespace, name))
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return found

    async def list(
        self, kind: str, namespace: str | None = None, api_version: str = "",
        labels: str = "", fields: str = "",
    ) -> list[Object]:  # fmt: skip
        """All objects of a kind, of one namespace or (None) of all, with kind filled in."""
        resource = await self.resource(kind, api_version)
        query = {"labelSelector": labels, "fieldSelector": fields}
        answer = await self.request("GET", resource.path(namespace), query)
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        return [head | item for item in answer["items"]]

    async def create(self, body: Object, dry_run: bool = False) -> Object:
        """Create an object. Raises ApiError (409 where it exists already)."""
        resource, meta = await self._target(body)
        query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
        path = resource.path(meta.get("namespace"))
        created: Object = await self.request("POST", path, query, body)
        return created

    async def replace(self, body: Object) -> Object:
        """Replace an object as a whole."""
        resource, meta = await self._target(body)
        path = resource.path(meta.get("namespace"), meta["name"])
        replaced: Object = await self.request("PUT", path, {"fieldManager": FIELD_MANAGER}, body)
        return replaced

    async def patch(
        self, kind: str, name: str, namespace: str | None, body: Any, how: str = "merge",
        api_version: str = "", subresource: str = "",
    ) -> Object:  # fmt: skip
        """Patch an object; `how` is merge, json, strategic or apply."""
        resource = await self.resource(kind, api_version)
        path = resource.path(namespace, name) + (f"/{subresource}" if subresource else "")
        query = {"fieldManager": FIELD_MANAGER} | ({"force": "true"} if how == "apply" else {})
        patched: Object = await self.request("PATCH", path, query, body, CONTENT_TYPES[how])
        return patched

    async def apply(self, body: Object, dry_run: bool = False) -> Object:
        """Create the object, or make it equal to what is given (server-side apply, forced)."""
        resource, meta = await self._target(body)
        query = {"fieldManager": APPLY_MANAGER, "force": "true"}
        query |= {"dryRun": "All"} if dry_run else {}
        path = resource.path(meta.get("namespace"), meta["name"])
        applied: Object = await self.request("PATCH", path, query, body, CONTENT_TYPES["apply"])
        return applied

    async def delete(
        self, kind: str, name: str, namespace: str | None = None, api_version: str = "",
        propagation: str = "Background", grace: int | None = None,
    ) -> bool:  # fmt: skip
        """Delete an object; False where there was none."""
        resource = await self.resource(kind, api_version)
        body: Object = {"propagationPolicy": propagation}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        try:
            await self.request("DELETE", resource.path(namespace, name), None, body)
        except ApiError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    async def watch(
        self, kind: str, namespace: str | None = None, api_version: str = ""
    ) -> AsyncIterator[tuple[str, Object]]:
        """(type, object) for every object there is (ADDED) and every change after that.

        Ends when the server closes the stream; raises ClusterError when it is refused or lost.
        """
        resource = await self.resource(kind, api_version)
        path = resource.path(namespace)
        first = await self.request("GET", path)
        for item in first["items"]:
            yield "ADDED", {"kind": resource.kind, "apiVersion": resource.api_version} | item
        query = {"watch": "true", "resourceVersion": first["metadata"]["resourceVersion"]}
        async with aclosing(self._lines(path, query)) as lines:
            async for line in lines:
                event = self._event(line)
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]

    def _event(self, line: bytes) -> Object:
        try:
            event: Object = orjson.loads(line)
        except ValueError as error:  # the end of it did not come
            raise self._lost(error) from error
        return event

    async def _target(self, body: Object) -> tuple[Resource, dict[str, Any]]:
        try:
            kind, meta = body["kind"], body["metadata"]
        except (KeyError, TypeError) as error:
            raise ClusterError(f"this is not a Kubernetes object: {str(body)[:80]}") from error
        resource = await self.resource(kind, body.get("apiVersion", ""))
        if resource.namespaced and not meta.get("namespace"):
            meta = meta | {"namespace": "default"}
        return resource, meta
