"""Servers behind https: in the path of a proxy."""

from __future__ import annotations

import ssl

from breakfix.embedded.auth.keys import Keys
from breakfix.embedded.auth.tls import server_context
from breakfix.embedded.clock import VirtualClock
from tests.embedded.streams.fakes import FakeStream
from tests.embedded.streams.serving import PODS, serving
from tests.embedded.streams.test_proxy import page


async def test_any_certificate_is_believed() -> None:
    keys = Keys.create(VirtualClock().now())
    context = server_context(keys.authority, keys.server)

    async def serve(stream: FakeStream) -> None:
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(inward, outward, server_side=True)
        while True:
            try:
                assert tls.read(65536).startswith(b"GET /x HTTP/1.1\r\n")
                tls.write(page(b"secret"))
                await stream.write(outward.read())
                return
            except ssl.SSLWantReadError:
                await stream.write(outward.read())
                inward.write(await stream.read())

    async with serving() as s:
        s.access.servers[443] = serve
        assert await s.get(f"{PODS}/https:one:443/proxy/x") == (200, "secret")
