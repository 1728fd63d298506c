from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from breakfix.embedded.controllers.base import Controller
from tests.embedded.controllers.fake_client import FakeClient

Running = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@asynccontextmanager
async def running(client: FakeClient, *controllers: Controller) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(c.run()) for c in controllers]
    await client.clock.advance(0)
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
