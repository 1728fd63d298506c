"""Tasks that are to end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def ended(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel them, and wait until they have ended."""
    for task in tasks:
        if task is not None and not task.done():
            task.cancel()
    for task in tasks:
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
