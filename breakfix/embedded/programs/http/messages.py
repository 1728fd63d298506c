"""HTTP/1.1 messages: read from streams and written to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from breakfix.embedded.programs.sockets import Reader

MAX_LINE, MAX_HEADERS, MAX_BODY = 16 << 10, 128, 16 << 20
Headers = list[tuple[str, str]]


class BadMessageError(Exception):
    """It is not HTTP; the text says why."""


@dataclass
class Message:
    """Headers and body."""

    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str, default: str = "") -> str:
        """The first header of this name."""
        wanted = name.lower()
        return next((v for n, v in self.headers if n.lower() == wanted), default)

    def has(self, name: str) -> bool:
        """Is there such a header?"""
        return any(n.lower() == name.lower() for n, _ in self.headers)


@dataclass
class Request(Message):
    """What a client asks."""

    method: str = "GET"
    target: str = "/"
    version: str = "HTTP/1.1"
    peer: tuple[str, int] = ("", 0)
    local: tuple[str, int] = ("", 0)
    tls: bool = False
    client: str = ""  # the common name of its certificate, where that was asked for and is good

    @property
    def path(self) -> str:
        """Decoded, without the query."""
        target = self.target
        if "://" in target:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        return unquote(target.partition("?")[0].partition("#")[0])

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.target.partition("?")[2]

    def form(self) -> dict[str, str]:
        """Query and form fields, the first of each name."""
        text = [self.query]
        if self.header("content-type").startswith("application/x-www-form-urlencoded"):
            text.insert(0, self.body.decode(errors="replace"))
        found: dict[str, str] = {}
        for part in text:
            for name, value in parse_qsl(part, keep_blank_values=True):
                found.setdefault(name, value)
        return found

    @property
    def keeps(self) -> bool:
        """Does the connection stay open?"""
        wish = self.header("connection").lower()
        return "keep-alive" in wish if self.version == "HTTP/1.0" else "close" not in wish


@dataclass
class Response(Message):
    """What a server answers. `close`: and ends the connection then."""

    status: int = 200
    reason: str = ""
    version: str = "HTTP/1.1"
    close: bool = False

    @property
    def words(self) -> str:
        """The reason, the usual one where none was given."""
        return self.reason or reason(self.status)


def reason(status: int) -> str:
    """The usual words of a status."""
    known = {302: "Found", 413: "Request Entity Too Large", 418: "I'm a teapot"}
    try:
        return known.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return f"status code {status}"


def text(status: int, body: str, kind: str = "text/plain; charset=utf-8") -> Response:
    """A response of text."""
    return Response([("Content-Type", kind)], body.encode(), status)


def http_date(at: datetime) -> str:
    """As in a Date header."""
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")


async def read_request(reader: Reader) -> Request | None:
    """The next request, None where the client has gone. Raises BadMessageError."""
    line = (await reader.line(MAX_LINE)).strip()
    if not line and reader.got:
        line = (await reader.line(MAX_LINE)).strip()
    if not line:
        return None
    words = line.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):  # noqa: PLR2004
        raise BadMessageError(line.decode("latin-1"))
    request = Request(method=words[0], target=words[1], version=words[2])
    request.headers = await read_headers(reader)
    request.body = await _body(reader, request, until_end=False)
    return request


async def read_response(reader: Reader, method: str = "GET", body: bool = True) -> Response:
    """Raises BadMessageError; "" in it where nothing came."""
    while True:
        line = (await reader.line(MAX_LINE)).strip().decode("latin-1")
        version, _, rest = line.partition(" ")
        if not version.startswith("HTTP/") or not rest[:3].isdigit():
            raise BadMessageError(line)
        response = Response(status=int(rest[:3]), reason=rest[4:], version=version)
        response.headers = await read_headers(reader)
        if response.status >= 200:  # noqa: PLR2004 - 100 Continue comes before
            break
    bare = method == "HEAD" or response.status in (204, 304) or not body
    if not bare:
        response.body = await _body(reader, response, until_end=True)
    return response


async def read_headers(reader: Reader) -> Headers:
    """Until the empty line. Raises BadMessageError."""
    found: Headers = []
    while line := (await reader.line(MAX_LINE)).rstrip(b"\r\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(found) >= MAX_HEADERS:
            raise BadMessageError(line.decode("latin-1"))
        found.append((name.strip(), value.strip()))
    return found


async def _body(reader: Reader, message: Message, until_end: bool) -> bytes:
    if "chunked" in message.header("transfer-encoding").lower():
        return await _chunks(reader)
    length = message.header("content-length")
    if length.isdigit():
        found = await reader.exactly(min(int(length), MAX_BODY))
        if len(found) < min(int(length), MAX_BODY):
            raise BadMessageError("short body")
        return found
    return await reader.rest(MAX_BODY) if until_end else b""


async def _chunks(reader: Reader) -> bytes:
    found = b""
    while True:
        size = (await reader.line()).split(b";")[0].strip()
        try:
            number = int(size, 16)
        except ValueError:
            raise BadMessageError("bad chunk") from None
        if not number or len(found) > MAX_BODY:
            await read_headers(reader)
            return found
        found += await reader.exactly(number)
        await reader.line()


def head(first: str, headers: Headers) -> bytes:
    """The lines before the body."""
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def render_request(request: Request) -> bytes:
    """As bytes; a length is added where there is a body."""
    headers = list(request.headers)
    if request.body and not request.has("content-length"):
        headers.append(("Content-Length", str(len(request.body))))
    return head(f"{request.method} {request.target} {request.version}", headers) + request.body


def render_response(response: Response, method: str = "GET") -> bytes:
    """As bytes, without the body for HEAD."""
    first = f"{response.version} {response.status} {response.words}"
    return head(first, response.headers) + (b"" if method == "HEAD" else response.body)
