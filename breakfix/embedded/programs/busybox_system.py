"""busybox's small applets about time, processes and the machine."""

from __future__ import annotations

import posixpath
import re
import signal
from datetime import UTC, datetime

from breakfix.embedded.clock import within
from breakfix.embedded.machine.process import search
from breakfix.embedded.machine.types import Process

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_KERNEL = "6.8.0"
NOT_FOUND = 127


async def true(process: Process) -> int:  # noqa: ARG001
    """`true`, `:` and what needs nothing done."""
    return 0


async def false(process: Process) -> int:  # noqa: ARG001
    """`false`."""
    return 1


async def clear(process: Process) -> int:
    """`clear`."""
    await process.out("\x1b[H\x1b[J")
    return 0


async def pause(process: Process) -> int:
    """Waits for ever."""
    while True:
        await process.host.clock.sleep(1e6)


def seconds(word: str) -> float:
    """A duration with its unit: "1.5m". Raises ValueError."""
    if word in ("infinity", "inf"):
        return float("inf")
    unit = _UNITS.get(word[-1:], 0)
    number = word[:-1] if unit else word
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", number):
        raise ValueError(word)
    return float(number) * (unit or 1)


async def sleep(process: Process) -> int:
    """`sleep N[smhd]...`."""
    words = process.argv[1:]
    if not words:
        await process.err(usage("sleep [N]...", (
            "Pause for a time equal to the total of the args given, where each arg can\n"
            "have an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays")))  # fmt: skip
        return 1
    total = 0.0
    for word in words:
        try:
            total += seconds(word)
        except ValueError:
            await process.err(f"sleep: invalid number '{word}'\n")
            return 1
    while total > 0:
        await process.host.clock.sleep(min(total, 1e6))
        total -= 1e6
    return 0


async def usleep(process: Process) -> int:
    """`usleep N`: microseconds."""
    await process.host.clock.sleep(int(process.argv[1]) / 1e6 if len(process.argv) > 1 else 0)
    return 0


def usage(line: str, text: str) -> str:
    """Busybox's help."""
    return (
        f"BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.\n\nUsage: {line}\n\n{text}\n"
    )


_GNU_LATE = 124


async def timeout(process: Process) -> int:
    """`timeout [-s SIG] [-k KILL] SECS PROG ARGS`."""
    words, number = process.argv[1:], int(signal.SIGTERM)
    while words and words[0].startswith("-"):
        if words[0] == "-s":
            number = _signal_number("".join(words[1:2])) or number
        words = words[2:] if words[0] in ("-s", "-k") else words[1:]
    try:
        limit = seconds(words[0])
    except (IndexError, ValueError):
        await process.err(usage("timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS", "Run PROG."))
        return 1
    try:
        return await within(process.host.clock, limit, run_child(process, words[1:]))
    except TimeoutError:
        return _late(process, number)


def _late(process: Process, number: int) -> int:
    """Busybox's has the child's pid, so that the signal ends it; GNU's says 124."""
    if not process.files.exists("/bin/busybox"):
        return _GNU_LATE if number != signal.SIGKILL else 128 + number
    running = process.container.pids.table.get(process.pid)  # type: ignore[attr-defined]
    if running is not None:
        running.killed = 128 + number
    return 128 + number


def _signal_number(word: str) -> int | None:
    from breakfix.embedded.programs.ps import signal_number

    return signal_number(word)


async def run_child(process: Process, argv: list[str]) -> int:
    """A program that this one runs; said where it cannot be."""
    assert process.run is not None  # noqa: S101 - every container's process has it
    code = await process.run(argv)
    if code in (126, NOT_FOUND) and argv:
        why = "No such file or directory" if code == NOT_FOUND else "Permission denied"
        if search(process.files, argv[0], process.cwd, process.env) is None:  # type: ignore[arg-type]
            name = posixpath.basename(process.argv[0])
            await process.err(f"{name}: can't execute '{argv[0]}': {why}\n")
    return code


async def nohup(process: Process) -> int:
    """`nohup PROG ARGS`."""
    return await run_child(process, process.argv[1:])


async def watch(process: Process) -> int:
    """`watch [-n SECS] PROG ARGS`: until it is stopped."""
    words, pause_, title = process.argv[1:], 2.0, True
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "-n":
            pause_ = max(seconds(words.pop(0)), 0.1)
        title = title and option != "-t"
    while True:
        now = process.host.clock.now()
        told, at = f"Every {pause_:.1f}s: {' '.join(words)}", f"{now:%Y-%m-%d %H:%M:%S}"
        width = process.window.columns if process.window and process.window.columns else 80
        head = f"{told:<{width - 1 - len(at)}}{at}\n\n"
        await process.out("\x1b[H\x1b[J" + (head if title else ""))
        await run_child(process, ["sh", "-c", " ".join(words)])
        await process.host.clock.sleep(pause_)


async def env(process: Process) -> int:
    """`env [-i] [-u NAME] [NAME=VALUE]... [PROG ARGS]`."""
    words, found = process.argv[1:], dict(process.env)
    while words:
        word = words[0]
        if word in ("-i", "-"):
            found = {}
        elif word == "-u" and len(words) > 1:
            found.pop(words.pop(1), None)
        elif "=" in word:
            name, _, value = word.partition("=")
            found[name] = value
        else:
            break
        words.pop(0)
    if not words:
        await process.out("".join(f"{k}={v}\n" for k, v in found.items()))
        return 0
    assert process.spawn is not None  # noqa: S101
    code = await process.spawn(words, env=found)
    if code == NOT_FOUND:
        await process.err(f"env: can't execute '{words[0]}': No such file or directory\n")
    return code


async def printenv(process: Process) -> int:
    """`printenv [NAME]...`."""
    names = process.argv[1:]
    if not names:
        await process.out("".join(f"{k}={v}\n" for k, v in process.env.items()))
        return 0
    await process.out("".join(f"{process.env[n]}\n" for n in names if n in process.env))
    return 0 if all(n in process.env for n in names) else 1


async def hostname(process: Process) -> int:
    """`hostname [-i|-f|-s|-d]`."""
    option = next((w for w in process.argv[1:] if w.startswith("-")), "")
    name = process.host.hostname
    if option in ("-i", "-I"):
        name = " ".join(process.host.space.addresses)
    elif option == "-s":
        name = name.split(".")[0]
    elif option == "-d":
        name = _full_name(process, name).partition(".")[2]
    elif option == "-f":
        name = _full_name(process, name)
    elif process.argv[1:] and not option:
        await process.err("hostname: sethostname: Operation not permitted\n")
        return 1
    await process.out(f"{name}\n" if name or option != "-d" else "")
    return 0


def _full_name(process: Process, name: str) -> str:
    """The first name on its line of /etc/hosts."""
    try:
        lines = process.files.read("/etc/hosts").decode(errors="replace").splitlines()
    except OSError:
        return name
    rows = (line.partition("#")[0].split()[1:] for line in lines)
    return next((row[0] for row in rows if name in row), name)


async def uname(process: Process) -> int:
    """`uname [-amnrspv]`."""
    parts = {"s": "Linux", "n": process.host.hostname, "r": _KERNEL,
             "v": "#1 SMP PREEMPT_DYNAMIC", "m": "x86_64", "o": "GNU/Linux"}  # fmt: skip
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-")) or "s"
    wanted = parts if "a" in letters else {k: v for k, v in parts.items() if k in letters}
    await process.out(" ".join(wanted.values()) + "\n")
    return 0


async def nproc(process: Process) -> int:
    """`nproc`: the node's cores; limits do not show here."""
    from breakfix.embedded.machine.metering import CORES

    await process.out(f"{CORES}\n")
    return 0


async def uptime(process: Process) -> int:
    """`uptime`."""
    clock = process.host.clock
    minutes = int(clock.monotonic()) // 60
    up = f"{minutes // 60:2d}:{minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
    await process.out(
        f" {clock.now():%H:%M:%S} up {up},  0 users,  load average: 0.08, 0.03, 0.01\n"
    )
    return 0


async def free(process: Process) -> int:
    """`free [-bkmgh]`: the node's memory."""
    option = next((w[1] for w in process.argv[1:] if w.startswith("-") and len(w) > 1), "k")
    text = process.files.read("/proc/meminfo").decode()
    rows = {k: int(v.split()[0]) << 10 for k, _, v in (r.partition(":") for r in text.splitlines())}
    unit = {"b": 0, "k": 10, "m": 20, "g": 30, "h": 0}.get(option, 10)
    shown = human_size if option == "h" else lambda size: str(int(size) >> unit)
    total, idle = rows["MemTotal"], rows["MemFree"]
    cache = rows["Buffers"] + rows["Cached"]
    cells = (total, total - idle - cache, idle, rows["Shmem"], cache, rows["MemAvailable"])
    await process.out(
        "              total        used        free      shared  buff/cache   available\n"
        "Mem:    " + "".join(f"{shown(c):>12}" for c in cells)[1:] + "\n"
        "Swap:   " + "".join(f"{0:12d}" for _ in range(3))[1:] + "\n"
    )  # fmt: skip
    return 0


_FORMATS = {"-R": "%a, %d %b %Y %H:%M:%S +0000", "-I": "%Y-%m-%d", "-Iseconds":
            "%Y-%m-%dT%H:%M:%S+00:00", "-Is": "%Y-%m-%dT%H:%M:%S+00:00"}  # fmt: skip


async def date(process: Process) -> int:
    """`date [-u] [-d TIME] [-I|-R] [+FORMAT]`: the cluster's time."""
    words, now = process.argv[1:], process.host.clock.now()
    shape = "%a %b %e %H:%M:%S UTC %Y"
    while words:
        word = words.pop(0)
        if word == "-d" and words:
            given = _moment(words.pop(0), now)
            if given is None:
                await process.err(
                    f"date: invalid date '{process.argv[process.argv.index('-d') + 1]}'\n"
                )
                return 1
            now = given
        elif word in _FORMATS:
            shape = _FORMATS[word]
        elif word.startswith("+"):
            shape = word[1:]
    shape = shape.replace("%s", str(int(now.timestamp()))).replace("%N", f"{now.microsecond}000")
    await process.out(now.strftime(shape) + "\n")
    return 0


def _moment(word: str, now: datetime) -> datetime | None:
    if word.startswith("@") and word[1:].isdigit():
        return datetime.fromtimestamp(int(word[1:]), UTC)
    if word == "now":
        return now
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def which(process: Process) -> int:
    """`which NAME...`."""
    code = 0
    for name in process.argv[1:]:
        path = search(process.files, name, process.cwd, process.env)  # type: ignore[arg-type]
        if path is None or not process.files.exists(path):
            code = 1
        else:
            await process.out(f"{path}\n")
    return code


def human_size(size: float) -> str:
    """As busybox's -h: 1.5K, 12.0M."""
    if size < 1024:  # noqa: PLR2004
        return str(int(size))
    for unit in "KMGT":
        size /= 1024
        if size < 1024:  # noqa: PLR2004
            return f"{size:.1f}{unit}"
    return f"{size:.1f}P"


async def mount(process: Process) -> int:
    """`mount`: the table; mounting is not permitted."""
    names = [w for n, w in enumerate(process.argv[1:], 1)
             if not w.startswith("-") and process.argv[n - 1] not in ("-t", "-o")]  # fmt: skip
    if len(names) > 1 and not process.files.exists(posixpath.join(process.cwd, names[-1])):
        why = "No such file or directory"
        await process.err(f"mount: mounting {names[0]} on {names[-1]} failed: {why}\n")
        return 255
    if len(process.argv) > 1:
        await process.err("mount: permission denied (are you root?)\n")
        return 1
    for line in process.files.read("/proc/mounts").decode().splitlines():
        source, path, kind, how, *_ = line.split()
        await process.out(f"{source} on {path} type {kind} ({how})\n")
    return 0


async def umount(process: Process) -> int:
    """`umount PATH`: not permitted."""
    for path in process.argv[1:]:
        there = process.files.exists(posixpath.join(process.cwd, path))
        why = "Operation not permitted" if there else "No such file or directory"
        await process.err(f"umount: can't unmount {path}: {why}\n")
    return 1


async def dmesg(process: Process) -> int:
    """`dmesg`: the kernel's words are not for containers."""
    await process.err("dmesg: klogctl: Operation not permitted\n")
    return 1
