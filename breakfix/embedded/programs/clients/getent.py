"""getent: entries of the databases hosts, passwd and group."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError, is_address
from breakfix.embedded.programs.sockets import resolver

_NOT_FOUND = 2
_TYPES = {"ahostsv4": ("A",), "ahostsv6": ("AAAA",)}
_BOTH = ("A", "AAAA")
_FILES = {"passwd": "/etc/passwd", "group": "/etc/group"}
_USAGE = (
    "getent: wrong number of arguments\n"
    "Try `getent --help' or `getent --usage' for more information.\n"
)


async def getent(process: Process) -> int:
    """`getent hosts|ahosts|ahostsv4|passwd|group [NAME]...`."""
    words = process.argv[1:]
    if not words:
        await process.err(_USAGE)
        return 1
    database, names = words[0], words[1:]
    if database in ("hosts", "ahosts", "ahostsv4", "ahostsv6"):
        return max([await _hosts(process, database, n) for n in names], default=0)
    if database in _FILES:
        return await _lines(process, _FILES[database], names)
    await process.err(f"Unknown database: {database}\n")
    return 1


async def _lines(process: Process, path: str, names: list[str]) -> int:
    """Lines of a file, by name or number."""
    lines = process.files.read(path).decode().splitlines()
    shown = [line for line in lines if not names or set(names) & _keys(line)]
    await process.out("".join(f"{line}\n" for line in shown))
    return 0 if shown or not names else _NOT_FOUND


def _keys(line: str) -> set[str]:
    """The first and the third field: name and number."""
    return set(line.split(":")[:3:2])


async def _hosts(process: Process, database: str, name: str) -> int:
    found = resolver(process)
    try:
        if is_address(name):
            await process.out(f"{name:<15} {await found.name(name)}\n")
            return 0
        lines = await found.addresses(name, _TYPES.get(database, _BOTH))
    except ResolveError:
        return _NOT_FOUND
    if database == "hosts":
        await process.out("".join(f"{a:<15} {name}\n" for a in lines))
    else:
        await process.out("".join(_sockets(a, name if i == 0 else "") for i, a in enumerate(lines)))
    return 0


def _sockets(address: str, label: str) -> str:
    """An address for each type of socket; the first of all has the name."""
    rows = (f"{address:<15} STREAM {label}", f"{address:<15} DGRAM", f"{address:<15} RAW")
    return "".join(row.rstrip() + "\n" for row in rows)
