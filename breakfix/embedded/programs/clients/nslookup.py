"""nslookup: busybox 1.37's form, and BIND's where the image is not busybox."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import reverse_name
from breakfix.embedded.network.dns_records import Record
from breakfix.embedded.network.resolving import Reply, ResolveError, Resolver, is_address
from breakfix.embedded.programs.busybox.words import usage
from breakfix.embedded.programs.sockets import addresses, resolver

_USAGE = usage(
    "nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]",
    "Query DNS about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any",
)
_TIMEOUT = 5.0  # s for all that it asks
_TYPES = ("soa", "ns", "a", "aaaa", "cname", "mx", "txt", "ptr", "srv", "any")


async def nslookup(process: Process) -> int:
    """`nslookup [-type=TYPE] HOST [SERVER]`."""
    words, types = _read(process.argv[1:])
    if not words:
        await process.err(_USAGE)
        return 1
    if bad := next((t for t in types if t not in _TYPES), None):
        await process.err(f'nslookup: invalid query type "{bad}"\n')
        return 1
    server = words[1] if len(words) > 1 else ""
    if server and not is_address(server):
        try:
            server = (await addresses(process, server))[0]
        except ResolveError:
            await process.err(f"nslookup: bad address '{server}'\n")
            return 1
    kind = _Bind if _has_bind(process) else _Busybox
    return await kind(process, resolver(process)).run(words[0], types, server)


def _has_bind(process: Process) -> bool:
    """BIND's tools come together, and put theirs in the place of busybox's."""
    exists = process.files.exists
    return exists("/usr/bin/dig") or not exists("/bin/busybox")


def _read(argv: list[str]) -> tuple[list[str], list[str]]:
    """Words and types."""
    words, types = [], []
    for word in argv:
        name, _, value = word.partition("=")
        if name in ("-type", "-t", "-q", "-querytype", "-query") and value:
            types.append(value.lower())
        elif not word.startswith("-"):
            words.append(word)
    return words, types


class _Asking:
    def __init__(self, process: Process, found: Resolver) -> None:
        self.process, self.resolver = process, found

    async def run(self, name: str, types: list[str], server: str) -> int:
        raise NotImplementedError


class _Busybox(_Asking):
    async def run(self, name: str, types: list[str], server: str) -> int:
        """All names of the search list are asked for at once, for each type."""
        replies: list[Reply] = []
        refused: list[str] = []
        for type, candidates in self._questions(name, types):
            for candidate in candidates:
                where = server or self.resolver.settings.servers[0]
                reply = await self.resolver.ask(where, candidate, type, _TIMEOUT)
                if reply.outcome == "UNREACHABLE":
                    refused.append(reply.server)
                replies.append(reply)
                if reply.outcome in ("TIMEOUT", "UNREACHABLE"):
                    return await self._silent(refused)
        if any(r.outcome in ("TIMEOUT", "UNREACHABLE") for r in replies):
            return await self._silent(refused)
        where = server or self.resolver.settings.servers[0]
        shown = f"[{where}]" if ":" in where else where
        await self.process.out(f"Server:\t\t{where}\nAddress:\t{shown}:53\n\n")
        return await self._print(replies)

    async def _silent(self, refused: list[str]) -> int:
        await self.process.out(";; connection timed out; no servers could be reached\n\n")
        for one in refused[:1]:
            await self.process.err(f"nslookup: write to '{one}': Connection refused\n")
        return 1

    def _questions(self, name: str, types: list[str]) -> list[tuple[str, list[str]]]:
        if is_address(name) and not types:
            return [("PTR", [reverse_name(name)])]
        bare = name.rstrip(".") + "."
        search = [f"{bare}{d}." for d in self.resolver.settings.search]
        names = [bare] if name.endswith(".") else search if "." not in name else [bare]
        return [(t.upper(), names or [bare]) for t in (types or ["a", "aaaa"])]

    async def _print(self, replies: list[Reply]) -> int:
        """Each answer as it came; exit code 1 where any name is not there."""
        code = 0
        for reply in replies:
            if reply.outcome not in ("NOERROR", "NODATA"):
                code = 1
                name = reply.name.rstrip(".")
                words = reply.message.rcode if reply.message else reply.outcome
                await self.process.out(f"** server can't find {name}: {words}\n\n")
                continue
            records = reply.message.answers if reply.message else []
            await self.process.out("".join(busybox_line(r) for r in records) + "\n")
        return code


_LINES = {
    "A": "Name:\t{name}\nAddress: {data}\n", "AAAA": "Name:\t{name}\nAddress: {data}\n",
    "NS": "{name}\tnameserver = {data}\n", "CNAME": "{name}\tcanonical name = {data}\n",
    "PTR": "{name}\tname = {data}\n", "MX": "{name}\tmail exchanger = {data}\n",
    "TXT": "{name}\ttext = {whole}\n", "SRV": "{name}\tservice = {data}\n",
}  # fmt: skip


def busybox_line(record: Record) -> str:
    """One record."""
    name, data = record.name.rstrip("."), record.data.rstrip(".")
    if record.type == "SOA":
        return _soa(name, record.data)
    form = _LINES.get(record.type, "{name}\t{type}\t{data}\n")
    return form.format(name=name, type=record.type, data=data, whole=record.data)


def _soa(name: str, data: str) -> str:
    parts = data.split()
    labels = ("serial", "refresh", "retry", "expire", "minimum")
    numbers = "".join(f"\t{n} = {v}\n" for n, v in zip(labels, parts[2:], strict=False))
    return (f"{name}\n\torigin = {parts[0].rstrip('.')}\n\tmail addr = {parts[1].rstrip('.')}\n"
            f"{numbers}")  # fmt: skip


class _Bind(_Asking):
    """dnsutils' nslookup."""

    async def run(self, name: str, types: list[str], server: str) -> int:
        """The second type is asked for the very name that had an answer."""
        reverse = is_address(name)
        kinds = [t.upper() for t in types] or (["PTR"] if reverse else ["A", "AAAA"])
        asked = [reverse_name(name)] if reverse else list(self.resolver.candidates(name))
        found = False
        for number, kind in enumerate(kinds):
            reply = await self._ask(asked, kind, server)
            if reply.message is None:
                await self._silent(reply)
                return 1
            if not number and not reverse:
                await self.process.out(
                    f"Server:\t\t{reply.server}\nAddress:\t{reply.server}#53\n\n"
                )
            if reply.outcome not in ("NOERROR", "NODATA"):
                shown = reply.name.rstrip(".") if reverse else name
                await self.process.out(f"** server can't find {shown}: {reply.message.rcode}\n\n")
                return 1
            found = await self._print(reply, again=bool(number)) or found
            asked = [reply.name]
        await self.process.out("\n" if found else f"*** Can't find {name}: No answer\n\n")
        return 0

    async def _silent(self, reply: Reply) -> None:
        words = "connection refused" if reply.outcome == "UNREACHABLE" else "timed out"
        line = f";; communications error to {reply.server}#53: {words}\n"
        await self.process.out(line * 3 + ";; no servers could be reached\n\n")

    async def _ask(self, names: list[str], kind: str, server: str) -> Reply:
        """The first name that is there; what is odd about an answer is said on the way."""
        reply = Reply("NXDOMAIN", names[0])
        for name in names:
            reply = await self.resolver.query(name, kind, server)
            if reply.message is not None and reply.message.rcode == "SERVFAIL":
                await self.process.out(f";; Got SERVFAIL reply from {reply.server}\n")
            elif reply.message is not None and not reply.message.ra:
                await self.process.out(f";; Got recursion not available from {reply.server}\n")
            if reply.outcome != "NXDOMAIN":
                break
        return reply

    async def _print(self, reply: Reply, again: bool) -> bool:
        """Its records; were there any?"""
        records = reply.message.answers if reply.message else []
        shown = [r for r in records if not (again and r.type == "CNAME")]
        await self.process.out("".join(bind_line(r) for r in shown))
        return bool(shown)


def bind_line(record: Record) -> str:
    """One record: names that are data keep their dot."""
    if record.type in ("PTR", "CNAME", "NS", "SRV", "MX"):
        name = record.name.rstrip(".")
        return _LINES[record.type].format(name=name, data=record.data)
    return busybox_line(record)
