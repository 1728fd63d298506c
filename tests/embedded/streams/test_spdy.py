"""SPDY/3.1: frames, exec and port-forward."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from breakfix.embedded.server.streams import spdy_frames as frames
from tests.embedded.streams.fakes import echo_server
from tests.embedded.streams.serving import PODS, serving
from tests.embedded.streams.spdy_client import SpdyClient

V4 = "v4.channel.k8s.io"
FORWARD = f"{PODS}/one/portforward"


def test_frames_in_pieces() -> None:
    encoder, decoder = frames.Encoder(), frames.Decoder()
    sent = encoder.syn_stream(1, {"streamtype": "error"}) + encoder.syn_stream(3, {"port": "80"})
    sent += frames.data(3, b"abc", last=True) + frames.ping(5)
    found = [f for at in range(len(sent)) for f in decoder.feed(sent[at : at + 1])]
    assert [(f.type, f.stream) for f in found] == [(1, 1), (1, 3), (0, 3), (6, 5)]
    assert [decoder.headers(f.payload[6:]) for f in found[:2]] == [
        {"streamtype": "error"}, {"port": "80"}]  # fmt: skip
    assert (found[2].payload, found[2].flags) == (b"abc", frames.FIN)


@pytest.mark.parametrize(
    "bad", [b"GET / HTTP/1.1\r\n", b"\x80\x02\0\1\0\0\0\0", b"\0\0\0\1\0\xff\xff\xff"]
)
def test_what_is_not_spdy(bad: bytes) -> None:
    with pytest.raises(frames.SpdyError):
        list(frames.Decoder().feed(bad))


def test_headers_are_bounded() -> None:
    encoder, decoder = frames.Encoder(), frames.Decoder()
    [frame] = decoder.feed(encoder.syn_stream(1, {"a": "x" * 1_000_000}))
    with pytest.raises(frames.SpdyError):
        decoder.headers(frame.payload[6:])


async def test_exec() -> None:
    path = f"{PODS}/one/exec?command=cat&stdin=true&stdout=true&stderr=true"
    async with serving() as s:
        client, head = await SpdyClient.open(s.port, path, V4)
        assert head.startswith("HTTP/1.1 101 ")
        assert "X-Stream-Protocol-Version: v4" in head
        kinds = ("error", "stdin", "stdout", "stderr")
        error, stdin, stdout, stderr = (client.stream(k) for k in kinds)
        client.send(stdin, b"x" * 300_000)
        client.send(stdin, b"end", last=True)
        await client.until_ended(error, stdout, stderr)
        assert client.received[stdout] == b"x" * 300_000 + b"end"
        assert orjson.loads(client.received[error])["status"] == "Success"
        client.writer.close()


async def test_exit_code_and_ping() -> None:
    async with serving() as s:
        path = f"{PODS}/one/exec?command=exit&command=7&stderr=1"
        client, _ = await SpdyClient.open(s.port, path, V4)
        client.writer.write(frames.ping(1))
        assert await client.until(frames.PING) is not None
        error, _ = client.stream("error"), client.stream("stderr")
        await client.until_ended(error)
        causes = orjson.loads(client.received[error])["details"]["causes"]
        assert causes == [{"reason": "ExitCode", "message": "7"}]
        client.writer.close()


async def test_protocols_are_negotiated() -> None:
    async with serving() as s:
        _, head = await SpdyClient.open(s.port, f"{PODS}/one/exec?command=echo&stdout=1", "v9")
        assert head.startswith("HTTP/1.1 403 ")
        assert "X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io" in head


async def test_forwarding_carries_both_ways() -> None:
    async with serving() as s:
        s.access.servers[80] = echo_server
        client, _ = await SpdyClient.open(s.port, FORWARD, "portforward.k8s.io")
        error = client.stream("error", port="80", requestid="0")
        data = client.stream("data", port="80", requestid="0")
        client.send(error, b"", last=True)
        client.send(data, b"hello", last=True)
        await client.until_ended(error, data)
        assert (client.received[data], client.received[error]) == (b"hello", b"")
        client.writer.close()


async def test_a_refused_port_is_told_on_the_error_stream() -> None:
    async with serving() as s:
        client, _ = await SpdyClient.open(s.port, FORWARD, "portforward.k8s.io")
        error = client.stream("error", port="81", requestid="0")
        client.stream("data", port="81", requestid="0")
        await client.until_ended(error)
        words = client.received[error].decode()
        assert words.startswith("error forwarding port 81 to pod ")
        assert "IPv4: dial tcp4 127.0.0.1:81: connect: connection refused IPv6 " in words
        client.writer.close()


async def test_forwarding_in_a_websocket_tunnel() -> None:
    async with serving() as s:
        s.access.servers[80] = echo_server
        encoder, decoder = frames.Encoder(), frames.Decoder()
        async with s.socket(FORWARD, "SPDY/3.1+portforward.k8s.io") as socket:
            for number, kind in ((1, "error"), (3, "data")):
                headers = {"streamtype": kind, "port": "80", "requestid": "0"}
                await socket.send_bytes(encoder.syn_stream(number, headers))
            await socket.send_bytes(frames.data(3, b"hello"))
            found: list[frames.Frame] = []
            while not any(f.type == frames.DATA for f in found):
                message = await asyncio.wait_for(socket.receive(), 5)
                found += decoder.feed(message.data)
            assert found[-1].payload == b"hello"


async def test_forwarding_by_channels() -> None:
    async with serving() as s:
        s.access.servers[80] = echo_server
        async with s.socket(f"{FORWARD}?ports=80", "v4.channel.k8s.io") as socket:
            assert (await socket.receive()).data == b"\0\x50\0"
            assert (await socket.receive()).data == b"\1\x50\0"
            await socket.send_bytes(b"\0def")
            assert (await socket.receive()).data == b"\0def"
