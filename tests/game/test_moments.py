"""The timeline: what was typed, what was looked at, and what was written to the cluster."""

from __future__ import annotations

import pytest

from breakfix.game.debriefing import guessed_command, one_command
from breakfix.game.moments import kind_of, without_secrets
from breakfix.scenario.spec import Debrief, Hint
from tests.game.shop import World
from tests.game.test_round_life import unseen


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("kubectl get pods", "look"),
        ("k -n shop logs deploy/front", "look"),
        ("k auth can-i list pods", "look"),
        ("k -n shop edit cm front", "change"),
        ("kubectl --namespace shop rollout restart deploy/front", "change"),
        ("kubectl rollout history deploy/front", "look"),
        ("k get cm front -o yaml | sed s/a/b/ | k apply -f -", "change"),
        ("k apply -f x.yaml --dry-run=server", "look"),
        ("vim front.yaml", "other"),
        ("", "other"),
    ],
)
def test_a_command_line_looks_or_changes_or_neither(command: str, kind: str) -> None:
    assert kind_of(command) == kind


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("k create secret generic x --from-literal=pass=hunter2 -n shop",
         "k create secret generic x --from-literal=pass=… -n shop"),
        ("k create secret generic x --from-literal='pass=two words'",
         "k create secret generic x --from-literal='pass=…"),
        ("k create cm x --from-literal=a=b", "k create cm x --from-literal=a=b"),
        ("k create secret docker-registry x --docker-password=\"a b\" --docker-email=e",
         "k create secret docker-registry x --docker-password=… --docker-email=e"),
        ("k --token abc get pods", "k --token … get pods"),
    ],
)  # fmt: skip
def test_values_that_are_secret_are_left_out(command: str, shown: str) -> None:
    assert without_secrets(command).startswith(shown.removesuffix("'"))
    assert "hunter2" not in without_secrets(command)


def typed(world: World, round_id: str, *lines: tuple[int, str]) -> None:
    """Lines in the file of breakfix's shell, so many seconds from now."""
    from breakfix.game.lobby import commands_file

    path = commands_file(world.machine.settings.data_dir, round_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    now = int(world.clock.now().timestamp())
    path.write_text("".join(f"{now + at} {line}\n" for at, line in lines))


def hint(evidence: str, run: str) -> Hint:
    return Hint.model_validate({"evidence": evidence, "price": 1, "say": "x", "run": run})


def test_a_guessed_command_is_the_last_look_before_the_explanation() -> None:
    ladder = (
        hint("events", "kubectl -n shop get events"),
        hint("yaml", "kubectl -n shop get cm front -o yaml"),
        hint("debug", "kubectl -n shop debug -it POD --image=busybox:1.36 -- nslookup db"),
        hint("solution", "kubectl -n shop get cm front"),
    )
    assert guessed_command("Look at it.", ladder) == "kubectl -n shop get cm front -o yaml"
    assert guessed_command("Look at it.", ladder[2:3]).endswith("nslookup db")
    assert guessed_command("Look at it.", ()) == ""


def test_a_whole_command_of_the_debrief_goes_first() -> None:
    ladder = (hint("events", "kubectl -n shop get events"),)
    quoted = "`kubectl get daemonset\n--all-namespaces` shows it."
    assert guessed_command(quoted, ladder) == "kubectl get daemonset --all-namespaces"
    plain = "kubectl get pvc -A with anything but Bound"
    assert guessed_command(plain, ladder) == "kubectl get pvc -A"
    assert guessed_command("`kubectl auth can-i --as` says no", ladder) == ladder[0].run


def test_the_command_of_the_scenario_goes_before_every_guess() -> None:
    words = {"why": "x", "sooner": "`kubectl get pvc -A`", "prevent": "x", "onEks": "x"}
    told = Debrief.model_validate(words | {"links": ["x"]})
    own = {"run": "kubectl get pv", "shows": "Released"}
    named = Debrief.model_validate(words | {"links": ["x"], "oneCommand": own})
    assert one_command(told, ()) == ("kubectl get pvc -A", "")
    assert one_command(named, ()) == ("kubectl get pv", "Released")


async def test_what_was_typed_is_told_once_and_without_secrets(world: World) -> None:
    found = await world.start()
    typed(
        world,
        found.view().id,
        (0, "kubectl -n shop get pods"),
        (0, "k -n shop get pods"),
        (2, "kubectl create secret generic x --from-literal=p=hunter2"),
        (2, "k create secret generic x --from-literal='p=hunter2'"),
    )
    world.clock.advance(5)
    world.repair()
    await found.verify(unseen)
    told = await found.debrief()
    assert [(m.kind, m.text.split("=")[0]) for m in told.typed] == [
        ("look", "k -n shop get pods"), ("change", "k create secret generic x --from-literal"),
    ]  # fmt: skip
    assert "hunter2" not in repr(told)


async def test_without_an_audit_log_typed_changes_stand_on_the_timeline(world: World) -> None:
    world.cluster.audit = None
    found = await world.start()
    typed(world, found.view().id, (1, "k -n shop edit cm front"))
    world.clock.advance(3)
    key = ("ConfigMap", "shop", "front")
    old = world.kubernetes.objects[key]
    world.kubernetes.store(key, old | {"data": {"UPSTREAM": "catalog"}})
    await found.verify(unseen)
    told = await found.debrief()
    assert "k -n shop edit cm front" in [m.text for m in told.timeline if m.kind == "change"]
    assert not told.view.has_audit
    later = world.lobby().debrief_of(found.view().id)
    assert not later.view.has_audit
