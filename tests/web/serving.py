"""A server under test, on loopback, with a program in place of the terminal."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, CookieJar
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from breakfix.web.address import Place
from breakfix.web.password import Password
from breakfix.web.serving import Opened, serve

PATIENCE = 20.0  # seconds
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the server has to be careful with
PROGRAM = r"""
import json, os, sys
def draw(text):
    data = text.encode()
    sys.stdout.buffer.write(b"D" + len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()
sys.stdout.buffer.write(b"__GANGLION__\n")
draw(f"{os.getpid()} {os.environ['COLUMNS']}x{os.environ['ROWS']}")
while kind := sys.stdin.buffer.read(1):
    said = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big")).decode()
    if kind == b"M" and json.loads(said)["type"] == "quit":
        break
    if said == "die":
        sys.exit("no room on the disk")
    draw(os.environ.get(said[1:], "not set") if said[:1] == "$" else f"{kind.decode()}:{said}")
"""
DEAF = PROGRAM.replace("        break", "        continue")
"""Reads, and does not end when it is asked to."""
STUCK = PROGRAM.partition("while")[0] + "import signal\nwhile True: signal.pause()"
"""Reads nothing at all."""


@dataclass
class Visit:
    """A visitor of the server, with cookies of its own."""

    opened: Opened
    client: ClientSession
    tls: ssl.SSLContext | bool = True
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The token of the URL that was printed."""
        return urlsplit(self.opened.url).query.partition("=")[2]

    @property
    def origin(self) -> str:
        """What a browser calls the page."""
        parts = urlsplit(self.opened.url)
        return f"{parts.scheme}://{parts.netloc}"

    async def get(self, path: str = "/", **headers: str) -> ClientResponse:
        """Ask for a path."""
        return await self.client.get(f"{self.origin}{path}", headers=headers, ssl=self.tls)

    async def enter(self) -> ClientResponse:
        """Open the address that was printed."""
        return await self.client.get(self.opened.url, ssl=self.tls)

    async def post(self, **form: str) -> ClientResponse:
        """Send the form with the password, as the page would."""
        return await self.client.post(
            f"{self.origin}/enter", data=form, headers={"Origin": self.origin}, ssl=self.tls,
            allow_redirects=False,
        )  # fmt: skip

    async def socket(self, query: str = "", **headers: str) -> ClientWebSocketResponse:
        """Open the socket, from the page unless told otherwise."""
        url = f"{self.origin}/ws{query}"
        return await self.client.ws_connect(url, headers={"Origin": self.origin} | headers)


@asynccontextmanager
async def served(
    place: Place | None = None, password: Password | None = None, program: str = PROGRAM,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Visit]:  # fmt: skip
    """A server, and somebody who visits it; stopped at the end."""
    opened: asyncio.Future[Opened] = asyncio.get_running_loop().create_future()
    command = [sys.executable, "-c", program]
    serving = asyncio.create_task(
        serve(place or Place(), password, command, environ or {}, opened.set_result)
    )
    both: list[asyncio.Future[Any]] = [serving, opened]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        try:
            yield Visit(await opened, client)
        finally:
            serving.cancel()
            _, left = await asyncio.wait([serving], timeout=PATIENCE)
            assert not left, "the server does not end"
            with suppress(asyncio.CancelledError):
                serving.result()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    key_file.chmod(0o600)
    return cert_file, key_file
