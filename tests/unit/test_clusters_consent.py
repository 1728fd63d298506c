"""Without the marker nothing is changed."""

from __future__ import annotations

import pytest

from breakfix.clock import VirtualClock
from breakfix.clusters.consent import MARKER, adopt, read_consent, require_consent, withdraw
from breakfix.errors import ConsentError
from tests.unit.clusters_fakes import FakeApi


async def test_a_cluster_without_the_marker_is_refused_and_not_written_to() -> None:
    api = FakeApi()
    with pytest.raises(ConsentError, match="context:prod has not consented") as caught:
        await require_consent(api, "context:prod")
    assert "breakfix cluster adopt prod" in caught.value.hint
    assert caught.value.exit_code == 3
    assert api.writes == []


async def test_the_hint_names_the_context_that_kind_gives_its_clusters() -> None:
    with pytest.raises(ConsentError) as caught:
        await require_consent(FakeApi(), "kind:mine")
    assert "adopt kind-mine" in caught.value.hint


async def test_a_marker_that_may_not_be_read_is_no_consent() -> None:
    api = FakeApi(refuse=lambda method, path: 403)
    with pytest.raises(ConsentError, match="nothing was changed"):
        await require_consent(api, "context:prod")
    assert api.writes == []


async def test_adopting_twice_keeps_the_latest() -> None:
    api, clock = FakeApi(), VirtualClock()
    await adopt(api, "context:a", "ann@desk", clock)
    await adopt(api, "context:a", "bob@desk", clock)
    consent = await require_consent(api, "context:a")
    assert (consent.who, consent.when) == ("bob@desk", "2026-01-01T00:00:00+00:00")
    assert not consent.made


async def test_a_made_cluster_remembers_how_it_was_made() -> None:
    api = FakeApi()
    await adopt(api, "kind:a", "ann@desk", VirtualClock(), made=True, nodes=3)
    consent = await require_consent(api, "kind:a")
    assert (consent.made, consent.nodes) == (True, 3)


async def test_withdrawing_takes_everything_of_breakfix_away() -> None:
    api = FakeApi()
    await adopt(api, "context:a", "ann@desk", VirtualClock())
    assert await withdraw(api)
    assert await read_consent(api) is None
    assert not await withdraw(api)


async def test_a_damaged_marker_is_still_a_marker() -> None:
    api = FakeApi({MARKER: {"metadata": {}, "data": {"nodes": "many"}}})
    assert (await require_consent(api, "context:a")).nodes == 0
