"""http, tcp and dns: what the tools print, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakfix.checks import dns
from breakfix.clusters.api import ExecResult
from breakfix.errors import ClusterError
from tests.unit.check_questions import NO_TOOLS, Asked
from tests.unit.check_questions import shop as make_shop

HTTP: dict[str, Any] = {"from": "deployment/load", "url": "http://front/products"}
TCP: dict[str, Any] = {"from": "deployment/load", "to": "db:5432"}
DNS: dict[str, Any] = {"from": "deployment/load", "name": "front"}


@pytest.fixture
async def shop(tmp_path: Path) -> Asked:
    return await make_shop(tmp_path)


# -- http -------------------------------------------------------------------------------

WGET_OK = "  HTTP/1.1 200 OK\n  Server: nginx\n  Connection: close\n  \nkettle, mug\n"
WGET_404 = "  HTTP/1.1 404 Not Found\nwget: server returned error: HTTP/1.1 404 Not Found\n"
WGET_REDIRECTED = "  HTTP/1.1 301 Moved\n  Location: /x\n  HTTP/1.1 200 OK\n  \nkettle\n"
WGET_REFUSED = "wget: can't connect to remote host (10.96.0.5): Connection refused\n"
WGET_TIMEOUT = "wget: download timed out\n"
WGET_NO_NAME = "wget: bad address 'front'\n"
CURL_OK = "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nkettle, mug\n"
CURL_2 = "HTTP/2 200 \r\nserver: nginx\r\n\r\nkettle\n"
CURL_503 = "HTTP/1.1 503 Service Unavailable\r\n\r\nupstream is away\n"
CURL_REFUSED = "curl: (7) Failed to connect to front port 80 after 1 ms: Couldn't connect\n"


@pytest.mark.parametrize(
    ("text", "ok", "seen"),
    [
        (WGET_OK, True, "200 kettle, mug"),
        (WGET_404, False, "404"),
        (WGET_REDIRECTED, True, "200 kettle"),
        (WGET_REFUSED, False, "can't connect to remote host (10.96.0.5): Connection refused"),
        (WGET_TIMEOUT, False, "download timed out"),
        (WGET_NO_NAME, False, "bad address 'front'"),
        (CURL_OK, True, "200 kettle, mug"),
        (CURL_2, True, "200 kettle"),
        (CURL_503, False, "503 upstream is away"),
        (CURL_REFUSED, False, CURL_REFUSED.strip()),
        ("", False, "no answer"),
    ],
)
async def test_http_is_the_last_status_and_what_came_with_it(
    shop: Asked, text: str, ok: bool, seen: str
) -> None:
    shop.prints(text)
    found = await shop.ask({"http": HTTP})
    assert (found.ok, found.seen, found.expected, found.broken) == (ok, seen, "200", False)


async def test_http_may_want_words_and_another_status(shop: Asked) -> None:
    shop.prints(CURL_503)
    found = await shop.ask({"http": HTTP | {"status": 503, "contains": "away"}})
    assert (found.ok, found.expected) == (True, '503 "away"')
    assert not (await shop.ask({"http": HTTP | {"status": 503, "contains": "here"}})).ok


@pytest.mark.parametrize(
    ("text", "ok"),
    [(WGET_REFUSED, True), (WGET_TIMEOUT, True), (CURL_503, False), (WGET_OK, False)],
)
async def test_http_may_want_no_answer_at_all(shop: Asked, text: str, ok: bool) -> None:
    shop.prints(text)
    found = await shop.ask({"http": HTTP | {"expect": "no-answer"}})
    assert (found.ok, found.expected) == (ok, "no answer")


async def test_an_http_request_that_never_ends_is_no_answer(shop: Asked) -> None:
    shop.answers(ExecResult(124, "", "no end within 7 s"))
    found = await shop.ask({"http": HTTP})
    assert (found.ok, found.seen) == (False, "no end within 7 s")


async def test_a_url_is_one_word_and_no_shell_reads_it(shop: Asked) -> None:
    shop.prints("")
    await shop.ask({"http": HTTP | {"url": "http://front/?a=1&b=$(reboot)'x"}})
    command = shop.ran[0][1]
    assert (command[0], command[-1]) == ("curl", "http://front/?a=1&b=$(reboot)'x")


async def test_a_timeout_is_at_least_a_second_for_the_tools(shop: Asked) -> None:
    shop.prints("")
    await shop.ask({"http": HTTP | {"timeout": "200ms"}})
    assert " -m 1 " in " ".join(shop.ran[0][1])


# -- tcp --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "code", "text", "ok", "seen"),
    [
        ("open", 0, "", True, "open"),
        ("open", 1, "nc: db (10.96.0.7:5432): Connection refused\n", False,
         "closed (db (10.96.0.7:5432): Connection refused)"),
        ("open", 1, "", False, "closed (no answer)"),
        ("closed", 1, "", True, "closed (no answer)"),
        ("closed", 0, "", False, "open"),
    ],
)  # fmt: skip
async def test_tcp_is_open_or_closed(
    shop: Asked, expect: str, code: int, text: str, ok: bool, seen: str
) -> None:
    shop.answers(ExecResult(code, "usage: what a server says first", text))
    found = await shop.ask({"tcp": TCP | {"expect": expect}})
    assert (found.ok, found.expected, found.seen) == (ok, expect, seen)


async def test_tcp_asks_for_host_and_port(shop: Asked) -> None:
    shop.prints("")
    await shop.ask({"tcp": TCP})
    assert shop.ran[0][1][-5:] == ["nc", "-w", "2", "db", "5432"]


# -- dns --------------------------------------------------------------------------------

NEW = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
OLD = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n"
BIND = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n"
FOUND = NEW + "Name:\tfront.shop.svc.cluster.local\nAddress: 10.96.0.5\n\n"
OUTPUTS = {
    "busybox": (FOUND, ["10.96.0.5"], ""),
    "busybox, two families": (
        FOUND + "Name:\tfront.shop.svc.cluster.local\nAddress: fd00::5\n", ["10.96.0.5", "fd00::5"],
        "",
    ),
    "busybox before 1.29": (
        OLD + "Name:      front\nAddress 1: 10.96.0.5 front.shop.svc.cluster.local\n",
        ["10.96.0.5"], "",
    ),
    "busybox before 1.29, headless": (
        OLD + "Name:      db\nAddress 1: 10.244.0.5 db-0.db\nAddress 2: 10.244.1.5 db-1.db\n",
        ["10.244.0.5", "10.244.1.5"], "",
    ),
    "bind": (BIND + "Name:\tfront.shop.svc.cluster.local\nAddress: 10.96.0.5\n", ["10.96.0.5"], ""),
    "bind, not authoritative": (
        BIND + "Non-authoritative answer:\nName:\texample.com\nAddress: 192.0.2.1\n",
        ["192.0.2.1"], "",
    ),
    "NXDOMAIN": (
        NEW + "** server can't find front.shop.svc.cluster.local: NXDOMAIN\n\n"
        "** server can't find front.shop.svc.cluster.local: NXDOMAIN\n", [],
        "server can't find front.shop.svc.cluster.local: NXDOMAIN",
    ),
    "NXDOMAIN before 1.29": (
        OLD + "nslookup: can't resolve 'front'\n", [], "nslookup: can't resolve 'front'",
    ),
    "SERVFAIL": (
        NEW + "** server can't find front: SERVFAIL\n", [], "server can't find front: SERVFAIL",
    ),
    "time-out": (
        ";; connection timed out; no servers could be reached\n\n", [],
        ";; connection timed out; no servers could be reached",
    ),
    "no answer of this kind": (
        NEW + "*** Can't find front: No answer\n", [], "*** Can't find front: No answer",
    ),
    "cut off after the server": (NEW, [], "Address:\t10.96.0.10:53"),
    "nothing": ("", [], "no answer"),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTPUTS)
async def test_dns_reads_the_output_of_every_nslookup(shop: Asked, name: str) -> None:
    text, found, failure = OUTPUTS[name]
    assert dns.addresses(text) == found
    shop.prints(text, 0 if found else 1)
    result = await shop.ask({"dns": DNS})
    assert (result.ok, result.seen) == (bool(found), ", ".join(found) or failure)


@pytest.mark.parametrize(("text", "ok"), [(FOUND, False), (OUTPUTS["NXDOMAIN"][0], True)])
async def test_dns_may_want_no_answer(shop: Asked, text: str, ok: bool) -> None:
    shop.prints(text)
    found = await shop.ask({"dns": DNS | {"expect": "no-answer"}})
    assert (found.ok, found.expected) == (ok, "no address")


@pytest.mark.parametrize(("answer", "ok"), [("10.96.0.5", True), ("10.96.0.6", False)])
async def test_dns_may_want_an_address(shop: Asked, answer: str, ok: bool) -> None:
    shop.prints(FOUND)
    found = await shop.ask({"dns": DNS | {"answer": answer}})
    assert (found.ok, found.expected, found.seen) == (ok, answer, "10.96.0.5")


@pytest.mark.parametrize("where", ["", "shop/"])
async def test_dns_may_want_the_address_of_a_service(shop: Asked, where: str) -> None:
    address = shop.fake.has("Service", "front", "shop")["spec"]["clusterIP"]
    shop.prints(NEW + f"Name:\tfront\nAddress: {address}\n")
    found = await shop.ask({"dns": DNS | {"answer": f"clusterIP of service/{where}front"}})
    assert (found.ok, found.expected) == (True, address)


async def test_the_address_of_a_missing_service_cannot_be_asked(shop: Asked) -> None:
    shop.prints(FOUND)
    found = await shop.ask({"dns": DNS | {"answer": "clusterIP of service/back"}})
    assert (found.ok, found.broken, found.seen) == (False, True, "there is no service back in shop")


# -- by which program -------------------------------------------------------------------


def only(program: str, answer: ExecResult) -> Callable[[str, list[str]], ExecResult]:
    """An image that has this program, and no other of the tools."""
    return lambda _, command: answer if program in command else NO_TOOLS


@pytest.mark.parametrize(
    ("question", "program", "answer"),
    [
        ({"http": HTTP}, "curl", ExecResult(0, CURL_OK, "")),
        ({"http": HTTP}, "wget", ExecResult(0, "kettle\n", "  HTTP/1.1 200 OK\n")),
        ({"tcp": TCP}, "nc", ExecResult(0, "", "")),
        ({"tcp": TCP}, "curl", ExecResult(0, "", "")),
        ({"dns": DNS}, "nslookup", ExecResult(0, FOUND, "")),
        ({"dns": DNS}, "getent", ExecResult(0, "10.96.0.5   front.shop.svc.cluster.local\n", "")),
    ],
)  # fmt: skip
async def test_whichever_program_is_there_asks_and_is_asked_for_once(
    shop: Asked, question: dict[str, Any], program: str, answer: ExecResult
) -> None:
    shop.answers(only(program, answer))
    first, second = await shop.ask(question), await shop.ask(question)
    assert first.ok
    assert second.seen == first.seen
    found = [program in command for _, command in shop.ran]
    assert found == [False] * (len(found) - 2) + [True, True]  # what is missing is tried once
    assert {container for container, _ in shop.ran} == {"load"}


async def test_a_program_that_goes_away_is_looked_for_anew(shop: Asked) -> None:
    shop.answers(only("curl", ExecResult(0, CURL_OK, "")))
    assert (await shop.ask({"http": HTTP})).ok
    shop.answers(only("wget", ExecResult(0, "", WGET_OK)))
    assert (await shop.ask({"http": HTTP})).ok


# -- where they run ---------------------------------------------------------------------

KINDS = [{"http": HTTP}, {"tcp": TCP}, {"dns": DNS}]


@pytest.mark.parametrize("question", KINDS, ids=lambda q: next(iter(q)))
async def test_without_a_running_pod_it_cannot_be_asked(
    shop: Asked, question: dict[str, Any]
) -> None:
    await shop.fake.api().patch("Deployment", "load", "shop", {"spec": {"replicas": 0}})
    found = await shop.ask(question)
    assert (found.ok, found.broken) == (False, True)
    assert (found.expected, found.seen) == (
        "a place to ask from", "no running pod of deployment/load in shop",
    )  # fmt: skip


@pytest.mark.parametrize("question", KINDS, ids=lambda q: next(iter(q)))
async def test_a_cluster_that_does_not_answer_is_no_answer_of_a_check(
    shop: Asked, question: dict[str, Any]
) -> None:
    shop.fake.down = True
    with pytest.raises(ClusterError, match="does not answer"):
        await shop.ask(question)


async def test_a_workload_may_be_in_another_namespace(shop: Asked) -> None:
    meta = {"name": "stranger", "namespace": "default"}
    spec = {"containers": [{"name": "main"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    await shop.fake.api().create(pod)
    shop.prints(WGET_OK)
    assert (await shop.ask({"http": HTTP | {"from": "default/pod/stranger"}})).ok
    assert shop.ran[0][0] == "main"


async def test_a_container_may_be_named(shop: Asked) -> None:
    shop.prints(WGET_OK)
    assert (await shop.ask({"http": HTTP | {"container": "load"}})).ok
    assert (await shop.ask({"http": HTTP | {"container": "sidecar"}})).broken


@pytest.mark.parametrize("code", [126, 127, -1])
async def test_an_image_without_tools_gets_a_helper_beside_it(shop: Asked, code: int) -> None:
    def answer(container: str, _: list[str]) -> ExecResult:
        helper = container == "breakfix-check"
        return ExecResult(0, WGET_OK, "") if helper else ExecResult(code, "", "")

    shop.answers(answer)
    found = await shop.ask({"http": HTTP})
    assert found.ok
    (pod,) = [p for p in shop.fake.all("Pod") if p["spec"].get("ephemeralContainers")]
    (helper,) = pod["spec"]["ephemeralContainers"]
    assert helper["image"] == "busybox:1.36"
    assert helper["targetContainerName"] == "load"
    assert helper["securityContext"]["runAsNonRoot"] is True


async def test_a_helper_is_made_once(shop: Asked) -> None:
    shop.answers(lambda c, _: ExecResult(0, WGET_OK, "") if c == "breakfix-check" else NO_TOOLS)
    await shop.ask({"http": HTTP})
    await shop.ask({"dns": DNS})
    patches = [w for w in shop.fake.writes if w.endswith("/ephemeralcontainers")]
    assert len(patches) == 1


async def test_a_helper_that_does_not_start_is_not_waited_for_for_ever(shop: Asked) -> None:
    shop.answers(NO_TOOLS)
    shop.fake.behaviour.helpers_start = False
    found = await shop.ask({"http": HTTP})
    assert found.broken
    assert found.seen.startswith("the helper container of pod load-")
    assert found.seconds == pytest.approx(20, abs=1)
