"""pods/log."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.embedded.streams.serving import PODS, serving


async def test_options_reach_the_node() -> None:
    async with serving() as s:
        query = "?tailLines=2&limitBytes=9&timestamps=true&previous=1&sinceSeconds=30&follow=false"
        assert await s.get(f"{PODS}/one/log{query}") == (200, "line 4\nline 5\n")
        [asked] = s.access.asked
        assert (asked.tail_lines, asked.limit_bytes) == (2, 9)
        assert (asked.timestamps, asked.previous, asked.follow) == (True, True, False)
        assert asked.since == s.clock.now() - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("two/log", 400, "a container name must be specified for pod two, choose one of: "
                         "[init a waiting]"),
        ("two/log?container=x", 400, "container x is not valid for pod two"),
        ("none/log", 404, 'pods "none" not found'),
        ("one/log?tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("one/log?tailLines=-1", 422, 'PodLogOptions "one" is invalid: tailLines: Invalid value: '
                                      "-1: must be greater than or equal to 0"),
        ("one/log?stream=Stdout", 422, 'PodLogOptions "one" is invalid: stream: Forbidden: '
                                       "may not be specified"),
        ("two/log?container=waiting", 400, 'container "waiting" in pod "two" is waiting to start: '
                                           "ContainerCreating"),
        ("new/log", 200, ""),
    ],
)  # fmt: skip
async def test_words(path: str, code: int, words: str) -> None:
    async with serving() as s:
        assert await s.get(f"{PODS}/{path}") == (code, words)


async def test_following_ends_when_the_client_goes() -> None:
    async with serving() as s:
        async with s.client.get(s.url(f"{PODS}/one/log?follow=true")) as response:
            assert await response.content.readline() == b"line 1\n"
        await asyncio.wait_for(s.access.cancelled.wait(), 3)


async def test_over_a_websocket() -> None:
    async with serving() as s, s.socket(f"{PODS}/one/log", "binary.k8s.io") as socket:
        found = [m.data async for m in socket]
        assert found[0] == b""
        assert b"".join(found) == b"line 1\nline 2\nline 3\nline 4\nline 5\n"
