"""Requests that are on no wire: who shares the cluster's process and event loop asks its API
server directly. Authentication, authorization, admission and audit are those of any request;
only TLS and the writing and reading of HTTP are saved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy
from yarl import URL

from breakfix.embedded.machine.streams import Memory
from breakfix.embedded.server.answers import ok
from breakfix.embedded.server.app import App
from breakfix.embedded.server.paths import parse
from breakfix.embedded.server.replies import Reply
from breakfix.embedded.server.streams import sessions
from breakfix.embedded.server.streams.query import flag
from breakfix.embedded.server.streams.sessions import ClientSession, OwnStreams, Run

HOST, OK = "127.0.0.1", 200
STREAMED = ("attach", "portforward", "proxy")


@dataclass(frozen=True)
class _Certified:
    """A transport as authentication looks at it: whose certificate was shown (DER)."""

    certificate: bytes

    def get_extra_info(self, name: str) -> _Certified | None:
        return self if name == "ssl_object" else None

    def getpeercert(self, binary_form: bool) -> bytes:  # noqa: ARG002 - as the ssl module has it
        return self.certificate


@dataclass
class InMemoryRequest(OwnStreams):
    """What the handler asks of a request; `ran` has what a command in a pod has written."""

    method: str
    path_qs: str
    headers: CIMultiDictProxy[str]
    body: bytes
    transport: _Certified
    remote: str = HOST
    host: str = HOST
    ran: tuple[bytes, bytes] = field(default=(b"", b""))

    def __post_init__(self) -> None:
        path, _, query = self.path_qs.partition("?")
        self.path = unquote(path)
        self.query = _parsed(query)
        self.content_length = len(self.body)
        self.can_read_body = bool(self.body)

    async def read(self) -> bytes:
        """The whole body."""
        return self.body

    async def run(self, run: Run) -> web.StreamResponse:
        """A command in a pod, to its end; the answer is the Status of its last word."""
        out, err = Memory(), Memory()
        found = await sessions.outcome(run, ClientSession(None, out, err, False))
        self.ran = bytes(out.data), bytes(err.data)
        answer = ok(sessions.translated(found))
        reply = Reply(answer.status, answer.body, {"Content-Type": answer.content_type})
        return cast("web.StreamResponse", reply)

    async def whole(
        self, blocks: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """What comes in blocks, when all of it has come."""
        body = b"".join([block async for block in blocks])
        return cast("web.StreamResponse", Reply(OK, body, headers))


@dataclass(frozen=True)
class Answered:
    """A whole answer; `ran` as in InMemoryRequest."""

    status: int
    body: bytes
    content_type: str
    ran: tuple[bytes, bytes] = (b"", b"")


async def ask(
    app: App, method: str, target: str, headers: dict[str, str], body: bytes, certificate: bytes
) -> Answered | None:
    """The answer for the owner of a client certificate (DER); the command of an `exec` is run
    to its end. None for what comes piece by piece: watches, logs that are followed, other
    connections."""
    made = CIMultiDictProxy(CIMultiDict(headers))
    http = InMemoryRequest(method, target, made, body, _Certified(certificate))
    info = parse(method, http.path, http.query)
    if info.verb == "watch" or info.subresource in STREAMED or flag(http.query, "follow"):
        return None
    found: Any = await app.handle(cast("web.BaseRequest", http))
    assert isinstance(found, Reply)  # noqa: S101 - what is whole is answered so
    return Answered(found.status, found.body, found.headers.get("Content-Type", ""), http.ran)


def _parsed(query: str) -> MultiDictProxy[str]:
    return MultiDictProxy(MultiDict(URL(f"?{query}", encoded=True).query if query else ()))
