"""exec and attach over WebSockets."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import aiohttp
import orjson
import pytest

from breakfix.embedded.server.streams.channels import V5
from tests.embedded.streams.serving import PODS, serving

ALL = "&stdin=1&stdout=1&stderr=1"


def command(*words: str, pod: str = "one", streams: str = "&stdout=1&stderr=1") -> str:
    return f"{PODS}/{pod}/exec?" + "&".join(f"command={w}" for w in words) + streams


async def everything(socket: aiohttp.ClientWebSocketResponse) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    async for message in socket:
        found[message.data[0]] = found.get(message.data[0], b"") + message.data[1:]
    return found


async def test_success_and_failure() -> None:
    async with serving() as s:
        async with s.socket(command("echo", "hi"), V5) as socket:
            assert socket.protocol == V5
            found = await everything(socket)
            assert found[1] == b"hi\n"
            assert orjson.loads(found[3]) == {"metadata": {}, "status": "Success"}
        async with s.socket(command("exit", "3"), V5) as socket:
            found = await everything(socket)
            assert found[2] == b"failing\n"
            status = orjson.loads(found[3])
            assert status["reason"] == "NonZeroExitCode"
            assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]
            assert status["message"].endswith("command terminated with exit code 3")


async def test_what_did_not_run() -> None:
    async with serving() as s:
        async with s.socket(command("nosuch"), V5) as socket:
            words = orjson.loads((await everything(socket))[3])["message"]
            assert words.startswith("Internal error occurred: Internal error occurred: error exec")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await s.socket(command("echo", pod="new"), V5)
        assert refused.value.status == 400
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await s.socket(command("echo"), "v9.channel.k8s.io")
        assert refused.value.status == 403
        assert await s.get(command("echo")) == (400, "Upgrade request required")


async def test_stdin_is_binary_clean_and_closes() -> None:
    data = bytes(range(256)) * 4000
    async with serving() as s, s.socket(command("cat", streams=ALL), V5) as socket:
        reading = asyncio.create_task(everything(socket))
        for at in range(0, len(data), 30000):
            await socket.send_bytes(b"\0" + data[at : at + 30000])
        await socket.send_bytes(b"\xff\0")
        assert (await asyncio.wait_for(reading, 5))[1] == data


async def test_older_protocols() -> None:
    async with serving() as s:
        async with s.socket(command("exit", "4"), "channel.k8s.io") as socket:
            assert b"exit code 4" in (await everything(socket))[3]
        async with s.socket(command("cat", streams=ALL), "v4.base64.channel.k8s.io") as socket:
            await socket.send_str("0" + b64encode(b"abc").decode())
            await socket.receive()  # the greeting
            assert (await socket.receive()).data == "1" + b64encode(b"abc").decode()


async def test_terminal_size_is_told_to_who_asks_later() -> None:
    async with serving() as s, s.socket(command("size", streams="&stdout=1&tty=1"), V5) as socket:
        await socket.send_bytes(b"\4not json")
        await socket.send_bytes(b'\4{"Width":100,"Height":40}')
        assert (await everything(socket))[1] == b"100x40\n"


async def test_a_terminal_has_no_standard_error() -> None:
    async with serving() as s, s.socket(command("tty", streams=ALL + "&tty=1"), V5) as socket:
        assert (await everything(socket))[1] == b"True stdin stdout\n"


async def test_attach_ends_with_success() -> None:
    path = f"{PODS}/one/attach?container=a{ALL}"
    async with serving() as s, s.socket(path, V5) as socket:
        await socket.send_bytes(b"\0hello")
        await socket.send_bytes(b"\xff\0")
        found = await everything(socket)
        assert (found[1], orjson.loads(found[3])["status"]) == (b"hello", "Success")


async def test_a_client_that_never_reads_is_bounded_and_its_end_is_seen() -> None:
    async with serving() as s:
        reader, writer = await asyncio.open_connection("127.0.0.1", s.port, limit=1024)
        lines = [f"GET {command('yes')} HTTP/1.1", "Host: x", "Connection: Upgrade",
                 "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + b64encode(bytes(16)).decode(),
                 f"Sec-WebSocket-Protocol: {V5}"]  # fmt: skip
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        before = -1
        while before != s.access.written or not before:
            before = s.access.written
            await asyncio.sleep(0.1)
        assert s.access.written < 16 * 1024 * 1024
        writer.transport.abort()
        await asyncio.wait_for(s.access.cancelled.wait(), 3)
        assert not reader.at_eof()


async def test_a_disconnect_ends_the_command() -> None:
    async with serving() as s:
        async with s.socket(command("sleep", "60"), V5) as socket:
            await socket.receive()
        await asyncio.wait_for(s.access.cancelled.wait(), 3)
