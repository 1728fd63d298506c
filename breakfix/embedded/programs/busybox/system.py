"""Small applets about processes and the machine."""

from __future__ import annotations

import posixpath

from breakfix.embedded.machine.process import search
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import NOT_FOUND, human_size, run_child

_KERNEL = "6.8.0"


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


async def nohup(process: Process) -> int:
    """`nohup PROG ARGS`."""
    return await run_child(process, process.argv[1:])


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
