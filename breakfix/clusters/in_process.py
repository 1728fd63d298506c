"""The API of an embedded cluster in this process and event loop: asked without a connection.

What comes piece by piece (watches, logs that are followed) goes over one as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import orjson

from breakfix.clusters.api import (
    BAD_REQUEST,
    USER_AGENT,
    ApiError,
    ExecResult,
    KubeApi,
    decoded,
    query_text,
)
from breakfix.clusters.discovery import accepted
from breakfix.clusters.pod_exec import exit_code
from breakfix.errors import ClusterError

if TYPE_CHECKING:
    from breakfix.embedded.cluster import EmbeddedCluster
    from breakfix.embedded.server.in_memory import Answered


class InProcessApi(KubeApi):
    """As KubeApi; the cluster decides who may, and audits, as over a connection."""

    def __init__(self, kubeconfig: Path, cluster: EmbeddedCluster) -> None:
        super().__init__(kubeconfig)
        self._cluster = cluster

    async def __aenter__(self) -> Self:
        return self  # a connection is made when one is needed

    async def request(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None,
        content_type: str = "application/json", timeout: float = 30.0,
    ) -> Any:  # fmt: skip
        sent = b"" if body is None else orjson.dumps(body)
        asked = self._ask(method, path + query_text(query), content_type, sent)
        try:
            answer = await asyncio.wait_for(asked, timeout)
        except TimeoutError as error:
            raise ClusterError(f"the embedded cluster did not answer in {timeout:g} s") from error
        if answer is None:
            return await super().request(method, path, query, body, content_type, timeout)
        return decoded(answer.body, answer.status, answer.content_type, f"{method} {path}")

    async def _prepared_run(self, target: str) -> Coroutine[Any, Any, ExecResult]:
        return self._run(target)

    async def _run(self, target: str) -> ExecResult:
        answer = await self._ask("GET", target, "application/json", b"")
        return _result(answer, f"exec {target.partition('?')[0]}")

    async def _ask(self, method: str, target: str, kind: str, body: bytes) -> Answered | None:
        await asyncio.sleep(0)  # others have their turn, as between packets
        accept = accepted(target.partition("?")[0])
        headers = {"Content-Type": kind, "Accept": accept, "User-Agent": USER_AGENT}
        return await self._cluster.ask(method, target, headers, body)


def _result(answer: Answered | None, request: str) -> ExecResult:
    assert answer is not None  # noqa: S101 - a command is run to its end
    status = orjson.loads(answer.body)
    if answer.status >= BAD_REQUEST:
        raise ApiError(answer.status, status, request)
    code = exit_code(status)
    out, err = (part.decode("utf-8", "replace") for part in answer.ran)
    return ExecResult(code, out, err if code >= 0 else str(status.get("message", "")))
