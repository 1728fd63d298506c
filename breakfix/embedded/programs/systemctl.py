"""`systemctl` and `journalctl`, for who has the node's own files as root (`chroot /host`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from breakfix.embedded.machine.services import Line, Services, Unit
from breakfix.embedded.machine.types import Process

BOOTED = "/run/systemd/system"  # where systemd is the first process
INACTIVE, UNKNOWN, NOT_LOADED = 3, 4, 5
_NO_BUS = """System has not been booted with systemd as init system (PID 1). Can't operate.
Failed to connect to bus: Host is down
"""
_FAILED = "Failed to {verb} {name}: "


async def systemctl(process: Process) -> int:
    """`systemctl [start|stop|restart|status|is-active|is-enabled|list-units] [UNIT ...]`."""
    services = _services(process)
    if services is None:
        await process.err(_NO_BUS)
        return 1
    words = [w for w in process.argv[1:] if not w.startswith("-")]
    verb, names = (words[0] if words else "list-units"), words[1:]
    if verb == "list-units":
        await process.out(_listed(services))
        return 0
    if verb == "daemon-reload":
        return 0
    work = _VERBS.get(verb)
    if work is None:
        await process.err(f"Unknown command verb {verb}.\n")
        return 1
    if not names and verb != "status":
        await process.err("Too few arguments.\n")
        return 1
    code = 0
    for name in names or list(services.units):
        code = await work(process, services, name) or code
    return code


async def journalctl(process: Process) -> int:
    """`journalctl [-u UNIT] [-n LINES] [-f] [-r]`; the whole journal where nothing is said."""
    services = _services(process)
    if services is None:
        await process.out("No journal files were found.\n-- No entries --\n")
        return 0
    options = _options(process.argv[1:])
    lines = [line for line in services.journal if _is_of(line, options.get("u"))]
    count = options.get("n") or ("10" if "f" in options else "")
    if count.isdecimal():
        lines = lines[len(lines) - min(int(count), len(lines)) :]
    shown = reversed(lines) if "r" in options else lines
    text = "".join(f"{_line(services, line)}\n" for line in shown)
    await process.out(text or "-- No entries --\n")
    if "f" in options:
        await _follow(process, services, options.get("u"))
    return 0


async def _follow(process: Process, services: Services, unit: str | None) -> None:
    last = services.journal[-1] if services.journal else None
    while True:
        await process.host.clock.sleep(0.5)
        lines = list(services.journal)
        start = lines.index(last) + 1 if last in lines else 0
        for line in lines[start:]:
            if _is_of(line, unit):
                await process.out(f"{_line(services, line)}\n")
        last = lines[-1] if lines else None


def _options(words: list[str]) -> dict[str, str]:
    """Options by their letter; those with a value have it."""
    names = {"--unit": "u", "--lines": "n", "--follow": "f", "--reverse": "r"}
    found: dict[str, str] = {}
    waiting = ""
    for word in words:
        if waiting:
            found[waiting], waiting = word, ""
            continue
        name, _, value = word.partition("=")
        letter = names.get(name, word[1:2] if word.startswith("-") and word[1:2] != "-" else "")
        rest = value if name in names else word[2:]
        if letter in ("u", "n") and not rest:
            waiting = letter
        elif letter:
            found[letter] = rest
    return found


def _services(process: Process) -> Services | None:
    """Those of the node, where the process has the node's root."""
    found = process.host.services
    there = isinstance(found, Services) and process.files.exists(BOOTED)
    return found if there and isinstance(found, Services) else None


# -- the verbs -----------------------------------------------------------------------------------


async def _change(process: Process, services: Services, name: str) -> int:
    verb = next(w for w in process.argv[1:] if not w.startswith("-"))
    unit = services.named(name)
    full = name if name.endswith(".service") else f"{name}.service"
    if unit is None:
        await process.err(
            f"{_FAILED.format(verb=verb, name=full)}Unit {full} not {_lacks(verb)}.\n"
        )
        return NOT_LOADED
    if unit.stop is None:
        why = "Operation refused, this cluster cannot do without it."
        await process.err(_FAILED.format(verb=verb, name=full) + why + "\n")
        return 1
    if verb in ("stop", "restart"):
        await services.stop(unit)
    if verb in ("start", "restart"):
        await services.start(unit)
    return 0


def _lacks(verb: str) -> str:
    return "loaded" if verb == "stop" else "found"


async def _status(process: Process, services: Services, name: str) -> int:
    unit = services.named(name)
    if unit is None:
        full = name if name.endswith(".service") else f"{name}.service"
        await process.err(f"Unit {full} could not be found.\n")
        return UNKNOWN
    await process.out("\n".join(_told(services, unit)) + "\n")
    return 0 if unit.active else INACTIVE


async def _is_active(process: Process, services: Services, name: str) -> int:
    unit = services.named(name)
    active = unit is not None and unit.active
    await process.out("active\n" if active else "inactive\n")
    return 0 if active else INACTIVE


async def _is_enabled(process: Process, services: Services, name: str) -> int:
    if services.named(name) is None:
        text = "Failed to get unit file state for {0}: No such file or directory\n"
        await process.err(text.format(name if name.endswith(".service") else f"{name}.service"))
        return 1
    await process.out("enabled\n")
    return 0


_VERBS: dict[str, Callable[[Process, Services, str], Awaitable[int]]] = {
    "start": _change, "stop": _change, "restart": _change, "status": _status,
    "is-active": _is_active, "is-enabled": _is_enabled,
}  # fmt: skip


# -- what is printed -----------------------------------------------------------------------------


def _told(services: Services, unit: Unit) -> Iterator[str]:
    assert unit.since is not None  # noqa: S101 - it was added
    ago = _ago((services.clock.now() - unit.since).total_seconds())
    state = "active (running)" if unit.active else "inactive (dead)"
    yield f"{'●' if unit.active else '○'} {unit.name} - {unit.about}"
    yield f"     Loaded: loaded (/etc/systemd/system/{unit.name}; enabled; preset: enabled)"
    yield f"     Active: {state} since {unit.since:%a %Y-%m-%d %H:%M:%S} UTC; {ago} ago"
    short = unit.name.removesuffix(".service")
    if unit.active:
        yield f"   Main PID: {unit.pid} ({short})"
    else:
        program = unit.command
        yield f"    Process: {unit.pid} ExecStart={program} (code=exited, status=0/SUCCESS)"
        yield f"   Main PID: {unit.pid} (code=exited, status=0/SUCCESS)"
    yield ""
    lines = [line for line in services.journal if line.unit == unit.name]
    yield from (_line(services, line) for line in lines[-10:])


def _ago(seconds: float) -> str:
    """`5s`, `10min`, `2h 3min`."""
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{whole}s"
    minutes = whole // 60
    hours, rest = divmod(minutes, 60)
    return f"{hours}h {rest}min" if hours else f"{minutes}min"


def _line(services: Services, line: Line) -> str:
    return f"{line.at:%b %d %H:%M:%S} {services.node} systemd[1]: {line.text}"


def _is_of(line: Line, unit: str | None) -> bool:
    return not unit or line.unit == (unit if unit.endswith(".service") else f"{unit}.service")


def _listed(services: Services) -> str:
    width = max(len(name) for name in services.units)
    rows = [f"  {'UNIT':<{width}} LOAD   ACTIVE   SUB     DESCRIPTION"]
    for unit in sorted(services.units.values(), key=lambda u: u.name):
        state = "active   running" if unit.active else "inactive dead   "
        rows.append(f"  {unit.name:<{width}} loaded {state} {unit.about}")
    return "\n".join([*rows, "", f"{len(services.units)} loaded units listed.", ""])
