"""gRPC over simulated connections: calls with one request and one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from breakfix.embedded.network.types import NetworkError, Stream

if TYPE_CHECKING:
    from h2.connection import H2Connection

OK, UNKNOWN, DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE = 0, 2, 4, 5, 12, 14
NAMES = {1: "Canceled", UNKNOWN: "Unknown", 3: "InvalidArgument", DEADLINE_EXCEEDED:
         "DeadlineExceeded", NOT_FOUND: "NotFound", 7: "PermissionDenied", UNIMPLEMENTED:
         "Unimplemented", 13: "Internal", UNAVAILABLE: "Unavailable"}  # fmt: skip
MAX_MESSAGE = 4 << 20  # bytes
_PLAIN = " !\"#$&'()*+,/:;<=>?@"  # that need no percent sign in a message
_PREFIX = 5  # bytes before a message: compressed?, and its length
Method = Callable[[bytes], Awaitable[bytes]]


class RpcError(Exception):
    """A call that failed."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def __str__(self) -> str:
        name = NAMES.get(self.code, f"Code({self.code})")
        return f"rpc error: code = {name} desc = {self.message}"


@dataclass
class _Half:
    """What has come on one stream."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


def _connection(client: bool) -> H2Connection:
    from h2.config import H2Configuration
    from h2.connection import H2Connection

    made = H2Connection(H2Configuration(client_side=client, header_encoding="utf-8"))
    made.initiate_connection()
    return made


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _headers(found: Iterable[Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in found}


def _message(body: bytes | bytearray) -> bytes:
    """Raises RpcError."""
    if len(body) < _PREFIX or body[0]:
        raise RpcError(13, "unexpected message")
    return bytes(body[_PREFIX : _PREFIX + int.from_bytes(body[1:_PREFIX], "big")])


class Client:
    """One connection. `await start()` first."""

    def __init__(self, stream: Stream, authority: str, agent: str = "grpc-go/1.72.2") -> None:
        self._stream, self._authority, self._agent = stream, authority, agent
        self._http = _connection(client=True)
        self._halves: dict[int, _Half] = {}
        self._ended: set[int] = set()
        self._settled = False

    async def start(self) -> None:
        """Until the server has said its settings. Raises RpcError, NetworkError."""
        await self._flush()
        while not self._settled:
            await self._more()

    async def call(self, path: str, message: bytes) -> bytes:
        """The answer. Raises RpcError, NetworkError."""
        number = self._http.get_next_available_stream_id()
        headers = [(":method", "POST"), (":scheme", "http"), (":path", path),
                   (":authority", self._authority), ("content-type", "application/grpc"),
                   ("user-agent", self._agent), ("te", "trailers")]  # fmt: skip
        self._halves[number] = _Half()
        self._http.send_headers(number, headers)
        self._http.send_data(number, _framed(message), end_stream=True)
        await self._flush()
        while number not in self._ended:
            await self._more()
        return self._answer(self._halves.pop(number))

    @staticmethod
    def _answer(half: _Half) -> bytes:
        code = int(half.headers.get("grpc-status", UNKNOWN))
        if code:
            raise RpcError(code, unquote(half.headers.get("grpc-message", "")))
        return _message(half.body)

    async def _flush(self) -> None:
        if data := self._http.data_to_send():
            await self._stream.write(data)

    async def _more(self) -> None:
        from h2 import events
        from h2.exceptions import ProtocolError

        data = await self._stream.read()
        try:
            found = self._http.receive_data(data) if data else [events.ConnectionTerminated()]
        except ProtocolError as error:
            raise RpcError(UNAVAILABLE, f"error reading server preface: {error}") from None
        for event in found:
            self._see(event)
        await self._flush()

    def _see(self, event: Any) -> None:
        from h2 import events

        half = self._halves.get(getattr(event, "stream_id", None) or 0)
        if isinstance(event, events.RemoteSettingsChanged):
            self._settled = True
        elif isinstance(event, events.ResponseReceived | events.TrailersReceived) and half:
            half.headers |= _headers(event.headers)
        elif isinstance(event, events.DataReceived) and half:
            half.body += event.data
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, events.StreamEnded | events.StreamReset):
            self._ended.add(event.stream_id or 0)
        elif isinstance(event, events.ConnectionTerminated):
            raise RpcError(UNAVAILABLE, "error reading from server: EOF")


class Server:
    """Answers calls by path. Methods may raise RpcError."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods

    async def serve(self, end: Stream) -> None:
        """One connection (network.types.Serve)."""
        from h2.exceptions import ProtocolError

        http = _connection(client=False)
        halves: dict[int, _Half] = {}
        try:
            await end.write(http.data_to_send())
            while data := await end.read():
                for event in http.receive_data(data):
                    await self._see(http, halves, event)
                if reply := http.data_to_send():
                    await end.write(reply)
        except (ProtocolError, NetworkError):
            pass
        finally:
            end.close()

    async def _see(self, http: H2Connection, halves: dict[int, _Half], event: Any) -> None:
        from h2 import events

        number = getattr(event, "stream_id", None) or 0
        if isinstance(event, events.RequestReceived):
            halves[number] = _Half(_headers(event.headers))
        elif isinstance(event, events.DataReceived) and number in halves:
            halves[number].body += event.data
            http.acknowledge_received_data(event.flow_controlled_length, number)
            if len(halves[number].body) > MAX_MESSAGE:
                http.reset_stream(number)
                del halves[number]
        elif isinstance(event, events.StreamEnded) and number in halves:
            await self._answer(http, number, halves.pop(number))

    async def _answer(self, http: H2Connection, number: int, half: _Half) -> None:
        head = [(":status", "200"), ("content-type", "application/grpc")]
        path = half.headers.get(":path", "")
        try:
            method = self._methods.get(path)
            if method is None:
                service = path.strip("/").rpartition("/")[0]
                raise RpcError(UNIMPLEMENTED, f"unknown service {service}")
            reply = await method(_message(half.body))
        except RpcError as error:
            words = quote(error.message, safe=_PLAIN)
            status = [("grpc-status", str(error.code)), ("grpc-message", words)]
            http.send_headers(number, head + status, end_stream=True)
            return
        http.send_headers(number, head)
        http.send_data(number, _framed(reply))
        http.send_headers(number, [("grpc-status", "0"), ("grpc-message", "")], end_stream=True)
