"""Writes, lists, pages and watches against a simple model of them."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, name_of, namespace_of
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.reading import Page, Query
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.forms import Forms
from breakfix.embedded.server.negotiation import Form
from breakfix.embedded.server.watching import Watch
from breakfix.embedded.storage.store import Store
from breakfix.embedded.users import ADMIN

Key = tuple[str, str]
State = dict[Key, str]
spaces, names = st.sampled_from(["a", "b"]), st.sampled_from(["one", "two", "three", "four"])
values = st.sampled_from(["x", "y", "z"])


def seen(items: list[Object]) -> State:
    return {(namespace_of(i), name_of(i)): i["data"]["value"] for i in items}


class Cluster(RuleBasedStateMachine):
    """`states[version]` is the model: what there was after each write."""

    pages = Bundle("pages")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.registry = Registry(Store(), VirtualClock())
        self.served = self.registry.catalogue.by_key("configmaps")
        self.states: dict[int, State] = {self.version: {}}
        self.events: list[tuple[int, str, Key, str]] = []
        self.watches: list[tuple[int, str, Watch]] = []

    @property
    def version(self) -> int:
        return self.registry.store.version

    @property
    def present(self) -> State:
        return self.states[max(self.states)]

    def run_(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def item(self, key: Key, value: str) -> Object:
        meta = {"namespace": key[0], "name": key[1]}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"value": value}}

    def wrote(self, type: str, key: Key, value: str) -> None:
        state = dict(self.present)
        if type == "DELETED":
            del state[key]
        else:
            state[key] = value
        self.states[self.version] = state
        self.events.append((self.version, type, key, value))

    # -- writes -----------------------------------------------------------------------

    @rule(space=spaces, name=names, value=values)
    def create(self, space: str, name: str, value: str) -> None:
        key = space, name
        work = self.registry.create(self.served, Asked(ADMIN, space), self.item(key, value))
        if key in self.present:
            with pytest.raises(StatusError, match="already exists"):
                self.run_(work)
        else:
            self.run_(work)
            self.wrote("ADDED", key, value)

    @rule(space=spaces, name=names, value=values, stale=st.booleans())
    def update(self, space: str, name: str, value: str, stale: bool) -> None:
        key, asked = (space, name), Asked(ADMIN, space, name)
        item = self.item(key, value)
        if stale:
            item["metadata"]["resourceVersion"] = "1"
        work = self.registry.update(self.served, asked, item)
        if key not in self.present or stale:
            with pytest.raises(StatusError) as raised:
                self.run_(work)
            assert raised.value.code == (409 if key in self.present else 404)
        else:
            self.changed(key, value, work)

    @rule(space=spaces, name=names, value=values)
    def patch(self, space: str, name: str, value: str) -> None:
        key, asked = (space, name), Asked(ADMIN, space, name)
        body = orjson.dumps({"data": {"value": value}})
        work = self.registry.patch(self.served, asked, "application/merge-patch+json", body)
        if key in self.present:
            self.changed(key, value, work)
        else:
            with pytest.raises(StatusError, match="not found"):
                self.run_(work)

    def changed(self, key: Key, value: str, work: Any) -> None:
        """A write that changes nothing is none."""
        before = self.version
        self.run_(work)
        if self.present[key] == value:
            assert self.version == before
        else:
            self.wrote("MODIFIED", key, value)

    @rule(space=spaces, name=names)
    def delete(self, space: str, name: str) -> None:
        work = self.registry.delete(self.served, Asked(ADMIN, space, name))
        if (space, name) in self.present:
            value = self.present[space, name]
            self.run_(work)
            self.wrote("DELETED", (space, name), value)
        else:
            with pytest.raises(StatusError, match="not found"):
                self.run_(work)

    @rule(back=st.integers(0, 12))
    def compact(self, back: int) -> None:
        """The past is bounded: lists and watches of what is gone are refused."""
        bound = max(1, self.version - back)
        self.registry.store.compact(bound)
        for version in [v for v in self.states if v < bound and v != max(self.states)]:
            with pytest.raises(StatusError) as raised:
                self.registry.store.at("configmaps", version)
            assert raised.value.code == 410
            del self.states[version]

    # -- reads ------------------------------------------------------------------------

    @rule(data=st.data(), space=st.sampled_from(["", "a"]))
    def list_at(self, data: st.DataObject, space: str) -> None:
        version = data.draw(st.sampled_from(sorted(self.states)))
        query = Query(version=str(version), version_match="Exact")
        page = self.run_(self.registry.page(self.served, space, query))
        wanted = {k: v for k, v in self.states[version].items() if space in ("", k[0])}
        assert seen(page.items) == wanted
        assert page.version == version

    @rule(target=pages, limit=st.integers(1, 3))
    def first_page(self, limit: int) -> tuple[int, list[Object], Page]:
        page = self.run_(self.registry.page(self.served, "", Query(limit=limit)))
        return limit, page.items, page

    @rule(target=pages, before=pages)
    def next_page(
        self, before: tuple[int, list[Object], Page]
    ) -> tuple[int, list[Object], Page]:  # fmt: skip
        limit, items, page = before
        if not page.continue_:
            if page.version in self.states:
                assert seen(items) == self.states[page.version]
            return before
        query = Query(limit=limit, continue_=page.continue_)
        if page.version not in self.states:
            with pytest.raises(StatusError) as raised:
                self.run_(self.registry.page(self.served, "", query))
            assert raised.value.code == 410
            return limit, [], Page([], 0)
        page = self.run_(self.registry.page(self.served, "", query))
        return limit, items + page.items, page

    @rule(data=st.data(), space=st.sampled_from(["", "a"]))
    def watch(self, data: st.DataObject, space: str) -> None:
        version = data.draw(st.sampled_from(sorted(self.states)))
        query = Query(version=str(version))
        store = self.registry.store
        watch = Watch(
            store, Forms(store), VirtualClock(), self.served, space, query, Form(), "None"
        )
        self.run_(watch.begin(None))
        self.watches.append((version, space, watch))

    @invariant()
    def present_is_as_modelled(self) -> None:
        assert seen(self.registry.store.list("configmaps")) == self.present

    def teardown(self) -> None:
        for version, space, watch in self.watches:
            wanted = [e for e in self.events if e[0] > version and space in ("", e[2][0])]
            assert self.run_(told(watch)) == wanted
        self.loop.close()


async def told(watch: Watch) -> list[tuple[int, str, Key, str]]:
    text = b"".join([block async for block in watch.blocks(0, False)])
    watch.close()
    return [event(orjson.loads(line)) for line in text.splitlines()]


def event(line: Object) -> tuple[int, str, Key, str]:
    item = clone(line["object"])
    key = namespace_of(item), name_of(item)
    return int(item["metadata"]["resourceVersion"]), line["type"], key, item["data"]["value"]


TestModel = Cluster.TestCase
TestModel.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
