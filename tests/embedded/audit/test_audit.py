import stat
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from breakfix.embedded.audit import AuditLog
from breakfix.embedded.audit.log import KEPT_BODIES
from breakfix.embedded.auth.attributes import Decision
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import not_found
from breakfix.embedded.users import ADMIN, User


@dataclass
class Http:
    path_qs: str = "/api/v1/namespaces/web/pods?x=1"
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": "kubectl"})
    remote: str | None = "127.0.0.1"


@dataclass
class Info:
    verb: str = "create"
    is_resource: bool = True
    group: str = ""
    version: str = "v1"
    resource: str = "pods"
    subresource: str = ""
    namespace: str = "web"
    name: str = ""


@dataclass
class Sent:
    body: bytes


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def test_an_event_says_who_did_what_when_and_how_it_went(clock: VirtualClock) -> None:
    log = AuditLog(clock)
    entry = log.begin(Http(), Info())
    entry.user, entry.impersonated = ADMIN, User("jane")
    entry.decision = Decision(True, "because")
    await clock.advance(0.25)
    entry.end(201, request=Sent(b'{"metadata":{"name":"p"}}'), annotations={"a": "b"})
    (event,) = log.since()
    assert len(event.pop("auditID")) == 36
    assert event == {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/web/pods?x=1",
        "verb": "create", "userAgent": "kubectl", "sourceIPs": ["127.0.0.1"],
        "user": {"username": "kubernetes-admin",
                 "groups": ["kubeadm:cluster-admins", "system:authenticated"]},
        "impersonatedUser": {"username": "jane"},
        "objectRef": {"resource": "pods", "namespace": "web", "name": "p", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 201},
        "requestObject": {"metadata": {"name": "p"}},
        "requestReceivedTimestamp": "2026-01-01T00:00:00.000000Z",
        "stageTimestamp": "2026-01-01T00:00:00.250000Z",
        "annotations": {"a": "b", "authorization.k8s.io/decision": "allow",
                        "authorization.k8s.io/reason": "because"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "info",
    [Info(resource="secrets"), Info(resource="serviceaccounts", subresource="token"),
     Info(verb="get", name="p")],
)  # fmt: skip
def test_secrets_and_reads_show_no_bodies(clock: VirtualClock, info: Info) -> None:
    log = AuditLog(clock)
    log.begin(Http(), info).end(200, request=Sent(b'{"data":{"a":"c2VjcmV0"}}'))
    (event,) = log.since()
    assert event["level"] == "Metadata"
    assert b"c2VjcmV0" not in orjson.dumps(event)


def test_refusals_are_told(clock: VirtualClock) -> None:
    log = AuditLog(clock)
    log.begin(Http(), Info(verb="get", name="p")).end(404, not_found("pods", "p"))
    (event,) = log.since()
    assert event["responseStatus"]["message"] == 'pods "p" not found'
    assert event["responseStatus"]["code"] == 404


async def test_only_the_latest_stay_and_can_be_read_since_a_time(clock: VirtualClock) -> None:
    log = AuditLog(clock, kept=3)
    for _ in range(5):
        await clock.advance(1)
        log.begin(Http(), Info()).end(200)
    assert len(list(log.since())) == 3
    assert len(list(log.since(clock.now() - timedelta(seconds=1)))) == 2
    for _ in range(2 * KEPT_BODIES // 65536):
        log.begin(Http(), Info()).end(200, request=Sent(b" " * 65536))
    assert sum(len(e.body) for e in log._entries) <= KEPT_BODIES


def test_a_watch_is_logged_when_it_begins_and_kept_once(clock: VirtualClock) -> None:
    log = AuditLog(clock)
    entry = log.begin(Http(), Info(verb="watch"))
    entry.begin_response()
    assert [e["stage"] for e in log.since()] == ["ResponseStarted"]
    entry.end(200)
    assert [e["stage"] for e in log.since()] == ["ResponseComplete"]


def test_the_file_has_a_line_for_each_and_is_private(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    log = AuditLog(clock, path)
    for i in range(300):
        log.begin(Http(), Info(name=f"p{i}")).end(200, request=Sent(b"a: 1\n"))
    assert len(path.read_bytes().splitlines()) == 256
    log.close()
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [e["objectRef"]["name"] for e in lines] == [f"p{i}" for i in range(300)]
    assert lines[0]["requestObject"] == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "body",
    [b"[" * 300 + b"]" * 300, b"[" * 60000, b"a: &a [x, x]\nb: [*a, *a]\n", b'{"a":"\\ud800"}',
     b"\xff\xfe", b"- 1\n- {2: 3}\n"],
)  # fmt: skip
def test_no_body_or_header_breaks_the_log(clock: VirtualClock, tmp_path: Path, body: bytes) -> None:
    log = AuditLog(clock, tmp_path / "log")
    http = Http(headers={"User-Agent": "a\udcff"})
    log.begin(http, Info()).end(400, request=Sent(body))
    log.close()
    (line,) = (tmp_path / "log").read_bytes().splitlines()
    assert b'"code"' in line
