"""`ps`, `top`, `pgrep`, `pidof`, `pkill` and `kill`, as busybox has them."""

from __future__ import annotations

import posixpath
import re
import signal
from collections.abc import Callable
from typing import Any

from breakfix.embedded.machine.shell.words import Words
from breakfix.embedded.machine.types import Files, Output, Process
from breakfix.embedded.machine.users import user_name

OWN_JOBS, ITSELF = 199, 200  # what the shell's `kill` is told
_FIRST_JOB = 1000  # the shell library numbers its jobs from here
_NAMES = {s.name[3:]: int(s) for s in signal.Signals} if hasattr(signal, "SIGKILL") else {}
_NAMES |= {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15,
           "CONT": 18, "STOP": 19, "EXIT": 0}  # fmt: skip


def command_line(process: Process) -> str:
    """As ps shows it."""
    return process.title or " ".join(process.argv)


async def ps(process: Process) -> int:
    """`ps [-o COL,...]`; other options change nothing in busybox."""
    words = process.argv[1:]
    columns = "pid,user,time,args"
    for number, word in enumerate(words):
        if word.startswith("-o"):
            columns = word[2:] or (words[number + 1] if number + 1 < len(words) else "")
    if columns != "pid,user,time,args":
        return await _columns(process, columns.split(","))
    await process.out("PID   USER     TIME  COMMAND\n")
    for other in process.siblings():
        name = user_name(process.files, other.who.uid)[:8]
        await process.out(f"{other.pid:5d} {name:<8} {'0:00':>5} {command_line(other)}\n")
    return 0


_VALUES: dict[str, tuple[int, Callable[[Process, Files], str]]] = {
    "pid": (5, lambda p, _: str(p.pid)), "ppid": (5, lambda p, _: str(p.parent)),
    "user": (8, lambda p, f: user_name(f, p.who.uid)),
    "uid": (5, lambda p, _: str(p.who.uid)),
    "comm": (16, lambda p, _: posixpath.basename(p.argv[0])[:15]),
    "args": (27, lambda p, _: command_line(p)), "time": (5, lambda *_: "0:00"),
    "stat": (4, lambda *_: "S"), "rss": (4, lambda p, _: str(p.memory >> 10)),
    "vsz": (6, lambda p, _: str(p.memory >> 10)), "etime": (7, lambda *_: "0:00"),
}  # fmt: skip


async def _columns(process: Process, columns: list[str]) -> int:
    for column in columns:
        if column.partition("=")[0] not in _VALUES:
            await process.err(f"ps: bad -o argument '{column}', supported arguments:"
                              f" {','.join(sorted(_VALUES))}\n")  # fmt: skip
            return 1
    known = [_VALUES[c.partition("=")[0]] for c in columns]
    heads = [c.partition("=")[2] if "=" in c else "COMMAND" if c in ("args", "comm") else c.upper()
             for c in columns]  # fmt: skip
    rows = [heads] if any(heads) else []
    rows += [[v(p, process.files) for _, v in known] for p in process.siblings()]
    for row in rows:
        cells = [f"{c:<{w}}" for c, (w, _) in zip(row, known, strict=True)]
        await process.out(" ".join(cells).rstrip() + "\n")
    return 0


async def top(process: Process) -> int:
    """`top [-b] [-n COUNT] [-d SECS]`."""
    words = process.argv[1:]
    text = " ".join(words)
    found = re.search(r"-\w*n\s*(\d+)", text)
    count = int(found.group(1)) if found else 0
    delay = re.search(r"-d\s*([\d.]+)", text)
    clear = "" if "b" in "".join(w for w in words if w.startswith("-")) else "\x1b[H\x1b[J"
    shown = 0
    while True:
        await process.out(clear + _screen(process))
        shown += 1
        if count and shown >= count:
            return 0
        await process.host.clock.sleep(float(delay.group(1)) if delay else 5.0)


def _screen(process: Process) -> str:
    total = sum(p.memory for p in process.siblings()) >> 10
    lines = [
        f"Mem: {2_000_000 + total}K used, {6_388_608 - total}K free, 16384K shrd, 178860K buff,"
        " 2097152K cached",
        "CPU:   2% usr   1% sys   0% nic  97% idle   0% io   0% irq   0% sirq",
        f"Load average: 0.08 0.03 0.01 1/{len(process.siblings())} {process.pid}",
        "  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND",
    ]
    for p in process.siblings():
        state = "R" if p is process else "S"
        user = user_name(process.files, p.who.uid)[:8]
        lines.append(f"{p.pid:5d} {p.parent:5d} {user:<8} {state:<4} {p.memory >> 10:5d}   0%   0%"
                     f" {command_line(p)}")  # fmt: skip
    return "\n".join(lines) + "\n"


def _matching(process: Process, words: list[str]) -> list[Process]:
    full = any("f" in w for w in words if w.startswith("-"))
    names = [w for w in words if not w.startswith("-")]
    pattern = re.compile(names[0]) if names else re.compile("")
    exact = any("x" in w for w in words if w.startswith("-"))
    found = []
    for p in process.siblings():
        text = command_line(p) if full else posixpath.basename(p.argv[0])
        hit = pattern.fullmatch(text) if exact else pattern.search(text)
        if hit and p.pid != process.pid:
            found.append(p)
    return found


async def pgrep(process: Process) -> int:
    """`pgrep`, `pkill` and `killall`."""
    name = posixpath.basename(process.argv[0])
    words = process.argv[1:]
    number = 15
    if name != "pgrep" and words and words[0].startswith("-"):
        given = signal_number(words[0][1:])
        if given is not None:
            number, words = given, words[1:]
    found = _matching(process, words)
    if name == "pgrep":
        long = any(w in ("-l", "-a") for w in words)
        await process.out("".join(
            f"{p.pid} {command_line(p)}\n" if long else f"{p.pid}\n" for p in found))  # fmt: skip
    elif not found and name == "killall":
        await process.err("".join(f"killall: {w}: no process killed\n" for w in words))
    else:
        assert process.kill is not None  # noqa: S101
        for p in found:
            process.kill(p.pid, number)
    return 0 if found else 1


async def pidof(process: Process) -> int:
    """`pidof NAME...`."""
    names = process.argv[1:]
    found = [str(p.pid) for p in process.siblings() if posixpath.basename(p.argv[0]) in names]
    if found:
        await process.out(" ".join(reversed(found)) + "\n")
    return 0 if found else 1


def signal_number(word: str) -> int | None:
    """Of "9", "KILL" or "SIGKILL"."""
    if word.isdigit():
        return int(word) if int(word) < 65 else None  # noqa: PLR2004
    return _NAMES.get(word.upper().removeprefix("SIG"))


async def kill(process: Process) -> int:
    """`kill [-SIGNAL] PID...` as a program."""
    code = await kill_words(process, process.argv[1:], None, process.stdout, process.stderr)
    return 1 if code == OWN_JOBS else code


async def kill_words(
    process: Process, words: list[str], shell: Words | None, out: Output, err: Output | Any
) -> int:
    """Both the program and the shell's own: OWN_JOBS and ITSELF + n are for the shell."""
    number, rest = 15, list(words)
    name = shell.name if shell else "kill"
    if rest[:1] == ["-l"]:
        return await _tell_signals(rest[1:], out, err, name)
    if rest and rest[0] == "-s":
        rest = [f"-{rest[1]}" if len(rest) > 1 else "-", *rest[2:]]
    if rest and rest[0].startswith("-") and rest[0] != "--":
        given = signal_number(rest.pop(0)[1:])
        if given is None:
            await err.write(f"{name}: bad signal name '{words[0][1:]}'\n".encode())
            return 1
        number = given
    return await _all(process, [w for w in rest if w != "--"], number, shell, err, name)


async def _all(
    process: Process, words: list[str], number: int, shell: Words | None, err: Any, name: str
) -> int:
    if not words:
        await err.write(f"{name}: you need to specify whom to kill\n".encode())
        return 1
    code = 0
    for word in words:
        if word.startswith("%") and shell:
            return OWN_JOBS
        code = await _one(process, word, number, shell, err, name) or code
    return code


async def _tell_signals(words: list[str], out: Output, err: Any, name: str) -> int:
    """`kill -l`: all, or the name of a number (or of an exit code), the number of a name."""
    names = {number: signal for signal, number in reversed(_NAMES.items())}
    if not words:
        listed = sorted((n, s) for s, n in _NAMES.items() if 0 < n < 32)  # noqa: PLR2004
        await out.write("".join(f"{n:2d}) {s}\n" for n, s in listed).encode())
    for word in words:
        number = signal_number(word)
        if number is None and not word.isdigit():
            await err.write(f"{name}: unknown signal '{word}'\n".encode())
            return 1
        told = names.get(int(word) & 127, word) if word.isdigit() else number
        await out.write(f"{told}\n".encode())
    return 0


async def _one(
    process: Process, word: str, number: int, shell: Words | None, err: Any, name: str
) -> int:
    if not re.fullmatch(r"-?\d+", word):
        await err.write(f"{name}: invalid number '{word}'\n".encode())
        return 1
    pid = int(word)
    if shell and pid == process.pid and number:
        return ITSELF + number
    try:
        assert process.kill is not None  # noqa: S101
        process.kill(pid, number)
    except ProcessLookupError:
        if shell and pid >= _FIRST_JOB:
            return OWN_JOBS
        await err.write(f"{name}: can't kill pid {pid}: No such process\n".encode())
        return 1
    except PermissionError:
        await err.write(f"{name}: can't kill pid {pid}: Operation not permitted\n".encode())
        return 1
    return 0
