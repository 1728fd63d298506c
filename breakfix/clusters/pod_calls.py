"""What is asked of a pod: its log, whole or followed, and a command in a container."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

from breakfix.clusters.answers import ExecResult
from breakfix.clusters.connection import Connection, query_text


class PodCalls(Connection):
    """The subresources of pods."""

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
        query = {
            "follow": "true", "timestamps": "true", "container": container, "tailLines": tail,
            "sinceTime": since and since.isoformat(),
        }  # fmt: skip
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        async with aclosing(self._lines(path, query)) as lines:
            async for line in lines:
                yield line.decode("utf-8", "replace")

    async def exec(
        self, pod: str, namespace: str, command: Sequence[str], container: str = "",
        timeout: float = 10.0,
    ) -> ExecResult:  # fmt: skip
        """Run a command in a container and wait for its end."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        query = {"command": [*command], "container": container, "stdout": "true", "stderr": "true"}
        ran = await self._prepared_run(path + query_text(query))
        try:
            return await asyncio.wait_for(ran, timeout)
        except TimeoutError:
            return ExecResult(124, "", f"no end within {timeout:g} s")
        except OSError as error:
            raise self._lost(error) from error

    async def _prepared_run(self, target: str) -> Coroutine[Any, Any, ExecResult]:
        """The run of a command over WebSocket, with the connection made."""
        from breakfix.clusters.pod_exec import run

        return run(await self._connect(), target)
