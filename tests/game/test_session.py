"""Opening a cluster: reached, consented, held by this process, and named for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakfix.clusters.base import Capabilities, Progress
from breakfix.clusters.consent import adopt
from breakfix.errors import ClusterError, ConsentError
from breakfix.game import session
from breakfix.game.session import Session, open_session
from tests.game.fake_kubernetes import FakeApi
from tests.game.shop import FakeCluster, World
from tests.unit.clusters_fakes import no_progress


@pytest.fixture
def opening(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The real open_session on the fake cluster, whose abilities are known."""

    async def resolve(*arguments: Any, **more: Any) -> tuple[FakeCluster, str]:
        return world.cluster, "it is the only one"

    async def probe(*arguments: Any, audit: bool, **more: Any) -> Capabilities:
        return Capabilities(frozenset({"audit"} if audit else ()))

    def connect(kubeconfig: Path) -> FakeApi:
        return world.kubernetes.api()

    monkeypatch.setattr(session, "resolve", resolve)
    monkeypatch.setattr(session, "probe", probe)
    monkeypatch.setattr(session, "KubeApi", connect)
    world.cluster.kubeconfig.write_text("")
    return world


async def consented(world: World) -> None:
    await adopt(world.kubernetes.api(), world.cluster.name, "ann", world.clock, made=True)


async def opened(world: World, start: bool = True) -> Session:
    return await open_session(world.machine, "auto", no_progress, start=start)


async def test_a_place_is_the_name_and_what_no_other_cluster_has(opening: World) -> None:
    await consented(opening)
    found = await opened(opening)
    uid = opening.kubernetes.has("Namespace", "kube-system")["metadata"]["uid"]
    assert found.place == f"kind:a#{uid}"
    assert found.consent.made
    await found.held.aclose()


@pytest.mark.parametrize("audit", [True, False])
async def test_whether_there_is_an_audit_log_is_known(opening: World, audit: bool) -> None:
    await consented(opening)
    opening.cluster.audit = [] if audit else None
    found = await opened(opening)
    assert ("audit" in found.capabilities.names) is audit
    await found.held.aclose()


async def test_without_consent_nothing_is_changed(opening: World) -> None:
    with pytest.raises(ConsentError, match="nothing was changed"):
        await opened(opening)
    assert opening.kubernetes.writes == []


async def test_a_second_opening_is_told_who_holds_the_cluster(opening: World) -> None:
    await consented(opening)
    found = await opened(opening)
    with pytest.raises(ClusterError, match=r"kind:a is held by pid \d+ \(breakfix\)"):
        await opened(opening)
    await found.held.aclose()


async def no_kubeconfig(world: World) -> None:
    world.cluster.kubeconfig.unlink()


async def no_answer(world: World) -> None:
    world.kubernetes.down = True


@pytest.mark.parametrize("trouble", [no_kubeconfig, no_answer])
async def test_what_does_not_answer_is_let_go_of(
    opening: World, trouble: Callable[[World], Any]
) -> None:
    await consented(opening)
    await trouble(opening)
    with pytest.raises(ClusterError, match="kind:a does not answer: ") as caught:
        await opened(opening, start=False)
    assert "`breakfix round end --lost` closes its round" in caught.value.hint
    opening.cluster.kubeconfig.write_text("")
    opening.kubernetes.down = False
    found = await opened(opening)
    await found.held.aclose()


async def test_one_that_is_stopped_is_told_how_to_start(opening: World) -> None:
    await consented(opening)
    opening.kubernetes.down = opening.cluster.stopped = True
    with pytest.raises(ClusterError, match=r"^kind:a is stopped$") as caught:
        await opened(opening, start=False)
    assert "`breakfix cluster up kind:a` starts it again" in caught.value.hint


async def test_a_cluster_is_started_only_where_that_is_asked_for(
    opening: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consented(opening)
    started: list[str] = []

    async def start(self: FakeCluster, progress: Progress) -> None:
        started.append(self.name)

    monkeypatch.setattr(FakeCluster, "start", start)
    for wanted in (False, True):
        await (await opened(opening, start=wanted)).held.aclose()
    assert started == ["kind:a"]
