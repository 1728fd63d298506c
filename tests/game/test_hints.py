"""The ladder of hints: prices, order, and what the learner has seen already."""

from __future__ import annotations

import pytest

from breakfix.errors import RoundError
from breakfix.game.lobby import commands_file
from breakfix.game.model import RoundView
from tests.game.shop import World


def seen(view: RoundView) -> list[str]:
    return [h.evidence for h in view.hints if h.seen]


async def test_hints_are_bought_in_the_order_of_the_ladder(world: World) -> None:
    found = await world.start()
    bought = [found.buy_hint() for _ in range(4)]
    assert [(h.evidence, h.price) for h in bought] == [
        ("events", 5), ("logs", 10), ("describe", 20), ("explanation", 40),
    ]  # fmt: skip
    assert [h.price for h in bought] == [h.price for h in found.view().hints]


async def test_a_bought_hint_says_what_and_how(world: World) -> None:
    bought = (await world.start()).buy_hint()
    assert (bought.say, bought.run) == ("Is anything failing", "kubectl -n shop get events")


async def test_the_price_is_shown_before_and_the_words_only_after(world: World) -> None:
    found = await world.start()
    upcoming = found.view().next_hint
    assert upcoming is not None
    assert (upcoming.price, upcoming.say, upcoming.run, upcoming.bought) == (5, "", "", False)


async def test_when_the_round_is_over_all_hints_are_open(world: World) -> None:
    found = await world.start()
    found.give_up()
    assert all(h.say for h in found.view().hints)


async def test_after_the_last_rung_there_is_none(world: World) -> None:
    found = await world.start()
    for _ in range(4):
        found.buy_hint()
    assert found.view().next_hint is None
    with pytest.raises(RoundError, match="no further hint"):
        found.buy_hint()


async def test_what_was_looked_at_by_audit_is_ticked_and_not_sold(world: World) -> None:
    found = await world.start()
    world.learner("list", "events")
    assert seen(await found.refresh()) == ["events"]
    assert found.buy_hint().evidence == "logs"


async def test_a_log_read_by_audit_is_ticked(world: World) -> None:
    found = await world.start()
    world.learner("get", "pods", "load-5d9f-abcde", subresource="log")
    assert seen(await found.refresh()) == ["logs"]


async def test_a_describe_by_audit_is_ticked(world: World) -> None:
    found = await world.start()
    selector = "involvedObject.name%3Dfront%2CinvolvedObject.uid%3D1"
    uri = f"/api/v1/namespaces/shop/events?fieldSelector={selector}"
    world.learner("list", "events", uri=uri)
    assert seen(await found.refresh()) == ["describe"]


async def test_looks_of_before_the_clock_do_not_count(world: World) -> None:
    world.learner("list", "events")
    world.clock.advance(60)
    found = await world.start()
    assert seen(await found.refresh()) == []


async def test_looks_in_another_namespace_do_not_count(world: World) -> None:
    found = await world.start()
    world.learner("list", "events", namespace="kube-system")
    assert seen(await found.refresh()) == []


async def test_the_games_own_requests_do_not_count(world: World) -> None:
    found = await world.start()
    world.learner("list", "events", agent="breakfix/0.1.0")
    assert seen(await found.refresh()) == []


async def test_a_look_is_written_once_with_its_own_time(world: World) -> None:
    found = await world.start()
    world.clock.advance(7)
    world.learner("list", "events")
    world.clock.advance(5)
    await found.refresh()
    world.learner("list", "events")
    await found.refresh()
    looks = [e for e in world.events() if e.kind == "looked"]
    started = next(e for e in world.events() if e.kind == "started")
    assert [e.data["hint"] for e in looks] == [0]
    assert (looks[0].at - started.at).total_seconds() == 7


async def test_where_there_is_no_audit_the_view_says_so(world: World) -> None:
    world.cluster.audit = None
    found = await world.start()
    assert not (await found.refresh()).has_audit


@pytest.mark.parametrize(
    ("typed", "ticked"),
    [
        ("kubectl -n shop logs deploy/load --tail=5", ["logs"]),
        ("k logs -n shop load-5d9f-abcde", ["logs"]),
        ("kubectl get events -A", ["events"]),
        ("kubectl -n shop get pods,events", ["events"]),
        ("kubectl describe cm front --namespace=shop", ["describe"]),
        ("kubectl -n kube-system logs deploy/coredns", []),
        ("kubectl -n shop get pods", []),
        ("ls -l", []),
        ("kubectl 'unclosed", []),
    ],
)
async def test_without_audit_typed_commands_are_ticked(
    world: World, typed: str, ticked: list[str]
) -> None:
    world.cluster.audit = None
    found = await world.start()
    path = commands_file(world.settings.data_dir, found.view().id)
    path.parent.mkdir(parents=True)
    world.clock.advance(3)
    path.write_text(f"{int(world.clock.now().timestamp())} {typed}\n")
    assert seen(await found.refresh()) == ticked


async def test_damaged_lines_of_typed_commands_are_passed_over(world: World) -> None:
    world.cluster.audit = None
    found = await world.start()
    path = commands_file(world.settings.data_dir, found.view().id)
    path.parent.mkdir(parents=True)
    now = str(int(world.clock.now().timestamp())).encode()
    path.write_bytes(b"\xff\x00\n-5 kubectl\n\n" + now + b" kubectl get events -A\n" + now)
    assert seen(await found.refresh()) == ["events"]


async def test_commands_typed_before_the_clock_do_not_count(world: World) -> None:
    world.cluster.audit = None
    world.clock.advance(100)
    found = await world.start()
    path = commands_file(world.settings.data_dir, found.view().id)
    path.parent.mkdir(parents=True)
    path.write_text(f"{int(world.clock.now().timestamp()) - 50} kubectl -n shop get events\n")
    assert seen(await found.refresh()) == []


async def test_a_hint_that_was_bought_can_be_ticked_too_but_costs_what_it_did(
    world: World,
) -> None:
    found = await world.start()
    found.buy_hint()
    world.learner("list", "events")
    view = await found.refresh()
    assert (view.hints[0].bought, view.hints[0].seen) == (True, True)
    assert ("hints", -5, "1 bought") in view.score.parts


async def test_a_change_of_the_learner_is_noticed_and_a_look_is_none(world: World) -> None:
    found = await world.start()
    world.learner("list", "pods")
    world.learner("patch", "pods", "front", subresource="ephemeralcontainers")
    assert not (await found.refresh()).changed
    world.set_upstream("elsewhere")
    assert (await found.refresh()).changed
