"""dig and host, in BIND's words."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import Message, reverse_name
from breakfix.embedded.network.dns_records import TYPES, Record, fqdn
from breakfix.embedded.network.resolving import Reply, ResolveError, Resolver, is_address
from breakfix.embedded.programs.sockets import addresses, resolver

_SILENT = 9
_FLAGS = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")
_LOCAL = (
    ";; WARNING: .local is reserved for Multicast DNS\n"
    ";; You are currently testing what happens when an mDNS query is leaked to DNS\n"
)
_NO_RECURSION = ";; WARNING: recursion requested but not available\n"


class _Query:
    def __init__(self) -> None:
        self.name, self.type, self.server = ".", "", ""
        self.port, self.timeout, self.tries = 53, 5.0, 3
        self.flags = {"cmd": True, "comments": True, "question": True, "answer": True,
                      "authority": True, "additional": True, "stats": True, "search": False,
                      "short": False, "tcp": False}  # fmt: skip


def _read(argv: list[str]) -> _Query:  # noqa: C901 - one loop over words
    query, words = _Query(), list(argv[1:])
    while words:
        word = words.pop(0)
        if word.startswith("@"):
            query.server = word[1:]
        elif word.startswith("+"):
            _option(query, word[1:])
        elif word == "-x" and words:
            query.name, query.type = reverse_name(words.pop(0)), query.type or "PTR"
        elif word in ("-t", "-p", "-q", "-c") and words:
            value = words.pop(0)
            if word == "-t":
                query.type = value.upper()
            elif word == "-p":
                query.port = int(value)
            elif word == "-q":
                query.name = value
        elif word.startswith("-"):
            continue
        elif (word.upper() in TYPES and query.name != ".") or word.upper() in ("A", "AAAA", "SRV"):
            query.type = word.upper()
        elif word.upper() not in ("IN", "CH", "HS"):
            query.name = word
    return query


def _option(query: _Query, text: str) -> None:
    name, _, value = text.partition("=")
    wanted = not name.startswith("no")
    plain = name if wanted else name[2:]
    if plain == "all":
        for key in ("cmd", "comments", "question", "answer", "authority", "additional", "stats"):
            query.flags[key] = wanted
    elif plain in ("time", "timeout") and value:
        query.timeout = float(value)
    elif plain in ("tries", "retry") and value.isdigit():
        query.tries = max(int(value) + (plain == "retry"), 1)
    elif plain in query.flags:
        query.flags[plain] = wanted


async def dig(process: Process) -> int:
    """`dig [@SERVER] [NAME] [TYPE] [+short] [+search] [+noall] [+answer]`."""
    query = _read(process.argv)
    found = resolver(process)
    server = query.server or found.settings.servers[0]
    if not is_address(server):
        try:
            server = (await addresses(process, server))[0]
        except ResolveError:
            await process.out(f"dig: couldn't get address for '{query.server}': not found\n")
            return 10
    started = process.host.clock.monotonic()
    reply = await _ask(process, query, found, server)
    if reply.message is None:
        return await _silent(process, query)
    taken = int((process.host.clock.monotonic() - started) * 1000)
    await process.out(_shown(process, query, reply.message, server, taken))
    return 0


async def _ask(process: Process, query: _Query, found: Resolver, server: str) -> Reply:
    """The first name's that is there, else the last one's; silence ends it."""
    names = [fqdn(query.name)]
    if query.flags["search"] and query.name != ".":
        names = list(found.candidates(query.name))
    reply = Reply("TIMEOUT", query.name, server)
    for name in names:
        reply = await _ask_patiently(process, query, found, (name, server))
        if reply.outcome == "NOERROR" or not reply.message:
            break
    return reply


async def _ask_patiently(
    process: Process, query: _Query, found: Resolver, what: tuple[str, str]
) -> Reply:
    name, server = what
    type, tcp = query.type or ("NS" if query.name == "." else "A"), query.flags["tcp"]
    reply = Reply("TIMEOUT", query.name, server)
    for attempt in range(query.tries):
        reply = await found.ask(server, name, type, query.timeout, query.port, tcp)
        if reply.message:
            break
        await _trouble(process, query, server, reply, attempt)
    return reply


async def _trouble(
    process: Process, query: _Query, server: str, reply: Reply, attempt: int
) -> None:
    if attempt == 0 and query.flags["cmd"] and not query.flags["short"]:
        await process.out(_command(process))
    words = "connection refused" if reply.outcome == "UNREACHABLE" else "timed out"
    await process.out(f";; communications error to {server}#{query.port}: {words}\n")


async def _silent(process: Process, query: _Query) -> int:
    await process.out(";; no servers could be reached\n" + ("\n" if query.flags["cmd"] else ""))
    return _SILENT


def _command(process: Process) -> str:
    return f"\n; <<>> DiG 9.18.33 <<>> {' '.join(process.argv[1:])}\n;; global options: +cmd\n"


def _shown(process: Process, query: _Query, message: Message, server: str, taken: int) -> str:
    if query.flags["short"]:
        return "".join(f"{r.data}\n" for r in message.answers)
    parts = [_command(process)] if query.flags["cmd"] else []
    if query.flags["comments"]:
        parts.append(_header(message))
    if query.flags["question"]:
        asked = aligned((f";{fqdn(message.name)}", "IN", message.type), (32, 40))
        parts.append(f";; QUESTION SECTION:\n{asked}\n\n")
    for key, title, records in (
        ("answer", "ANSWER", message.answers), ("authority", "AUTHORITY", message.authority),
        ("additional", "ADDITIONAL", [r for r in message.extra if r.type != "OPT"]),
    ):  # fmt: skip
        if query.flags[key] and records:
            head = f";; {title} SECTION:\n" if query.flags["comments"] else ""
            tail = "\n" if query.flags["comments"] else ""
            parts.append(head + "".join(record_line(r) for r in records) + tail)
    if query.flags["stats"]:
        now = process.host.clock.now()
        parts.append(
            f";; Query time: {taken} msec\n;; SERVER: {server}#{query.port}({server}) (UDP)\n"
            f";; WHEN: {now:%a %b %d %H:%M:%S} UTC {now:%Y}\n;; MSG SIZE  rcvd: {_size(message)}\n\n"  # noqa: E501 - words
        )
    return "".join(parts)


def _size(message: Message) -> int:
    from breakfix.embedded.network.dns_messages import encode

    return len(encode(message))


def _header(message: Message) -> str:
    flags = " ".join(flag for flag in _FLAGS if getattr(message, flag))
    extra = len([r for r in message.extra if r.type != "OPT"]) + bool(message.size)
    edns = ";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: " \
        f"{message.size}\n" if message.size else ""  # fmt: skip
    local = message.name.rstrip(".").lower().endswith(".local")
    alone = message.rd and not message.ra
    return (
        f";; Got answer:\n{_LOCAL if local else ''};; ->>HEADER<<- opcode: QUERY, status: {message.rcode}, id: {message.id}\n"  # noqa: E501 - words
        f";; flags: {flags}; QUERY: 1, ANSWER: {len(message.answers)}, "
        f"AUTHORITY: {len(message.authority)}, ADDITIONAL: {extra}\n"
        f"{_NO_RECURSION if alone else ''}\n{edns}"
    )


def record_line(record: Record) -> str:
    """As in a zone file."""
    words = (fqdn(record.name), str(record.ttl), record.cls, record.type, record.data)
    return aligned(words, (24, 32, 40, 48)) + "\n"


def aligned(words: tuple[str, ...], stops: tuple[int, ...]) -> str:
    """Words at columns, by tabs; a word that is late for its column comes after a space."""
    line, column = words[0], len(words[0])
    for word, stop in zip(words[1:], stops, strict=True):
        late = column >= stop
        line += " " if late else "\t" * -(-(stop - column) // 8)
        column = (column + 1 if late else stop) + len(word)
        line += word
    return line


_HOST_WORDS = {"A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for",
               "PTR": "domain name pointer", "SRV": "has SRV record", "NS": "name server",
               "MX": "mail is handled by", "TXT": "descriptive text"}  # fmt: skip


async def host(process: Process) -> int:
    """`host [-t TYPE] NAME [SERVER]`."""
    words, types = _host_words(process.argv[1:])
    if not words:
        await process.err(
            "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n"
            "            [-R number] [-m flag] [-p port] hostname [server]\n"
        )
        return 1
    found, name = resolver(process), words[0]
    server = words[1] if len(words) > 1 else ""
    if server:
        await process.out(f"Using domain server:\nName: {server}\nAddress: {server}#53\n"
                          "Aliases: \n\n")  # fmt: skip
    for type in types or (["PTR"] if is_address(name) else ["A", "AAAA", "MX"]):
        reply = await _host_reply(found, name, type, server)
        if not await _host_answer(process, name, reply, type if types else ""):
            return 1
    return 0


def _host_words(argv: list[str]) -> tuple[list[str], list[str]]:
    """Words and types."""
    words, types, rest = [], [], list(argv)
    while rest:
        word = rest.pop(0)
        if word in ("-t", "-W", "-R", "-c") and rest:
            value = rest.pop(0)
            types += [value.upper()] if word == "-t" else []
        elif not word.startswith("-"):
            words.append(word)
    return words, types


async def _host_reply(found: Resolver, name: str, type: str, server: str) -> Reply:
    reply = Reply("NXDOMAIN", name)
    for one in [fqdn(reverse_name(name))] if is_address(name) else found.candidates(name):
        reply = await found.query(one, type, server)
        if reply.outcome != "NXDOMAIN":
            break
    return reply


async def _host_answer(process: Process, name: str, reply: Reply, wanted: str) -> bool:
    """Print it; says whether to go on. `wanted`: the type that was asked for by name."""
    asked = reverse_name(name) if is_address(name) else name
    if reply.message is None:
        await process.out(";; connection timed out; no servers could be reached\n")
        return False
    if reply.outcome not in ("NOERROR", "NODATA"):
        rcode = reply.message.rcode
        number = {"NXDOMAIN": 3, "SERVFAIL": 2, "REFUSED": 5}.get(rcode, 2)
        await process.out(f"Host {asked.rstrip('.')} not found: {number}({rcode})\n")
        return False
    if reply.outcome == "NODATA" and wanted:
        await process.out(f"{asked} has no {wanted} record\n")
    for record in reply.message.answers:
        text = f"{record.name.rstrip('.')} {_HOST_WORDS.get(record.type, record.type)}"
        shown = record.data.rstrip(".") if record.type in ("A", "AAAA") else record.data
        await process.out(f"{text} {shown}\n")
    return True


async def getent(process: Process) -> int:
    """`getent hosts|ahosts|ahostsv4|passwd|group [NAME]...`."""
    words = process.argv[1:]
    if not words:
        await process.err(
            "getent: wrong number of arguments\n"
            "Try `getent --help' or `getent --usage' for more information.\n"
        )
        return 1
    database, names = words[0], words[1:]
    if database in ("hosts", "ahosts", "ahostsv4", "ahostsv6"):
        return max([await _hosts(process, database, n) for n in names], default=0)
    path = {"passwd": "/etc/passwd", "group": "/etc/group"}.get(database)
    if path is None:
        await process.err(f"Unknown database: {database}\n")
        return 1
    lines = process.files.read(path).decode().splitlines()
    shown = [
        ln for ln in lines if not names or set(names) & set(ln.split(":")[:1] + ln.split(":")[2:3])
    ]
    await process.out("".join(f"{line}\n" for line in shown))
    return 0 if shown or not names else 2


async def _hosts(process: Process, database: str, name: str) -> int:
    found = resolver(process)
    try:
        if is_address(name):
            await process.out(f"{name:<15} {await found.name(name)}\n")
            return 0
        types = ("AAAA",) if database == "ahostsv6" else ("A",) if database == "ahostsv4" \
            else ("A", "AAAA")  # fmt: skip
        lines = await found.addresses(name, types)
    except ResolveError:
        return 2
    if database == "hosts":
        await process.out("".join(f"{a:<15} {name}\n" for a in lines))
        return 0
    for i, address in enumerate(lines):
        label = name if i == 0 else ""
        rows = (f"{address:<15} STREAM {label}", f"{address:<15} DGRAM", f"{address:<15} RAW")
        await process.out("".join(row.rstrip() + "\n" for row in rows))
    return 0
