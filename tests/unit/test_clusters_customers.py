"""The customers of a base: their requests are read from their logs, once each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clock import SystemClock, VirtualClock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.customers import (
    ANNOTATION,
    MOST_SECONDS,
    Counts,
    Customers,
    follow,
    marked,
    read_line,
)
from breakfix.clusters.live import LivePicture, connection
from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.errors import ClusterError

AT = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
SHOP = Path(__file__).parents[2] / "manifests/shop"


def line(second: int, text: str) -> str:
    """A line of a log with its time, as the API gives it."""
    stamp = (AT + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.123456789Z {text}\n"


def customer(name: str, success: str = "-> 200", phase: str = "Running") -> Object:
    """A pod of the Deployment `load` whose log says how it went."""
    owners = [{"kind": "Deployment", "name": "load", "controller": True}]
    meta = {
        "name": name, "namespace": "shop", "uid": name, "ownerReferences": owners,
        "annotations": {ANNOTATION: success} if success else {},
    }  # fmt: skip
    return {
        "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": phase},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("GET /products -> 200 {}", True),
        ("GET /products -> 502 Bad Gateway", False),
        ("GET /products -> failed, download timed out", False),
    ],
)
def test_a_line_is_a_request_and_says_how_it_went(text: str, ok: bool) -> None:
    read = read_line(line(3, text), "-> 200")
    assert read is not None
    assert (read[0].replace(microsecond=0), read[1]) == (AT + timedelta(seconds=3), ok)


@pytest.mark.parametrize("text", ["", "no time at all", f"{AT.isoformat()} ", "2026 -> 200"])
def test_what_has_no_time_or_no_text_is_no_request(text: str) -> None:
    assert read_line(text, "-> 200") is None


@given(st.lists(st.tuples(st.integers(0, 600), st.booleans())))
def test_every_request_is_counted_in_its_second(asked: list[tuple[int, bool]]) -> None:
    customers = Customers(VirtualClock())
    for second, ok in asked:
        customers.add("load", second + 0.5, ok)
    seconds = customers.met.get("load", {})
    assert sum(c.ok for c in seconds.values()) == sum(ok for _, ok in asked)
    assert sum(c.failed for c in seconds.values()) == sum(not ok for _, ok in asked)
    assert set(seconds) == {second for second, _ in asked}


def test_what_is_remembered_is_bounded() -> None:
    customers = Customers(VirtualClock())
    for second in range(MOST_SECONDS + 100):
        customers.add("load", second, True)
    assert len(customers.met["load"]) == MOST_SECONDS
    assert 99 not in customers.met["load"]


def test_customers_are_pods_that_say_so_and_run() -> None:
    pods = [customer("a"), customer("b", success=""), customer("c", phase="Pending")]
    assert [p["metadata"]["name"] for p in marked(pods)] == ["a"]


class Logs:
    """Logs of pods that a test writes; `asked` are the requests for them."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self.asked: list[tuple[str, datetime | None]] = []
        self.open: set[str] = set()
        self.grew = asyncio.Event()
        self.cut = False

    async def follow_log(
        self, pod: str, namespace: str, container: str = "", since: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[str]:  # fmt: skip
        self.asked.append((pod, since))
        self.open.add(pod)
        try:
            given_ = 0
            while not self.cut:
                for text in self.lines.get(pod, [])[given_:]:
                    given_ += 1
                    yield text
                self.grew.clear()
                await self.grew.wait()
            self.cut = False
            raise ClusterError("connection reset")
        finally:
            self.open.discard(pod)

    def write(self, pod: str, second: int, text: str) -> None:
        """One more line."""
        self.lines.setdefault(pod, []).append(line(second, text))
        self.grew.set()


@asynccontextmanager
async def following(logs: Logs, pods: list[Object]) -> AsyncIterator[Customers]:
    """The customers among these pods, followed."""
    clock = VirtualClock()
    customers = Customers(clock)
    task = asyncio.create_task(follow(logs, lambda: pods, customers, clock))
    try:
        yield customers
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(so: Callable[[], object]) -> None:
    """Wait until it is so."""
    for _ in range(2000):
        if so():
            return
        await asyncio.sleep(0)
    raise AssertionError("never came to be")


def total(customers: Customers) -> Counts:
    """All requests there were."""
    met = [c for of in customers.met.values() for c in of.values()]
    return Counts(sum(c.ok for c in met), sum(c.failed for c in met))


async def test_lines_are_counted_as_they_come_with_one_request_for_the_log() -> None:
    logs = Logs()
    logs.write("a", 0, "-> 200")
    async with following(logs, [customer("a")]) as customers:
        await until(lambda: total(customers) == Counts(1, 0))
        logs.write("a", 1, "-> 502")
        await until(lambda: total(customers) == Counts(1, 1))
        assert logs.asked == [("a", None)]
        assert list(customers.met) == ["load"]


async def test_a_log_that_is_cut_is_followed_on_and_nothing_counted_twice() -> None:
    logs = Logs()
    logs.write("a", 0, "-> 200")
    async with following(logs, [customer("a")]) as customers:
        await until(lambda: total(customers) == Counts(1, 0))
        logs.cut = True
        logs.grew.set()
        await until(lambda: len(logs.asked) > 1)
        assert logs.asked[-1][1] is not None
        logs.write("a", 1, "-> 502")
        await until(lambda: total(customers) == Counts(1, 1))


async def test_a_pod_that_is_replaced_is_let_go_and_the_new_one_followed() -> None:
    logs, pods = Logs(), [customer("a")]
    logs.write("a", 0, "-> 200")
    logs.write("b", 5, "-> 502")
    async with following(logs, pods) as customers:
        await until(lambda: total(customers) == Counts(1, 0))
        pods[:] = [customer("b")]
        await until(lambda: total(customers) == Counts(1, 1))
        await until(lambda: logs.open == {"b"})
        assert list(customers.met) == ["load"]


async def test_no_more_than_a_few_logs_are_followed() -> None:
    logs = Logs()
    async with following(logs, [customer(f"p{n}") for n in range(9)]):
        await until(lambda: len(logs.open) == 4)
        await asyncio.sleep(0)
        assert len(logs.asked) == 4


async def seen(live: LivePicture, so: Callable[[Counts], bool]) -> None:
    """Wait, in the time of the machine, until the customers have met this."""
    for _ in range(600):
        if so(total(live.customers)):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never came to be: {live.customers.met}")


async def test_the_shops_customers_are_seen_to_be_served_and_to_be_failed(tmp_path: Path) -> None:
    """Against a cluster: the base's own customers, until their catalogue is gone."""
    async with EmbeddedCluster(Options(nodes=1)) as cluster:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(cluster.kubeconfig)
        live = LivePicture(connection(kubeconfig), "shop", SystemClock())
        task = asyncio.create_task(live.run(lambda _: None))
        try:
            async with KubeApi(kubeconfig) as api:
                for item in shop():
                    await api.apply(item)
                await seen(live, lambda met: met.ok > 1)
                failed = total(live.customers).failed
                await api.delete("Service", "catalog", "shop")
                await seen(live, lambda met: met.failed > failed + 1)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def shop() -> list[Object]:
    """The objects of the base."""
    files = sorted(SHOP.glob("*.yaml"))
    return [o for file in files for o in yaml.safe_load_all(file.read_text()) if o]
