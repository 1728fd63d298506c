"""route, and the kernel's routing table as it and netstat -r show it."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.interface import gateway, subnet

_HEAD = "Kernel IP routing table\nDestination     Gateway         Genmask         "


async def route(process: Process) -> int:
    """`route [-n]`."""
    numeric = any(w.startswith("-") and "n" in w for w in process.argv[1:])
    columns = "Flags Metric Ref    Use Iface"
    await process.out(routing_table(process, numeric, columns, "0      0        0"))
    return 0


def routing_table(process: Process, numeric: bool, columns: str, values: str) -> str:
    """With these columns after the mask. Addresses that say nothing have names unless `numeric`."""
    net, via, any_ = subnet(process), gateway(process), "0.0.0.0"  # noqa: S104 - a route
    rows = [(any_ if numeric else "default", via, any_, "UG"),
            (f"{net}.0", via, "255.255.255.0", "UG"),
            (via, any_ if numeric else "*", "255.255.255.255", "UH")]  # fmt: skip
    lines = (f"{d:<16s}{g:<16s}{m:<16s}{f:<5s} {values} eth0\n" for d, g, m, f in rows)
    return f"{_HEAD}{columns}\n{''.join(lines)}"
