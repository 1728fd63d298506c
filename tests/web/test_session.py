"""A tab is a process: what goes to and fro, and that none is left."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Callable
from typing import NoReturn

import pytest
from aiohttp import ClientWebSocketResponse

from breakfix.web import session, sessions
from tests.web.serving import DEAF, PATIENCE, PROGRAM, STUCK, Visit, served


async def _process(socket: ClientWebSocketResponse) -> int:
    """The number of the process behind the socket, which it says first."""
    return int((await socket.receive_bytes(timeout=PATIENCE)).split()[0])


async def _drawn(socket: ClientWebSocketResponse) -> str:
    return (await socket.receive_bytes(timeout=PATIENCE)).decode()


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def _until(so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def _gone(number: int) -> None:
    """Wait until there is no such process."""
    await _until(lambda: not _is_there(number))


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


async def test_a_terminal_that_cannot_be_started_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*args: object, **more: object) -> NoReturn:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    async with served() as visit:
        said = await _drawn(await _inside(visit))
        assert "cannot be started: [Errno 11] Resource temporarily unavailable" in said


# -- bounds ---------------------------------------------------------------------------


async def test_there_are_only_so_many_sessions_and_the_next_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 1)
    async with served() as visit:
        await _process(await _inside(visit))
        refused = await visit.socket()
        assert "1 terminals are open on this server" in await _drawn(refused)
        assert [message async for message in refused] == []


async def test_many_at_the_same_moment_get_no_more_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 1)
    async with served() as visit:
        await visit.enter()
        sockets = await asyncio.gather(*(visit.socket() for _ in range(4)))
        said = [await _drawn(socket) for socket in sockets]
        assert sum("terminals are open" in text for text in said) == 3


async def test_a_closed_tab_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 1)
    async with served() as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await socket.close()
        await _gone(number)
        async with asyncio.timeout(PATIENCE):
            while "terminals are open" in await _drawn(await visit.socket()):
                pass


async def test_a_message_that_is_too_large_ends_the_session() -> None:
    async with served() as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await socket.send_str("x" * (sessions.LARGEST_MESSAGE + 1))
        await _gone(number)


async def _fill(socket: ClientWebSocketResponse) -> None:
    """Type more than a pipe holds."""
    for _ in range(8):
        await socket.send_json(["stdin", "x" * (1 << 16)])


async def test_a_process_that_reads_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "DEAF_SECONDS", 0.1)
    monkeypatch.setattr(session, "QUIT_SECONDS", 0.1)
    monkeypatch.setattr(session, "GRACE_SECONDS", 0.1)
    async with served(program=STUCK) as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await _fill(socket)
        await _gone(number)


async def test_a_server_that_stops_ends_a_process_that_reads_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "QUIT_SECONDS", 0.1)
    monkeypatch.setattr(session, "GRACE_SECONDS", 0.1)
    async with served(program=STUCK) as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await _fill(socket)
    assert not _is_there(number)


async def test_a_server_that_stops_waits_for_a_process_that_is_being_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "GRACE_SECONDS", 0.3)
    async with served(program=DEAF) as visit:
        socket = await _inside(visit)
        number = await _process(socket)
        await socket.close()
        await _until(lambda: "web-session-end" in {t.get_name() for t in asyncio.all_tasks()})
    assert not _is_there(number)


# -- signals --------------------------------------------------------------------------


async def test_a_second_signal_does_not_cut_the_clean_up_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meanwhile = []

    async def end(*_: object) -> None:
        meanwhile.append(signal.getsignal(signal.SIGTERM))

    monkeypatch.setattr(sessions.Sessions, "end", end)
    async with served():
        pass
    assert meanwhile != [signal.SIG_DFL]


async def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        async with served():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
