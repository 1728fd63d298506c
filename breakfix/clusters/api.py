"""An asynchronous client of the Kubernetes API that speaks plain dicts.

Connection, credentials and TLS come from `kubernetes.aio`; objects stay the JSON that
the server sent, and kinds are found by discovery, so CRDs work like built-in kinds.
The user agent is `breakfix/VERSION`: by it the audit log tells the game from the learner.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from breakfix import __version__
from breakfix.clusters.base import Object
from breakfix.clusters.client_import import import_client
from breakfix.clusters.discovery import Resource, Resources
from breakfix.errors import ClusterError

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

USER_AGENT = f"breakfix/{__version__}"
FIELD_MANAGER = "kubectl-edit"  # what a person's change looks like in managedFields
APPLY_MANAGER = "kubectl"  # a learner's own `apply --server-side` then does not conflict
CONTENT_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
BAD_REQUEST, NOT_FOUND, CONFLICT = 400, 404, 409
UNREACHABLE_HINT = "Is the cluster still up? `breakfix doctor` says what answers and what does not."


class ApiError(ClusterError):
    """The API server answered with a failure; `code` is the HTTP status, `reason` its word."""

    def __init__(self, code: int, status: dict[str, Any], request: str) -> None:
        self.code = code
        self.reason = str(status.get("reason") or "")
        self.status = status
        text = str(status.get("message") or f"HTTP {code}")
        super().__init__(f"{text} ({request})", "")


@dataclass(frozen=True)
class ExecResult:
    """What a command in a container did; exit_code is -1 when it could not be started."""

    exit_code: int
    stdout: str
    stderr: str


class KubeApi:
    """One connection to one cluster. Use as an async context manager."""

    def __init__(self, kubeconfig: Path, context: str = "") -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._client: ApiClient | None = None
        self._resources: Resources | None = None
        self._discovering = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _connect(self) -> ApiClient:
        if self._client is None:
            self._client = await _open(self._kubeconfig, self._context)
            self._client.user_agent = USER_AGENT
        return self._client

    # -- requests ---------------------------------------------------------------------

    async def request(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        timeout: float = 30.0,
    ) -> Any:
        """One request; returns the JSON, or text where the answer is not JSON.

        Raises ApiError for a refusal, ClusterError where nothing answers in `timeout` s.
        """
        import aiohttp

        response = await self._send(method, path, query, body, content_type, timeout)
        try:
            data = await response.read()
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise self._lost(error) from error
        finally:
            response.response.release()
        return decoded(data, response.status, _kind(response), f"{method} {path}")

    async def _send(
        self, method: str, path: str, query: dict[str, Any] | None, body: Any,
        content_type: str, timeout: float | None,
    ) -> Any:  # fmt: skip
        import aiohttp

        client = await self._connect()
        headers = {"Content-Type": content_type, "Accept": "application/json, */*"}
        headers.update(client.default_headers)
        await client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        url = client.configuration.host + path + query_text(query)
        try:
            return await client.rest_client.request(
                method, url, headers=headers, body=body,
                _request_timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=10),
            )  # fmt: skip
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise self._lost(error) from error

    def _lost(self, error: BaseException) -> ClusterError:
        host = self._client.configuration.host if self._client else self._kubeconfig
        what = str(error) or type(error).__name__
        return ClusterError(
            f"the Kubernetes API at {host} does not answer: {what}", UNREACHABLE_HINT
        )

    # -- objects ----------------------------------------------------------------------

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

    async def _target(self, body: Object) -> tuple[Resource, dict[str, Any]]:
        try:
            kind, meta = body["kind"], body["metadata"]
        except (KeyError, TypeError) as error:
            raise ClusterError(f"this is not a Kubernetes object: {str(body)[:80]}") from error
        resource = await self.resource(kind, body.get("apiVersion", ""))
        if resource.namespaced and not meta.get("namespace"):
            meta = meta | {"namespace": "default"}
        return resource, meta

    # -- pods -------------------------------------------------------------------------

    async def logs(
        self, pod: str, namespace: str, container: str = "", since: float | None = None,
        tail: int | None = None, previous: bool = False, timestamps: bool = False,
    ) -> str:  # fmt: skip
        """A container's log as text; `since` in seconds (whole), `tail` in lines."""
        query: dict[str, Any] = {"container": container, "tailLines": tail}
        query |= {"previous": "true"} if previous else {}
        query |= {"timestamps": "true"} if timestamps else {}
        if since is not None:
            query["sinceSeconds"] = max(1, int(since))
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        text = await self.request("GET", path, query)
        return text if isinstance(text, str) else json.dumps(text)

    async def follow_log(
        self, pod: str, namespace: str, container: str = "", since: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[str]:  # fmt: skip
        """The lines of a container's log with their times, those to come as they come.

        Ends with the container; raises ClusterError when it is refused or lost.
        """
        import aiohttp

        query = {
            "follow": "true", "timestamps": "true", "container": container, "tailLines": tail,
            "sinceTime": since and since.isoformat(),
        }  # fmt: skip
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        response = await self._send("GET", path, query, None, "application/json", None)
        try:
            if response.status >= BAD_REQUEST:
                _decoded(await response.read(), response, f"GET {path}")
            async for line in response.response.content:
                yield line.decode("utf-8", "replace")
        except (OSError, ValueError, aiohttp.ClientError) as error:
            raise self._lost(error) from error
        finally:
            response.response.close()

    async def exec(
        self, pod: str, namespace: str, command: Sequence[str], container: str = "",
        timeout: float = 10.0,
    ) -> ExecResult:  # fmt: skip
        """Run a command in a container over WebSocket and wait for its end."""
        from breakfix.clusters.pod_exec import run

        client = await self._connect()
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        query = {"command": [*command], "container": container, "stdout": "true", "stderr": "true"}
        try:
            return await asyncio.wait_for(run(client, path + query_text(query)), timeout)
        except TimeoutError:
            return ExecResult(124, "", f"no end within {timeout:g} s")
        except OSError as error:
            raise self._lost(error) from error

    async def watch(
        self, kind: str, namespace: str | None = None, api_version: str = ""
    ) -> AsyncIterator[tuple[str, Object]]:
        """(type, object) for every object there is (ADDED) and every change after that.

        Ends when the server closes the stream; raises ClusterError when it is lost.
        """
        import aiohttp

        resource = await self.resource(kind, api_version)
        path = resource.path(namespace)
        first = await self.request("GET", path)
        for item in first["items"]:
            yield "ADDED", {"kind": resource.kind, "apiVersion": resource.api_version} | item
        query = {"watch": "true", "resourceVersion": first["metadata"]["resourceVersion"]}
        response = await self._send("GET", path, query, None, "application/json", None)
        try:
            async for line in response.response.content:
                event = orjson.loads(line)
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        except (OSError, ValueError, aiohttp.ClientError) as error:
            raise self._lost(error) from error
        finally:
            response.response.close()


async def _open(kubeconfig: Path, context: str) -> ApiClient:
    import_client()
    from kubernetes.aio import config
    from kubernetes.aio.client import ApiClient, Configuration

    settings = Configuration()
    try:
        await config.load_kube_config(
            config_file=str(kubeconfig), context=context or None, client_configuration=settings
        )
    except (config.ConfigException, OSError) as error:
        raise ClusterError(
            f"the kubeconfig {kubeconfig} cannot be used: {error}",
            "Check the file with `kubectl config view`, or name another context.",
        ) from error
    settings.connection_pool_maxsize = 32
    settings.proxy = settings.proxy or _proxy(settings.host)
    # Not the library's own look at the environment: a thread for each request, and .netrc.
    settings.client_session_kwargs = {"trust_env": False}
    return ApiClient(settings)


def _proxy(server: str) -> str | None:
    """The proxy that the environment names for this server, as kubectl takes it."""
    from urllib.request import getproxies, proxy_bypass

    address = urlsplit(server)
    if proxy_bypass(address.hostname or ""):
        return None
    return getproxies().get(address.scheme)


def query_text(query: dict[str, Any] | None) -> str:
    """With its question mark, without what is empty; "" for none."""
    pairs: list[tuple[str, Any]] = []
    for key, value in (query or {}).items():
        if isinstance(value, list):
            pairs += [(key, item) for item in value]
        elif value not in (None, ""):
            pairs.append((key, value))
    return "?" + urlencode(pairs, quote_via=quote) if pairs else ""


def _kind(response: Any) -> str:
    found: str = response.headers.get("Content-Type", "")
    return found


def decoded(data: bytes, code: int, content_type: str, request: str) -> Any:
    """The JSON of an answer, or its text. Raises ApiError for a refusal."""
    is_json = "json" in content_type
    try:
        answer = orjson.loads(data) if is_json and data else data.decode("utf-8", "replace")
    except ValueError as error:
        raise ClusterError(f"the answer to {request} is not JSON: {error}") from error
    if code >= BAD_REQUEST:
        status = answer if isinstance(answer, dict) else {"message": str(answer)[:500].strip()}
        raise ApiError(code, status, request)
    return answer
