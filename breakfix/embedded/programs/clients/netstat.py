"""netstat and ss: the ports that are listened on."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.route import routing_table
from breakfix.embedded.programs.clients.services import service_name
from breakfix.embedded.programs.sockets import ANY

_HEAD = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n"
_LOCAL, _PEER = 4, 6  # columns of ss
_UNIX_HEAD = "Proto RefCnt Flags       Type       State         I-Node Path\n"


async def netstat(process: Process) -> int:
    """`netstat [-tulnar]`."""
    letters = _letters(process)
    if bad := next((c for c in letters if c not in "raltuwxenp"), ""):
        await process.err(f"netstat: invalid option -- '{bad}'\n")
        return 1
    if "r" in letters:
        columns = "Flags   MSS Window  irtt Iface"
        await process.out(routing_table(process, "n" in letters, columns, "    0 0          0"))
        return 0
    only = "only servers" if "l" in letters else \
        "servers and established" if "a" in letters else "w/o servers"  # fmt: skip
    text = f"Active Internet connections ({only})\n{_HEAD}"
    for kind, address, port in _listening(process, letters):
        here, state = f"{address}:{port}", "LISTEN" if kind == "tcp" else ""
        text += f"{kind}        0      0 {here:<23s} {'0.0.0.0:*':<23s} {state:<11s} \n"
    if not set("tuw") & set(letters):
        text += f"Active UNIX domain sockets ({only})\n{_UNIX_HEAD}"
    await process.out(text)
    return 0


async def ss(process: Process) -> int:
    """`ss -tuln`."""
    letters = _letters(process)
    rows = [("Netid", "State", "Recv-Q", "Send-Q", "Local Address", "Port", "Peer Address", "Port")]
    for kind, address, port in reversed(_listening(process, letters)):
        name = service_name(port)
        shown = str(port) if "n" in letters or name == "*" else name
        state, backlog = ("LISTEN", "511") if kind == "tcp" else ("UNCONN", "0")
        rows.append((kind, state, "0", backlog, address, shown, ANY, "*"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    both = len(_kinds(letters)) > 1
    lines = [_ss_line(row, widths, both) for row in rows]
    await process.out("".join(line + end for line, end in zip(lines, _ss_ends(lines), strict=True)))
    return 0


def _ss_line(row: tuple[str, ...], widths: list[int], both: bool) -> str:
    """Addresses stand to the right, before their ports. `both`: with the kind."""
    found = [f"{word:<{width}s}" for word, width in zip(row, widths, strict=True)]
    for at in (_LOCAL, _PEER):
        found[at : at + 2] = [f"{row[at]:>{widths[at]}s}:{found[at + 1]}", ""]
    return " ".join(word for word in found[0 if both else 1 :] if word)


def _ss_ends(lines: list[str]) -> list[str]:
    """The column of processes has no space before it."""
    return ["Process\n", *("       \n" for _ in lines[1:])]


def _letters(process: Process) -> str:
    return "".join(w[1:] for w in process.argv[1:] if w.startswith("-"))


def _kinds(letters: str) -> list[str]:
    return [k for k, c in (("tcp", "t"), ("udp", "u")) if c in letters] or ["tcp", "udp"]


def _listening(process: Process, letters: str) -> list[tuple[str, str, int]]:
    """Kind, address and port of each, as far as the options ask for them."""
    if not set("la") & set(letters):
        return []
    found = sorted((str(t).lower(), a, p) for t, a, p in process.host.space.listeners)
    return [one for one in found if one[0] in _kinds(letters)]
