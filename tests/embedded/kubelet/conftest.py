"""Fixtures of the kubelet's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.embedded.kubelet.fixture import Cluster


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    found = Cluster()
    task = asyncio.create_task(found.kubelet.run())
    await found.wait()
    yield found
    for worker in found.kubelet.workers.values():
        for container in worker.state.all:
            if container.current and container.current.alive and container.current.running:
                await container.current.running.stop(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
