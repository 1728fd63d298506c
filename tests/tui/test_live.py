"""The live picture: what kubectl would print, kept true, and honest when the cluster is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import pytest

from breakfix.clock import VirtualClock
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.live import ANSWER, HEARTBEAT, KINDS, SWAP_AFTER, LivePicture
from breakfix.clusters.live_picture import Link, Picture, Shape, Workload
from breakfix.clusters.live_reading import happenings, owner, places, pod_status, read_pod
from breakfix.errors import ClusterError


def obj(kind: str, name: str, namespace: str = "shop", **parts: Any) -> Object:
    """An object with parts, and metadata that can be added to by `meta`."""
    meta = {"name": name, "namespace": namespace, "uid": name} | parts.pop("meta", {})
    return {"kind": kind, "metadata": meta} | parts


def pod(name: str, status: Object, **parts: Any) -> Object:
    """A pod with one container unless told otherwise."""
    spec = parts.pop("spec", {"containers": [{"name": "main"}]})
    return obj("Pod", name, spec=spec, status=status, **parts)


def running(ready: bool = True) -> Object:
    """The status of a pod that runs."""
    state = {"name": "main", "ready": ready, "restartCount": 0, "state": {"running": {}}}
    return {"phase": "Running", "containerStatuses": [state]}


def container(state: Object, **more: Any) -> Object:
    """The status of a pod whose container is in a state."""
    return {"phase": "Running", "containerStatuses": [{"name": "main", "state": state} | more]}


def init(*states: Object) -> Object:
    """The status of a pod whose init containers are in these states."""
    found = [{"name": f"i{n}", "state": state} for n, state in enumerate(states)]
    return {"phase": "Pending", "initContainerStatuses": found}


INIT_SPEC = {"containers": [{"name": "main"}], "initContainers": [{"name": "i0"}, {"name": "i1"}]}


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (pod("a", running()), "Running"),
        (pod("a", {"phase": "Pending"}), "Pending"),
        (pod("a", container({"waiting": {"reason": "CrashLoopBackOff"}})), "CrashLoopBackOff"),
        (pod("a", container({"terminated": {"reason": "OOMKilled"}})), "OOMKilled"),
        (pod("a", container({"terminated": {"exitCode": 3}})), "ExitCode:3"),
        (pod("a", container({"terminated": {"exitCode": 137, "signal": 9}})), "Signal:9"),
        (pod("a", running(), meta={"deletionTimestamp": "now"}), "Terminating"),
        (pod("a", {"phase": "Failed", "reason": "Evicted"}), "Evicted"),
        (pod("a", init({"running": {}}, {}), spec=INIT_SPEC), "Init:0/2"),
        (pod("a", init({"terminated": {"exitCode": 0}}, {"waiting": {}}), spec=INIT_SPEC),
         "Init:1/2"),
        (pod("a", init({"terminated": {"exitCode": 1, "reason": "Error"}}), spec=INIT_SPEC),
         "Init:Error"),
        (pod("a", init({"waiting": {"reason": "ImagePullBackOff"}}), spec=INIT_SPEC),
         "Init:ImagePullBackOff"),
        (pod("a", {"phase": "Pending", "conditions": [{"reason": "SchedulingGated"}]}),
         "SchedulingGated"),
    ],
)  # fmt: skip
def test_the_status_word_is_kubectls(found: Object, word: str) -> None:
    assert pod_status(found) == word


@pytest.mark.parametrize(
    ("status", "shape"),
    [
        (running(), Shape.READY),
        (running(ready=False), Shape.RUNNING),
        ({"phase": "Pending"}, Shape.WAITING),
        (init({"running": {}}), Shape.WAITING),
        (container({"waiting": {"reason": "ErrImagePull"}}), Shape.FAILING),
        (container({"terminated": {"reason": "Completed"}}), Shape.DONE),
    ],
)
def test_each_state_has_a_shape_of_its_own(status: Object, shape: Shape) -> None:
    assert read_pod(pod("a", status)).shape is shape


def test_a_pod_of_a_replica_set_stands_under_its_deployment() -> None:
    meta = {
        "labels": {"pod-template-hash": "7c9f"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "front-7c9f", "controller": True}],
    }
    assert owner(pod("front-7c9f-x", running(), meta=meta)) == ("Deployment", "front")
    assert owner(pod("alone", running())) == ("Pod", "alone")


def test_a_workload_says_how_many_are_ready_and_what_the_first_other_one_does() -> None:
    good, bad = read_pod(pod("a", running())), read_pod(pod("b", {"phase": "Pending"}))
    assert Workload("Deployment", "front", 1, (good,)).word == "ready"
    assert Workload("Deployment", "front", 2, (good, bad)).word == "1/2 Pending"
    assert Workload("Deployment", "front", 2, ()).word == "0/2 no pods"
    assert Workload("Deployment", "front", 0, ()).word == "scaled to 0"


def slice_of(service: str, *ready: bool | None) -> Object:
    """An EndpointSlice with an address for each; None leaves the condition out."""
    endpoints = [
        {"addresses": [f"10.0.0.{n}"], "conditions": {} if r is None else {"ready": r}}
        for n, r in enumerate(ready)
    ]
    meta = {"labels": {"kubernetes.io/service-name": service}}
    return obj("EndpointSlice", f"{service}-x", endpoints=endpoints, meta=meta)


def store(*items: Object) -> dict[str, dict[str, Object]]:
    """Objects as the watches keep them."""
    found: dict[str, dict[str, Object]] = {}
    for item in items:
        key = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        found.setdefault(item["kind"], {})[key] = item
    return found


def test_the_rounds_own_namespace_is_first_and_of_kube_system_only_coredns() -> None:
    found = places(
        store(
            obj("Deployment", "coredns", "kube-system", spec={"replicas": 2}),
            obj("DaemonSet", "kindnet", "kube-system"),
            obj("Service", "kubernetes", "default"),
            obj("Deployment", "front", "shop"),
            obj("Pod", "x", "local-path-storage", spec={}, status={}),
        ),
        "shop",
    )
    assert [p.namespace for p in found] == ["shop", "default", "kube-system"]
    assert [w.name for w in found[-1].workloads] == ["coredns"]


def test_a_service_counts_the_ready_addresses_of_its_slices() -> None:
    service = obj("Service", "front", spec={"clusterIP": "None"})
    place = places(store(service, slice_of("front", True, False, None)), "shop")[0]
    assert (place.services[0].endpoints, place.services[0].type) == (2, "Headless")


def test_events_are_in_order_with_their_counts() -> None:
    about = {"kind": "Pod", "name": "db-0"}
    early = obj(
        "Event",
        "a",
        type="Normal",
        reason="Pulled",
        involvedObject=about,
        message="one\n two",
        lastTimestamp="2026-01-01T10:00:00Z",
        count=2,
    )
    late = obj("Event", "b", type="Warning", reason="BackOff", involvedObject=about,
               eventTime="2026-01-01T10:00:05.000001Z", series={"count": 7})  # fmt: skip
    first, last = happenings(store(late, early))
    assert (first.reason, first.count, first.message) == ("Pulled", 2, "one two")
    assert (last.reason, last.count, last.object) == ("BackOff", 7, "pod/db-0")


class FakeApi:
    """A cluster of dicts: `put` and `drop` tell the watches, `fail` loses it."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Object]] = {}
        self.failing: ClusterError | None = None
        self.refused: set[tuple[str, str | None]] = set()
        self.logs: dict[str, list[str]] = {}
        self.watches: dict[str, asyncio.Queue[tuple[str, Object] | ClusterError]] = {}

    async def resources(self) -> object:
        return self

    async def request(self, method: str, path: str, *, timeout: float = 30.0) -> Any:
        if self.failing:
            raise self.failing
        return {}

    async def watch(
        self, kind: str, namespace: str | None = None, api_version: str = ""
    ) -> AsyncIterator[tuple[str, Object]]:
        if self.failing:
            raise self.failing
        if (kind, namespace) in self.refused:
            raise ApiError(403, {"message": "forbidden"}, "GET")
        queue = self.watches[kind] = asyncio.Queue()
        for item in self.objects.get(kind, []):
            yield "ADDED", item
        while True:
            found = await queue.get()
            if isinstance(found, ClusterError):
                raise found
            yield found

    async def follow_log(
        self, pod: str, namespace: str, container: str = "", since: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[str]:  # fmt: skip
        for line in self.logs.get(pod, []):
            yield line
        await asyncio.Event().wait()

    def tell(self, what: str, item: Object) -> None:
        """An event on the watch of its kind."""
        self.watches[item["kind"]].put_nowait((what, item))

    def fail(self) -> None:
        """Nothing answers any more."""
        self.failing = ClusterError("connection refused")


class Live:
    """A live picture that runs, and how to wait for it."""

    def __init__(self, api: FakeApi) -> None:
        @asynccontextmanager
        async def connect() -> AsyncIterator[FakeApi]:
            yield api

        self.clock = VirtualClock()
        self.live = LivePicture(connect, "shop", self.clock)
        self.told: list[Picture] = []

    async def until(self, so: Callable[[Picture], object]) -> Picture:
        """Wait for a picture."""
        for _ in range(5000):
            if so(self.live.picture):
                return self.live.picture
            await asyncio.sleep(0)
        raise AssertionError(f"never came to be: {self.live.picture}")


@asynccontextmanager
async def watching(api: FakeApi) -> AsyncIterator[Live]:
    """A picture kept of this cluster."""
    live = Live(api)
    task = asyncio.create_task(live.live.run(live.told.append))
    try:
        yield live
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def names(picture: Picture) -> list[str]:
    """The workloads of the first place."""
    return [w.name for p in picture.places[:1] for w in p.workloads]


async def test_what_is_there_and_what_changes_is_in_the_picture() -> None:
    api = FakeApi()
    api.objects["Deployment"] = [obj("Deployment", "front", spec={"replicas": 1})]
    async with watching(api) as live:
        await live.until(lambda p: p.link is Link.LIVE and names(p) == ["front"])
        api.tell("ADDED", obj("Deployment", "catalog"))
        await live.until(lambda p: names(p) == ["catalog", "front"])
        api.tell("DELETED", obj("Deployment", "front"))
        await live.until(lambda p: names(p) == ["catalog"])
        assert live.told[-1] == live.live.picture


async def test_before_pods_and_endpoints_are_known_nothing_is_shown_as_broken() -> None:
    api = FakeApi()
    api.objects["Service"] = [obj("Service", "front", spec={"selector": {"app": "front"}})]
    async with watching(api) as live:
        await live.until(lambda p: p.places)
        first = next(p for p in live.told if p.places)
        assert live.clock.monotonic() >= SWAP_AFTER
        assert first.places[0].services[0].selects == ()


async def test_a_lost_cluster_is_told_and_found_again_with_what_changed_meanwhile() -> None:
    api = FakeApi()
    api.objects["Deployment"] = [obj("Deployment", "front")]
    async with watching(api) as live:
        await live.until(lambda p: names(p) == ["front"])
        api.fail()
        lost = await live.until(lambda p: p.link is Link.LOST)
        assert lost.trouble == "connection refused"
        assert names(lost) == ["front"]
        api.failing, api.objects["Deployment"] = None, [obj("Deployment", "new")]
        await live.until(lambda p: p.link is Link.LIVE and names(p) == ["new"])


async def test_what_went_away_while_the_cluster_was_lost_goes_from_the_picture() -> None:
    api = FakeApi()
    api.objects["Deployment"] = [obj("Deployment", "front")]
    async with watching(api) as live:
        await live.until(lambda p: names(p) == ["front"])
        api.fail()
        await live.until(lambda p: p.link is Link.LOST)
        api.failing, api.objects["Deployment"] = None, []
        await live.until(lambda p: p.link is Link.LIVE and names(p) == [])


def test_a_lost_cluster_is_told_within_three_seconds() -> None:
    assert HEARTBEAT + ANSWER < 3


async def test_who_may_not_see_all_namespaces_sees_the_rounds_own() -> None:
    api = FakeApi()
    api.refused = {("Deployment", None)}
    api.objects["Deployment"] = [obj("Deployment", "front")]
    async with watching(api) as live:
        await live.until(lambda p: names(p) == ["front"])


async def test_an_odd_object_is_told_as_trouble_and_never_ends_the_watch() -> None:
    api = FakeApi()
    async with watching(api) as live:
        await live.until(lambda p: p.link is Link.LIVE and len(api.watches) == len(KINDS))
        api.tell("ADDED", {"kind": "Pod"})
        await live.until(lambda p: p.link is Link.LOST and "metadata" in p.trouble)
        await live.until(lambda p: p.link is Link.LIVE)


async def test_before_a_picture_it_is_asked_whether_somebody_types() -> None:
    api = FakeApi()
    api.objects["Deployment"] = [obj("Deployment", "front")]
    async with watching(api) as live:
        await live.until(lambda p: names(p) == ["front"])
        pressed = [True]
        live.live.typing = lambda: bool(pressed and pressed.pop())
        api.tell("ADDED", obj("Deployment", "catalog"))
        await live.until(lambda p: names(p) == ["catalog", "front"])
        assert pressed == []


async def test_it_does_not_wait_for_ever() -> None:
    api = FakeApi()
    api.objects["Deployment"] = [obj("Deployment", "front")]
    async with watching(api) as live:
        await live.until(lambda p: names(p) == ["front"])
        live.live.typing = lambda: True
        api.tell("ADDED", obj("Deployment", "catalog"))
        await live.until(lambda p: names(p) == ["catalog", "front"])
