"""The audit log: read by parts, whatever state the file is in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clusters import audit
from breakfix.clusters.audit import AuditLog, is_learners, parse_line
from breakfix.clusters.node_log import LogPart

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def line(number: int, **more: object) -> str:
    at = START + timedelta(seconds=number)
    event = {
        "auditID": f"id-{number}",
        "stage": "ResponseComplete",
        "requestReceivedTimestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "requestURI": f"/api/v1/namespaces/shop/pods/{number}",
        "verb": "get",
        "user": {"username": "kubernetes-admin"},
        "userAgent": "kubectl/v1",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": str(number)},
        "responseStatus": {"code": 200},
    }
    return json.dumps(event | more) + "\n"


class File:
    """A log file that answers Range requests as the kubelet does."""

    def __init__(self, text: str = "") -> None:
        self.data = text.encode()
        self.bytes_read = 0

    def add(self, text: str) -> None:
        self.data += text.encode()

    async def read(self, wanted: str) -> LogPart | None:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        size = len(self.data)
        start = int(first) if first else max(0, size - int(last))
        part = LogPart(self.data[start:], min(start, size), size)
        self.bytes_read += len(part.data)
        return part


async def names(log: AuditLog, since: datetime = START) -> list[str]:
    events = await log.since(since)
    assert events is not None
    return [event.name for event in events]


def test_a_line_is_an_event() -> None:
    event = parse_line(line(7))
    assert event is not None
    assert (event.at, event.user, event.agent) == (
        START + timedelta(seconds=7), "kubernetes-admin", "kubectl/v1",
    )  # fmt: skip
    assert (event.verb, event.resource, event.namespace, event.name) == ("get", "pods", "shop", "7")
    assert (event.code, event.writes) == (200, False)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '{"stage": "Panic"}', line(1)[:80], line(1, auditID=[]),
     line(1, user={}), line(1, requestReceivedTimestamp="noon"), line(1, objectRef=7)],
)  # fmt: skip
def test_a_damaged_line_is_passed_over(text: str) -> None:
    assert parse_line(text) is None


@given(st.binary())
def test_no_bytes_break_the_parser(data: bytes) -> None:
    assert parse_line(data) is None


def test_a_request_without_an_object_is_an_event() -> None:
    event = parse_line(line(1, objectRef=None, responseStatus=None, requestURI="/metrics"))
    assert event is not None
    assert (event.resource, event.code, event.uri) == ("", 0, "/metrics")


async def test_only_what_was_added_is_read_again() -> None:
    file = File(line(1) + line(2))
    log = AuditLog(file.read)
    assert await names(log) == ["1", "2"]
    file.bytes_read = 0
    file.add(line(3))
    assert await names(log) == ["1", "2", "3"]
    assert file.bytes_read == len(line(3))


async def test_a_line_still_being_written_is_read_when_it_is_whole() -> None:
    whole = line(2)
    file = File(line(1) + whole[:50])
    log = AuditLog(file.read)
    assert await names(log) == ["1"]
    file.add(whole[50:])
    assert await names(log) == ["1", "2"]


async def test_damaged_lines_hide_no_others() -> None:
    file = File(line(1) + '{"auditID": "x", "stage\n' + "\x00\n\n" + line(2))
    assert await names(AuditLog(file.read)) == ["1", "2"]


async def test_only_events_since_then_oldest_first() -> None:
    file = File(line(5) + line(3) + line(4))
    assert await names(AuditLog(file.read), START + timedelta(seconds=4)) == ["4", "5"]


async def test_a_long_request_counts_once_from_its_beginning() -> None:
    file = File(line(1, stage="ResponseStarted") + line(1))
    assert await names(AuditLog(file.read)) == ["1"]


async def test_a_log_that_was_rotated_is_read_from_its_start() -> None:
    file = File(line(1) + line(2))
    log = AuditLog(file.read)
    await names(log)
    file.data = line(3).encode()
    assert await names(log) == ["1", "2", "3"]


async def test_a_long_log_is_read_only_as_far_back_as_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit, "FIRST_PART", 2000)
    file = File("".join(line(n) for n in range(1000)))
    log = AuditLog(file.read)
    assert await names(log, START + timedelta(seconds=998)) == ["998", "999"]
    assert file.bytes_read == 2000
    assert len(await names(log, START + timedelta(seconds=500))) == 500
    assert len(await names(log, START)) == 1000


async def test_no_log_is_none() -> None:
    async def nothing(wanted: str) -> LogPart | None:
        return None

    assert await AuditLog(nothing).since(START) is None


@pytest.mark.parametrize(
    ("user", "agent", "learner"),
    [
        ("kubernetes-admin", "kubectl/v1.34.4", True),
        ("ann", "k9s/0.50", True),
        ("kubernetes-admin", "breakfix/0.1.0", False),
        ("system:serviceaccount:shop:front", "curl", False),
        ("system:node:a", "kubelet/v1.34.4", False),
    ],
)
def test_who_is_the_learner(user: str, agent: str, learner: bool) -> None:
    event = parse_line(line(1, user={"username": user}, userAgent=agent))
    assert event is not None
    assert is_learners(event) is learner
