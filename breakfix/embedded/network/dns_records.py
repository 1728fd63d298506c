"""DNS records: their data as text (as in a zone file), and as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16,
    "AAAA": 28, "SRV": 33, "NAPTR": 35, "DS": 43, "SVCB": 64, "HTTPS": 65, "IXFR": 251,
    "AXFR": 252, "ANY": 255, "CAA": 257,
}  # fmt: skip
TYPE_NAMES = {number: name for name, number in TYPES.items()}
OPT = 41
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "ANY": 255}
CLASS_NAMES = {number: name for name, number in CLASSES.items()}
RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
    "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10,
}  # fmt: skip
RCODE_NAMES = {number: name for name, number in RCODES.items()}
MAX_LABEL, MAX_NAME = 63, 255


class DnsFormatError(ValueError):
    """A message or name that is none."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `data` is in presentation form: "0 100 80 web.default.svc.cluster.local."."""

    name: str
    type: str
    data: str
    ttl: int = 0
    cls: str = "IN"


def fqdn(name: str) -> str:
    """With the dot at its end."""
    return name if name.endswith(".") else name + "."


@lru_cache(4096)
def labels(name: str) -> tuple[bytes, ...]:
    """The labels of a name. Raises DnsFormatError."""
    parts = tuple(part.encode("latin-1", "replace") for part in name.rstrip(".").split("."))
    if parts == (b"",):
        return ()
    if any(not 0 < len(part) <= MAX_LABEL for part in parts):
        raise DnsFormatError(f"'{name}' is not a legal name")
    if sum(len(part) + 1 for part in parts) >= MAX_NAME:
        raise DnsFormatError(f"'{name}' is not a legal name (too long)")
    return parts


class Writer:
    """Bytes of a message, names compressed."""

    def __init__(self, compress: bool = True) -> None:
        self.data = bytearray()
        self.compress = compress
        self._names: dict[tuple[bytes, ...], int] = {}

    def number(self, value: int, size: int = 2) -> None:
        """An unsigned number, most significant byte first."""
        self.data += value.to_bytes(size, "big")

    def name(self, name: str, compress: bool = True) -> None:
        """A name; its known ends are pointers."""
        parts = labels(name)
        for i in range(len(parts)):
            rest = tuple(part.lower() for part in parts[i:])
            if compress and self.compress and rest in self._names:
                self.number(0xC000 | self._names[rest])
                return
            if len(self.data) < 0x4000:  # noqa: PLR2004 - what a pointer can say
                self._names.setdefault(rest, len(self.data))
            self.data += bytes((len(parts[i]),)) + parts[i]
        self.data.append(0)

    def record(self, record: Record) -> None:
        """A whole record."""
        self.name(record.name)
        self.number(type_number(record.type))
        self.number(CLASSES.get(record.cls, 1))
        self.number(record.ttl, 4)
        self.number(0)
        start = len(self.data)
        _WRITE.get(record.type, _write_raw)(self, record.data)
        self.data[start - 2 : start] = (len(self.data) - start).to_bytes(2, "big")


def type_number(name: str) -> int:
    """Of A, AAAA, ..., TYPE123. Raises DnsFormatError."""
    if name in TYPES:
        return TYPES[name]
    if re.fullmatch(r"TYPE\d{1,5}", name):
        return int(name[4:])
    raise DnsFormatError(f"unknown type {name}")


def type_name(number: int) -> str:
    """The other way."""
    return TYPE_NAMES.get(number, f"TYPE{number}")


def _write_raw(writer: Writer, data: str) -> None:
    writer.data += bytes.fromhex(data)


def _write_texts(writer: Writer, data: str) -> None:
    for text in texts(data):
        raw = text.encode("latin-1", "replace")[:255]
        writer.data += bytes((len(raw),)) + raw


def _write_numbers_and_name(writer: Writer, data: str) -> None:
    *numbers, name = data.split()
    for number in numbers:
        writer.number(int(number))
    writer.name(name, compress=len(numbers) < 2)  # noqa: PLR2004 - SRV targets are written out


def _write_soa(writer: Writer, data: str) -> None:
    first, second, *numbers = data.split()
    writer.name(first)
    writer.name(second)
    for number in numbers:
        writer.number(int(number), 4)


def _write_a(writer: Writer, data: str) -> None:
    writer.data += IPv4Address(data).packed


def _write_aaaa(writer: Writer, data: str) -> None:
    writer.data += IPv6Address(data).packed


_WRITE: dict[str, Callable[[Writer, str], None]] = {
    "A": _write_a, "AAAA": _write_aaaa, "TXT": _write_texts, "HINFO": _write_texts,
    "SOA": _write_soa, "CNAME": _write_numbers_and_name, "NS": _write_numbers_and_name,
    "PTR": _write_numbers_and_name, "MX": _write_numbers_and_name, "SRV": _write_numbers_and_name,
}  # fmt: skip


def texts(data: str) -> list[str]:
    """The strings of a TXT record's presentation."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', data)
    return [re.sub(r"\\(.)", r"\1", quoted or bare) for quoted, bare in found]


def quoted(text: str) -> str:
    """One string of a TXT record."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_record(line: str) -> Record:
    """A line of a zone file: `name [ttl] [class] type data`. Raises DnsFormatError."""
    parts = line.partition(";")[0].split(maxsplit=1)
    if len(parts) != 2:  # noqa: PLR2004
        raise DnsFormatError(f'dns: not a record: "{line}"')
    name, rest = parts
    ttl, cls = 3600, "IN"
    while (word := rest.split(maxsplit=1)) and len(word) > 1:
        if word[0].isdigit():
            ttl = int(word[0])
        elif word[0].upper() in CLASSES:
            cls = word[0].upper()
        else:
            break
        rest = word[1]
    if len(word) != 2 or word[0].upper() not in TYPES:  # noqa: PLR2004
        raise DnsFormatError(f'dns: unknown RR type: "{word[0] if word else ""}"')
    record = Record(fqdn(name), word[0].upper(), word[1].strip(), ttl, cls)
    try:
        Writer().record(record)
    except ValueError as error:
        raise DnsFormatError(f'dns: bad {record.type} {record.type}: "{record.data}"') from error
    return record
