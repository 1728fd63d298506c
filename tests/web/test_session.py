"""A tab is a process: what goes to and fro, and that none is left."""

from __future__ import annotations

import asyncio
import os

import pytest
from aiohttp import ClientWebSocketResponse

from breakfix.web import server, session
from tests.web.serving import DEAF, PROGRAM, Visit, served

PATIENCE = 20.0


async def _process(socket: ClientWebSocketResponse) -> int:
    """The number of the process behind the socket, which it says first."""
    return int((await socket.receive_bytes(timeout=PATIENCE)).split()[0])


async def _drawn(socket: ClientWebSocketResponse) -> str:
    return (await socket.receive_bytes(timeout=PATIENCE)).decode()


async def _gone(number: int) -> None:
    """Wait until there is no such process."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.01)


async def _inside(visit: Visit, query: str = "") -> ClientWebSocketResponse:
    await visit.enter()
    return await visit.socket(query)


async def test_a_process_begins_with_the_size_of_the_page() -> None:
    async with served() as visit:
        socket = await _inside(visit, "?width=132&height=43")
        assert (await _drawn(socket)).endswith(" 132x43")


@pytest.mark.parametrize("query", ["", "?width=x&height=-1", "?width=99999999"])
async def test_a_size_that_cannot_be_is_the_usual_one(query: str) -> None:
    async with served() as visit:
        assert (await _drawn(await _inside(visit, query))).endswith(" 80x24")


async def test_what_is_typed_reaches_the_process_and_what_it_draws_the_page() -> None:
    async with served() as visit:
        socket = await _inside(visit)
        await _process(socket)
        await socket.send_json(["stdin", "kubectl gét"])
        assert await _drawn(socket) == "D:kubectl gét"


async def test_a_new_size_reaches_the_process_within_bounds() -> None:
    async with served() as visit:
        socket = await _inside(visit)
        await _process(socket)
        await socket.send_json(["resize", {"width": 100, "height": 10**9}])
        assert await _drawn(socket) == 'M:{"type": "resize", "width": 100, "height": 1000}'


@pytest.mark.parametrize(
    "nonsense", ["", "{", "[]", "17", '["stdin"]', '["stdin", 3]', '["resize", {"width": "x"}]',
                 '["eval", "x"]', '["resize", {"width": null, "height": []}]'],
)  # fmt: skip
async def test_nonsense_is_passed_over(nonsense: str) -> None:
    async with served() as visit:
        socket = await _inside(visit)
        await _process(socket)
        await socket.send_str(nonsense)
        await socket.send_json(["stdin", "still here"])
        assert await _drawn(socket) == "D:still here"


async def test_the_password_is_not_in_the_environment_of_a_process() -> None:
    environ = {"BREAKFIX_WEB_PASSWORD": "correct horse", "BREAKFIX_HOME": "/the/home"}
    async with served(environ=environ) as visit:
        socket = await _inside(visit)
        await _process(socket)
        await socket.send_json(["stdin", "$BREAKFIX_WEB_PASSWORD"])
        assert await _drawn(socket) == "not set"
        await socket.send_json(["stdin", "$BREAKFIX_HOME"])
        assert await _drawn(socket) == "/the/home"


async def test_two_tabs_are_two_processes() -> None:
    async with served() as visit:
        first, second = await _inside(visit), await visit.socket()
        assert await _process(first) != await _process(second)


async def test_a_closed_tab_ends_its_process() -> None:
    async with served() as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await socket.close()
        await _gone(number)


async def test_a_process_that_does_not_listen_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "GRACE_SECONDS", 0.1)
    async with served(program=DEAF) as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await socket.close()
        await _gone(number)


async def test_a_server_that_stops_leaves_no_process() -> None:
    async with served() as visit:
        numbers = [await _process(await _inside(visit)), await _process(await visit.socket())]
    for number in numbers:
        await _gone(number)


async def test_a_process_that_ends_closes_its_tab() -> None:
    async with served(program=PROGRAM.replace("while", "sys.exit()\nwhile")) as visit:
        socket = await _inside(visit)
        await _process(socket)
        assert [message async for message in socket] == []


async def test_a_process_that_dies_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async with served() as visit:
        socket = await _inside(visit)
        await _process(socket)
        await socket.send_json(["stdin", "die"])
        assert "no room on the disk" in await _drawn(socket)
        assert [message async for message in socket] == []
    shown = capsys.readouterr()
    assert "a session ended with 1:\nno room on the disk" in shown.err
    assert shown.out == ""


async def test_a_process_that_never_begins_says_why() -> None:
    async with served(program="raise SystemExit('there is no round nowhere')") as visit:
        assert "there is no round nowhere" in await _drawn(await _inside(visit))


async def test_there_are_only_so_many_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_SESSIONS", 0)
    async with served() as visit:
        await visit.enter()
        answer = await visit.get("/ws", Origin=visit.origin)
        assert answer.status == 503
