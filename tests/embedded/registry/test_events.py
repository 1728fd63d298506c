"""Events are counted, combined and made series of, as client-go's recorders do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.events import Recorder


class Written:
    """Takes events as the API does."""

    def __init__(self) -> None:
        self.events: dict[str, Object] = {}

    async def create(self, resource: str, item: Object) -> Object:
        self.events[item["metadata"]["name"]] = item | {"resource": resource}
        return item

    async def patch(self, resource: str, name: str, namespace: str, body: Any) -> Object:
        del resource, namespace
        self.events[name] |= body
        return self.events[name]

    def all(self, *fields: str) -> list[tuple[Any, ...]]:
        return [tuple(e.get(f) for f in fields) for e in self.events.values()]


class World:
    def __init__(self) -> None:
        self.clock, self.written = VirtualClock(), Written()
        self.recorder = Recorder(self.clock)

    async def say(self, message: str, version: int = 1, action: str = "") -> None:
        about = {"apiVersion": "v1", "kind": "Pod",
                 "metadata": {"name": "p", "namespace": "default", "uid": "u",
                              "resourceVersion": str(version)}}  # fmt: skip
        self.recorder.record(self.written, about, "Warning", "Failed", message,
                             component="kubelet", host="node", action=action)  # fmt: skip
        await self.clock.quiet()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    task = asyncio.create_task(found.recorder.run())
    yield found
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_equal_events_are_counted_whatever_the_objects_version(world: World) -> None:
    for version in range(3):
        await world.say("no", version)
    assert world.written.all("resource", "message", "count") == [("events", "no", 3)]


async def test_the_tenth_similar_message_and_later_ones_share_one_event(world: World) -> None:
    for number in range(12):
        await world.say(f"no {number}")
    found = world.written.all("message", "count")
    assert found[:9] == [(f"no {number}", 1) for number in range(9)]
    assert found[9:] == [("(combined from similar events): no 11", 3)]


async def test_a_source_has_25_events_about_an_object_then_one_in_five_minutes(
    world: World,
) -> None:
    for _ in range(30):
        await world.say("no")
    assert world.written.all("count") == [(25,)]
    await world.clock.advance(300)
    await world.say("no")
    assert world.written.all("count") == [(31,)]


async def test_an_event_with_an_action_becomes_a_series(world: World) -> None:
    await world.say("no", action="Binding")
    (first,) = world.written.all("resource", "note", "reportingInstance", "series")
    assert first == ("events.events.k8s.io", "no", "kubelet-node", None)
    await world.clock.advance(1)
    await world.say("no", action="Binding")
    ((series,),) = world.written.all("series")
    assert series == {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}
    await world.clock.advance(400)
    await world.say("no", action="Binding")
    assert len(world.written.events) == 2
