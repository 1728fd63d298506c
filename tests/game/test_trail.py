"""The learner's own trail: which rungs of the ladder they have climbed unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from breakfix.clusters.base import AuditEvent
from breakfix.game.looks import Look, looks_of
from breakfix.game.trail import Trail
from breakfix.scenario.spec import Hint

START = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)
DEBUG = Hint(evidence="debug", price=5, say="Look", run="kubectl -n shop debug -it POD -- sh")
BOTH = Hint(evidence="events", price=5, say="Look", run="kubectl -n shop get pods,events")


def typed(*commands: str) -> Trail:
    """One command a minute, on a cluster without an audit log."""
    return Trail(None, tuple((START + timedelta(minutes=i), c) for i, c in enumerate(commands)))


def test_a_hint_of_several_things_is_seen_when_those_of_its_evidence_were() -> None:
    assert typed("kubectl -n shop get pods").looked([BOTH]) == {}
    found = typed("kubectl -n shop get pods", "kubectl -n shop get ev").looked([BOTH])
    assert found == {0: START + timedelta(minutes=1)}
    assert typed("kubectl -n shop get ev").looked([BOTH]) == {0: START}


def test_a_hint_whose_parts_are_of_other_kinds_needs_all_of_them() -> None:
    run = "kubectl -n shop get deploy,cm"
    hint = Hint(evidence="describe", price=5, say="Look", run=run)
    assert typed("kubectl -n shop get deploy").looked([hint]) == {}
    assert typed("kubectl -n shop get cm", "kubectl -n shop get deploy").looked([hint]) == {
        0: START + timedelta(minutes=1)
    }


@pytest.mark.parametrize("evidence", ["explanation", "solution"])
def test_what_no_look_can_tell_is_never_seen(evidence: str) -> None:
    hint = Hint(evidence=evidence, price=40, say="It is so", run="kubectl -n shop get pods")
    assert typed("kubectl -n shop get pods").looked([hint]) == {}


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get events -n shop | grep Failed", "cd /tmp && k -n shop get ev",
        "watch -n1 kubectl -n shop get events", "kubectl -n shop get events >out.txt 2>&1",
    ],
)  # fmt: skip
def test_a_line_of_the_shell_may_do_more_than_look(command: str) -> None:
    assert typed(command).looked([BOTH]) == {0: START}


def test_without_a_namespace_that_of_the_shell_is_meant() -> None:
    assert typed("kubectl get events").looked([BOTH]) == {}
    assert replace(typed("kubectl get events"), namespace="shop").looked([BOTH]) == {0: START}


# -- the log and the shell together ---------------------------------------------------

GET = Hint(evidence="yaml", price=5, say="Look", run="kubectl -n shop get deploy front")
DESCRIBE = Hint(evidence="describe", price=5, say="Look", run="kubectl -n shop describe pod POD")
LIST = Hint(evidence="events", price=5, say="Look", run="kubectl -n shop get events")
BY_UID = "involvedObject.name%3Dfront-1%2CinvolvedObject.kind%3DPod%2CinvolvedObject.uid%3D1"
BY_NAME = "involvedObject.kind%3DPod%2CinvolvedObject.name%3Dfront-1"


def asked(resource: str, name: str = "", selector: str = "", after: float = 0.6) -> AuditEvent:
    """A read of the learner, so many seconds after the start."""
    at = START + timedelta(seconds=after)
    uri = f"/api/v1/namespaces/shop/{resource}?fieldSelector={selector}"
    verb = "get" if name else "list"
    return AuditEvent(at, "me", "kubectl", verb, resource, "shop", name, uri=uri)


def trail(event: AuditEvent, *commands: str) -> Trail:
    """A request, and what was typed at the start."""
    return Trail((event,), tuple((START, command) for command in commands))


def test_a_request_that_another_command_needed_is_no_look() -> None:
    read = asked("deployments", "front")
    assert trail(read, "kubectl -n shop logs deploy/front").looked([GET]) == {}
    assert trail(read, "kubectl -n shop scale deploy front --replicas=2").looked([GET]) == {}
    both = "kubectl -n shop logs deploy/front", "kubectl -n shop get deploy"
    assert trail(read, *both).looked([GET]) == {0: START}


def test_without_a_command_near_the_log_is_trusted() -> None:
    read = asked("deployments", "front")
    assert trail(read).looked([GET]) == {0: read.at}
    assert trail(read, "ls").looked([GET]) == {0: read.at}
    late = asked("deployments", "front", after=9)
    assert trail(late, "kubectl -n shop logs deploy/front").looked([GET]) == {0: late.at}


def test_what_was_typed_counts_beside_the_log() -> None:
    assert trail(asked("pods"), "kubectl -n shop get events").looked([LIST]) == {0: START}


def test_events_of_one_object_are_no_describe_and_a_describe_is_no_list_of_events() -> None:
    assert trail(asked("events", selector=BY_UID)).looked([DESCRIBE, LIST]).keys() == {0}
    assert trail(asked("events", selector=BY_NAME)).looked([DESCRIBE, LIST]) == {}
    typed_too = "kubectl -n shop events --for pod/front-1"
    assert trail(asked("events", selector=BY_UID), typed_too).looked([DESCRIBE]) == {}


def test_a_describe_of_another_kind_is_another_look() -> None:
    run = "kubectl -n shop describe deploy/front"
    hint = Hint(evidence="describe", price=5, say="Look", run=run)
    assert trail(asked("events", selector=BY_UID)).looked([hint]) == {}


def test_one_command_may_see_them_all() -> None:
    assert typed("k get -n shop events,po").looked([BOTH]) == {0: START}


def test_a_word_in_capitals_stands_for_any_name() -> None:
    assert typed("kubectl -n shop exec front-5d9f -- sh").looked([DEBUG]) == {0: START}
    assert typed("kubectl -n other exec front-5d9f -- sh").looked([DEBUG]) == {}
    seen = Look("debug", "pods", "shop", "")
    assert looks_of(DEBUG.run) == (seen,)
