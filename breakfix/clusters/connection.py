"""One connection to one API server: requests, and answers that come line by line.

Credentials and TLS come from `kubernetes.aio`. The user agent is `breakfix/VERSION`: by it
the audit log tells the game from the learner.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode, urlsplit

from breakfix import __version__
from breakfix.clusters.answers import BAD_REQUEST, decoded
from breakfix.clusters.client_import import import_client
from breakfix.clusters.discovery import accepted
from breakfix.errors import ClusterError

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

USER_AGENT = f"breakfix/{__version__}"
UNREACHABLE_HINT = "Is the cluster still up? `breakfix doctor` says what answers and what does not."


class Connection:
    """Opened when it is first used. Use as an async context manager."""

    def __init__(self, kubeconfig: Path, context: str = "") -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._client: ApiClient | None = None

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
        headers = {"Content-Type": content_type, "Accept": accepted(path)}
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
        return ClusterError(
            f"the Kubernetes API at {host} does not answer: {_words(error)}", UNREACHABLE_HINT
        )

    async def _lines(self, path: str, query: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """An answer line by line, until the server closes it; it may take for ever.

        Raises ApiError for a refusal, ClusterError where the connection is lost.
        """
        import aiohttp

        response = await self._send("GET", path, query, None, "application/json", None)
        try:
            if response.status >= BAD_REQUEST:
                decoded(await response.read(), response.status, _kind(response), f"GET {path}")
            async for line in response.response.content:
                yield line
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


def _words(error: BaseException) -> str:
    """What went wrong with a connection, for a reader."""
    import aiohttp

    if isinstance(error, aiohttp.ClientPayloadError | ValueError):  # the words are a parser's
        return "its answer broke off"
    return str(error) or type(error).__name__


def _kind(response: Any) -> str:
    found: str = response.headers.get("Content-Type", "")
    return found
