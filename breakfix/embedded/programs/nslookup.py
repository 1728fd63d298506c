"""nslookup: busybox 1.37's form, and BIND's where the image is not busybox."""

from __future__ import annotations

from ipaddress import ip_address

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.dns_messages import reverse_name
from breakfix.embedded.network.dns_records import Record
from breakfix.embedded.network.resolving import Reply, ResolveError, Resolver
from breakfix.embedded.programs.busybox_system import usage
from breakfix.embedded.programs.sockets import addresses, resolver

_USAGE = usage(
    "nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]",
    "Query DNS about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any",
)
_TIMEOUT = 5.0  # s for all that it asks
_TYPES = ("soa", "ns", "a", "aaaa", "cname", "mx", "txt", "ptr", "srv", "any")


def is_address(text: str) -> bool:
    """Is it an IP address?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


async def nslookup(process: Process) -> int:  # noqa: C901 - flat cases
    """`nslookup [-type=TYPE] HOST [SERVER]`."""
    words, types = [], []
    for word in process.argv[1:]:
        name, _, value = word.partition("=")
        if name in ("-type", "-t", "-q", "-querytype", "-query") and value:
            types.append(value.lower())
        elif not word.startswith("-"):
            words.append(word)
    if not words:
        await process.err(_USAGE)
        return 1
    if bad := next((t for t in types if t not in _TYPES), None):
        await process.err(f'nslookup: invalid query type "{bad}"\n{_USAGE}')
        return 1
    server = words[1] if len(words) > 1 else ""
    if server and not is_address(server):
        try:
            server = (await addresses(process, server))[0]
        except ResolveError:
            await process.err(f"nslookup: bad address '{server}'\n")
            return 1
    if process.files.exists("/bin/busybox"):
        return await _Busybox(process, resolver(process)).run(words[0], types, server)
    return await _Bind(process, resolver(process)).run(words[0], types, server)


class _Busybox:
    def __init__(self, process: Process, found: Resolver) -> None:
        self.process, self.resolver = process, found

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


def busybox_line(record: Record) -> str:  # noqa: C901 - flat cases
    """One record."""
    name, data = record.name.rstrip("."), record.data.rstrip(".")
    match record.type:
        case "A" | "AAAA":
            return f"Name:\t{name}\nAddress: {data}\n"
        case "NS":
            return f"{name}\tnameserver = {data}\n"
        case "CNAME":
            return f"{name}\tcanonical name = {data}\n"
        case "PTR":
            return f"{name}\tname = {data}\n"
        case "MX":
            return f"{name}\tmail exchanger = {data}\n"
        case "TXT":
            return f"{name}\ttext = {record.data}\n"
        case "SRV":
            return f"{name}\tservice = {data}\n"
        case "SOA":
            return _soa(name, record.data)
    return f"{name}\t{record.type}\t{data}\n"


def _soa(name: str, data: str) -> str:
    parts = data.split()
    labels = ("serial", "refresh", "retry", "expire", "minimum")
    numbers = "".join(f"\t{n} = {v}\n" for n, v in zip(labels, parts[2:], strict=False))
    return (f"{name}\n\torigin = {parts[0].rstrip('.')}\n\tmail addr = {parts[1].rstrip('.')}\n"
            f"{numbers}")  # fmt: skip


class _Bind:
    """dnsutils' nslookup."""

    def __init__(self, process: Process, found: Resolver) -> None:
        self.process, self.resolver = process, found

    async def run(self, name: str, types: list[str], server: str) -> int:
        where = server or self.resolver.settings.servers[0]
        replies = []
        for type in [t.upper() for t in types] or (["PTR"] if is_address(name) else ["A", "AAAA"]):
            reply = await self._ask(reverse_name(name) if is_address(name) else name, type, server)
            replies.append(reply)
            if reply.outcome in ("TIMEOUT", "UNREACHABLE"):
                await self._silent(reply)
                return 1
            if reply.outcome not in ("NOERROR", "NODATA"):
                break
        ptr = is_address(name)
        if not ptr:
            await self.process.out(f"Server:\t\t{where}\nAddress:\t{where}#53\n\n")
        return await self._print(name, replies)

    async def _silent(self, reply: Reply) -> None:
        if reply.outcome == "UNREACHABLE":
            line = f";; communications error to {reply.server}#53: connection refused\n"
        else:
            line = f";; communications error to {reply.server}#53: timed out\n"
        await self.process.out(line * 3 + ";; no servers could be reached\n\n\n")

    async def _ask(self, name: str, type: str, server: str) -> Reply:
        reply = Reply("NXDOMAIN", name)
        for candidate in self.resolver.candidates(name):
            reply = await self.resolver.query(candidate, type, server)
            if reply.outcome != "NXDOMAIN":
                return reply
        return reply

    async def _print(self, name: str, replies: list[Reply]) -> int:
        code = 0
        for i, reply in enumerate(replies):
            if reply.outcome not in ("NOERROR", "NODATA"):
                shown = reply.name.rstrip(".") if is_address(name) else name
                words = reply.message.rcode if reply.message else reply.outcome
                await self.process.out(f"** server can't find {shown}: {words}\n\n")
                return 1
            records = reply.message.answers if reply.message else []
            lines = "".join(
                busybox_line(r).replace("\tname = ", "\tname = ") for r in records
                if not (i and r.type == "CNAME")
            )  # fmt: skip
            if not records and not i and len(replies) == 1:
                lines = f"*** Can't find {name}: No answer\n"
            await self.process.out(lines)
        await self.process.out("\n")
        return code
