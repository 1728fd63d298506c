"""DNS messages on the wire: questions, answers, and how they become bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from breakfix.embedded.network.dns_records import (
    CLASS_NAMES,
    CLASSES,
    OPT,
    RCODE_NAMES,
    RCODES,
    DnsFormatError,
    Record,
    Writer,
    fqdn,
    quoted,
    type_name,
    type_number,
)

HEADER = 12
UDP_SIZE = 512  # where the asker says nothing
FLAGS = {"qr": 15, "aa": 10, "tc": 9, "rd": 8, "ra": 7, "ad": 5, "cd": 4}  # bits
SECTIONS = ("answers", "authority", "extra")
MAX_JUMPS = 64  # pointers in one name
_KNOWN = 1024  # messages that are remembered


@dataclass
class Message:
    """A question with or without its answer. `size` is what EDNS allows; 0: no EDNS."""

    id: int = 0
    name: str = "."
    type: str = "A"
    cls: str = "IN"
    qr: bool = False
    aa: bool = False
    tc: bool = False
    rd: bool = True
    ra: bool = False
    ad: bool = False
    cd: bool = False
    opcode: int = 0
    rcode: str = "NOERROR"
    answers: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    extra: list[Record] = field(default_factory=list)
    size: int = 0
    do: bool = False
    asked: bool = True  # is there a question?

    def reply(self, rcode: str = "NOERROR", **more: object) -> Message:
        """An empty answer to it."""
        fields: dict[str, Any] = {
            "qr": True, "rcode": rcode, "aa": False, "tc": False, "ra": False, "ad": False,
            "answers": [], "authority": [], "extra": [],
        }  # fmt: skip
        return self.changed(**fields | more)

    def changed(self, **fields: object) -> Message:
        """Another message, in all else like this one. (dataclasses.replace takes ten times as
        long, and this is done for each answer.)"""
        other = object.__new__(Message)
        other.__dict__ = self.__dict__ | fields
        return other

    @property
    def limit(self) -> int:
        """Bytes of a datagram that the asker takes."""
        return max(self.size, UDP_SIZE)


def encode(message: Message, limit: int = 65535) -> bytes:
    """As bytes; what does not fit is left out, and TC says so."""
    whole = _encode(message)
    if len(whole) <= limit:
        return whole
    short = message.changed(extra=[], tc=False)
    if len(whole := _encode(short)) <= limit:
        return whole
    short = short.changed(authority=[], answers=list(short.answers), tc=True)
    while short.answers and len(_encode(short)) > limit:
        short.answers.pop()
    return _encode(short)


def length(message: Message) -> int:
    """Bytes without compression, as CoreDNS counts them."""
    return len(_encode(message, compress=False))


def _encode(message: Message, compress: bool = True) -> bytes:
    told = vars(message) | {name: tuple(getattr(message, name)) for name in SECTIONS} | {"id": 0}
    body = _written(tuple(told.items()), compress)
    return message.id.to_bytes(2, "big") + body[2:]


@lru_cache(_KNOWN)
def _written(fields: tuple[tuple[str, Any], ...], compress: bool) -> bytes:
    """The bytes of a message with these fields: the same ones go to and fro all the time."""
    message = Message(**dict(fields))
    writer = Writer(compress)
    writer.number(message.id)
    bits = sum(1 << bit for name, bit in FLAGS.items() if getattr(message, name))
    writer.number(bits | message.opcode << 11 | RCODES.get(message.rcode, 2))
    extra = len(message.extra) + (1 if message.size else 0)
    for count in (int(message.asked), len(message.answers), len(message.authority), extra):
        writer.number(count)
    if message.asked:
        writer.name(message.name)
        writer.number(type_number(message.type))
        writer.number(CLASSES.get(message.cls, 1))
    for record in (*message.answers, *message.authority, *message.extra):
        writer.record(record)
    if message.size:
        writer.data += b"\0"
        for value, width in ((OPT, 2), (message.size, 2), (0x8000 if message.do else 0, 4), (0, 2)):
            writer.number(value, width)
    return bytes(writer.data)


def decode(data: bytes) -> Message:
    """The message in the bytes. Raises DnsFormatError."""
    known = _read(data[2:])
    return known.changed(
        id=int.from_bytes(data[:2], "big"),
        answers=[*known.answers], authority=[*known.authority], extra=[*known.extra],
    )  # fmt: skip


@lru_cache(_KNOWN)
def _read(body: bytes) -> Message:
    """The message of these bytes after its id; nobody may change it."""
    try:
        return _Reader(b"\0\0" + body).message()
    except (IndexError, ValueError) as error:
        raise DnsFormatError(f"not a DNS message: {error}") from error


class _Reader:
    """Reads one message."""

    def __init__(self, data: bytes) -> None:
        if len(data) < HEADER:
            raise DnsFormatError("too short")
        self.data, self.at = data, 0

    def number(self, size: int = 2) -> int:
        if self.at + size > len(self.data):
            raise DnsFormatError("too short")
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def name(self) -> str:
        found, self.at = self._name(self.at)
        return found

    def _name(self, at: int) -> tuple[str, int]:
        parts: list[str] = []
        end = 0
        for _ in range(MAX_JUMPS + 128):
            length = self.data[at]
            if length >= 0xC0:  # noqa: PLR2004 - a pointer
                end = end or at + 2
                at = (length & 0x3F) << 8 | self.data[at + 1]
            elif length:
                parts.append(self.data[at + 1 : at + 1 + length].decode("latin-1"))
                at += 1 + length
            else:
                return ".".join(parts) + ".", end or at + 1
        raise DnsFormatError("a name without end")

    def message(self) -> Message:
        found = Message(self.number())
        bits = self.number()
        for flag, bit in FLAGS.items():
            setattr(found, flag, bool(bits >> bit & 1))
        found.opcode, rcode = bits >> 11 & 15, bits & 15
        found.rcode = RCODE_NAMES.get(rcode, f"RCODE{rcode}")
        questions, *counts = (self.number() for _ in range(4))
        found.asked = questions > 0
        for _ in range(questions):
            found.name, found.type = self.name(), type_name(self.number())
            found.cls = _class(self.number())
        for section, count in zip((found.answers, found.authority, found.extra), counts,
                                  strict=True):  # fmt: skip
            for _ in range(count):
                self._record(found, section)
        return found

    def _record(self, message: Message, section: list[Record]) -> None:
        name, number, cls, ttl = self.name(), self.number(), self.number(), self.number(4)
        length = self.number()
        end = self.at + length
        if end > len(self.data):
            raise DnsFormatError("too short")
        if number == OPT:
            message.size, message.do = max(cls, UDP_SIZE), bool(ttl & 0x8000)
        else:
            kind = type_name(number)
            section.append(Record(name, kind, self._data(kind, end), ttl, _class(cls)))
        self.at = end

    def _data(self, kind: str, end: int) -> str:
        match kind:
            case "A":
                return str(IPv4Address(self.data[self.at : end]))
            case "AAAA":
                return str(IPv6Address(self.data[self.at : end]))
            case "CNAME" | "NS" | "PTR":
                return self.name()
            case "MX":
                return f"{self.number()} {self.name()}"
            case "SRV":
                return f"{self.number()} {self.number()} {self.number()} {self.name()}"
            case "SOA":
                names = f"{self.name()} {self.name()}"
                return " ".join([names, *(str(self.number(4)) for _ in range(5))])
            case "TXT" | "HINFO":
                return " ".join(self._texts(end))
        return self.data[self.at : end].hex()

    def _texts(self, end: int) -> list[str]:
        found = []
        while self.at < end:
            length = self.number(1)
            found.append(quoted(self.data[self.at : self.at + length].decode("latin-1")))
            self.at += length
        return found


def _class(number: int) -> str:
    return CLASS_NAMES.get(number, f"CLASS{number}")


def question(name: str, type: str = "A", id: int = 0, size: int = 0) -> Message:
    """A question to a resolver."""
    return Message(id=id, name=fqdn(name), type=type, size=size)


def frame(data: bytes) -> bytes:
    """As it goes over TCP."""
    return len(data).to_bytes(2, "big") + data


def reverse_name(address: str) -> str:
    """The name that PTR is asked for. Raises ValueError."""
    if ":" in address:
        digits = IPv6Address(address).exploded.replace(":", "")
        return ".".join(reversed(digits)) + ".ip6.arpa."
    return ".".join(reversed(str(IPv4Address(address)).split("."))) + ".in-addr.arpa."


def address_of_reverse(name: str) -> str:
    """The address in a PTR name, "" where there is none."""
    name = name.lower().rstrip(".")
    try:
        if name.endswith(".in-addr.arpa"):
            return str(IPv4Address(".".join(reversed(name[:-13].split(".")))))
        if name.endswith(".ip6.arpa"):
            digits = "".join(reversed(name[:-9].split(".")))
            return str(IPv6Address(int(digits, 16))) if len(digits) == 32 else ""  # noqa: PLR2004
    except ValueError:
        return ""
    return ""
