"""What dig shows of a reply, in BIND's words."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import Message, encode
from breakfix.embedded.network.dns_records import Record, fqdn
from breakfix.embedded.programs.clients.dig_options import Query

_FLAGS = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")
_LOCAL = (
    ";; WARNING: .local is reserved for Multicast DNS\n"
    ";; You are currently testing what happens when an mDNS query is leaked to DNS\n"
)
_NO_RECURSION = ";; WARNING: recursion requested but not available\n"


def banner(process: Process) -> str:
    """The version and the command line."""
    return f"\n; <<>> DiG 9.18.33 <<>> {' '.join(process.argv[1:])}\n;; global options: +cmd\n"


def shown(process: Process, query: Query, message: Message, server: str, taken: int) -> str:
    """As the +options say. `taken`: milliseconds."""
    flags = query.flags
    if flags["short"]:
        return "".join(f"{r.data}\n" for r in message.answers)
    parts = [banner(process)] if flags["cmd"] else []
    if flags["comments"]:
        parts.append(_header(message))
    if flags["question"]:
        asked = _aligned((f";{fqdn(message.name)}", "IN", message.type), (32, 40))
        parts.append(f";; QUESTION SECTION:\n{asked}\n\n")
    sections = (("answer", message.answers), ("authority", message.authority),
                ("additional", _additional(message)))  # fmt: skip
    parts += [_section(query, key, records) for key, records in sections if flags[key] and records]
    if flags["stats"]:
        parts.append(_statistics(process, query, message, server, taken))
    return "".join(parts)


def _additional(message: Message) -> list[Record]:
    """The records of the additional section; EDNS is shown elsewhere."""
    return [r for r in message.extra if r.type != "OPT"]


def _header(message: Message) -> str:
    flags = " ".join(flag for flag in _FLAGS if getattr(message, flag))
    extra = len(_additional(message)) + bool(message.size)
    edns = ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: " \
        f"{message.size}\n" if message.size else ""  # fmt: skip
    local = message.name.rstrip(".").lower().endswith(".local")
    alone = message.rd and not message.ra
    return (
        f";; Got answer:\n{_LOCAL if local else ''}"
        f";; ->>HEADER<<- opcode: QUERY, status: {message.rcode}, id: {message.id}\n"
        f";; flags: {flags}; QUERY: 1, ANSWER: {len(message.answers)}, "
        f"AUTHORITY: {len(message.authority)}, ADDITIONAL: {extra}\n"
        f"{_NO_RECURSION if alone else ''}\n{edns}"
    )


def _section(query: Query, key: str, records: list[Record]) -> str:
    lines = "".join(_record_line(r) for r in records)
    return f";; {key.upper()} SECTION:\n{lines}\n" if query.flags["comments"] else lines


def _statistics(process: Process, query: Query, message: Message, server: str, taken: int) -> str:
    now = process.host.clock.now()
    transport = "TCP" if query.flags["tcp"] else "UDP"
    return (
        f";; Query time: {taken} msec\n;; SERVER: {server}#{query.port}({server}) ({transport})\n"
        f";; WHEN: {now:%a %b %d %H:%M:%S} UTC {now:%Y}\n"
        f";; MSG SIZE  rcvd: {len(encode(message))}\n\n"
    )


def _record_line(record: Record) -> str:
    """As in a zone file."""
    words = (fqdn(record.name), str(record.ttl), record.cls, record.type, record.data)
    return _aligned(words, (24, 32, 40, 48)) + "\n"


def _aligned(words: tuple[str, ...], stops: tuple[int, ...]) -> str:
    """Words at columns, by tabs; a word that is late for its column comes after a space."""
    line, column = words[0], len(words[0])
    for word, stop in zip(words[1:], stops, strict=True):
        late = column >= stop
        line += " " if late else "\t" * -(-(stop - column) // 8)
        column = (column + 1 if late else stop) + len(word)
        line += word
    return line
