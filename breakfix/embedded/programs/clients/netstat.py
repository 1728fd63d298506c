"""netstat and ss: the ports that are listened on."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.route import routing_table
from breakfix.embedded.programs.clients.services import service_name

_HEAD = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n"
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
    """`ss -tlnp`."""
    letters = _letters(process)
    both = len(_kinds(letters)) > 1
    text = (
        ("Netid " if both else "")
        + "State  Recv-Q Send-Q Local Address:Port  Peer Address:Port"
        + ("Process" if "p" in letters else "")
        + "\n"
    )
    for kind, address, port in _listening(process, letters):
        state = "LISTEN" if kind == "tcp" else "UNCONN"
        name = service_name(port)
        here = f"{address}:{port if 'n' in letters or name == '*' else name}"
        text += (f"{kind:<6s}" if both else "") + f"{state:<6s} 0      511  {here:>18s}  " \
            f"{'0.0.0.0:*':>16s}\n"  # fmt: skip
    await process.out(text)
    return 0


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
