"""agnhost's subcommands about files and output."""

from __future__ import annotations

import random

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import UsageError, flags
from breakfix.embedded.programs.sockets import go_duration

_INITIAL = "mount-tester new file\n"
_NEW = {"new_file_0644": 0o644, "new_file_0666": 0o666, "new_file_0660": 0o660,
        "new_file_0777": 0o777}  # fmt: skip
_KNOWN = {**dict.fromkeys(("fs_type", "file_mode", "file_perm", "file_owner", *_NEW,
                           "file_content", "file_content_in_loop"), ""),
          "retry_time": "180", "break_on_expected_content": "true"}  # fmt: skip
_EXT4 = 61267


async def entrypoint_tester(process: Process) -> int:
    """Its own command line."""
    await process.out(f"[{' '.join(process.argv)}]\n")
    return 0


def _words(error: OSError) -> str:
    return (error.strerror or "").lower()


def file_mode(kind: str, mode: int) -> str:
    """As Go's FileMode prints."""
    letters = "d" if kind == "dir" else "L" if kind == "link" else ""
    letters += "".join(c for c, bit in (("u", 0o4000), ("g", 0o2000), ("t", 0o1000)) if mode & bit)
    bits = "".join(c if mode & (1 << (8 - i)) else "-" for i, c in enumerate("rwxrwxrwx"))
    return (letters or "-") + bits


class _Tester:
    def __init__(self, process: Process) -> None:
        self.process, self.files = process, process.files
        self.failed = False

    async def say(self, text: str) -> None:
        await self.process.out(text)

    async def type(self, path: str) -> None:
        find = getattr(self.files, "find", None)
        if not self.files.exists(path):
            self.failed = True
            await self.say(f'error from statfs("{path}"): no such file or directory\n')
            return
        store = find(path).mount.store if find else None
        memory = store is not None and (store.memory or store.fstype == "tmpfs")
        await self.say(f'mount type of "{path}": {"tmpfs" if memory else _EXT4}\n')

    async def new(self, path: str, mode: int) -> None:
        setattr(self.files, "umask", 0)  # noqa: B010 - only real views have one
        try:
            made = not self.files.exists(path)
            self.files.write(path, _INITIAL.encode())
            if made:
                self.files.chmod(path, mode)  # type: ignore[attr-defined]
        except OSError as error:
            self.failed = True
            await self.say(f'error writing new file "{path}": open {path}: {_words(error)}\n')
            return
        await self.content(path)

    async def stat(self, path: str, what: str) -> None:
        try:
            found = self.files.stat(path)  # type: ignore[attr-defined]
        except OSError as error:
            self.failed = True
            call = "stat" if what == "owner" else "Stat"
            shown = _words(error) if what == "owner" else f"stat {path}: {_words(error)}"
            await self.say(f'error from {call}("{path}"): {shown}\n')
            return
        if what == "owner":
            await self.say(
                f'owner UID of "{path}": {found.uid}\nowner GID of "{path}": {found.gid}\n'
            )
        elif what == "mode":
            await self.say(f'mode of file "{path}": {file_mode(found.kind, found.mode)}\n')
        else:
            await self.say(f'perms of file "{path}": {file_mode("file", found.mode & 0o777)}\n')

    async def content(self, path: str) -> None:
        try:
            text = self.files.read(path).decode(errors="replace")
        except OSError as error:
            self.failed = True
            await self.say(
                f'error reading file content for "{path}": open {path}: {_words(error)}\n'
            )
            return
        await self.say(f'content of file "{path}": {text}\n')

    async def loop(self, path: str, seconds: int, breaks: bool) -> None:
        clock = self.process.host.clock
        until, failed = clock.monotonic() + seconds, False
        while clock.monotonic() < until:
            try:
                text = self.files.read(path).decode(errors="replace")
                failed = False
                await self.say(f'content of file "{path}": {text}\n')
                if breaks and text == _INITIAL:
                    break
                if breaks:
                    await self.say(f"Unexpected content. Expected: {_INITIAL}. Retrying\n")
            except OSError as error:
                failed = True
                await self.say(
                    f"Error reading file {path}: open {path}: {_words(error)}, retrying\n"
                )
            await clock.sleep(2)
        self.failed = self.failed or failed


async def mounttest(process: Process) -> int:  # noqa: C901 - flat cases
    """`agnhost mounttest --FLAG=PATH...`, in the order that the flags have."""
    try:
        given, _ = await flags(process, _KNOWN)
    except UsageError:
        return 1
    tester = _Tester(process)
    if given["fs_type"]:
        await tester.type(given["fs_type"])
    for name, mode in _NEW.items():
        if given[name]:
            await tester.new(given[name], mode)
    for what in ("mode", "perm", "owner"):
        if given[f"file_{what}"]:
            await tester.stat(given[f"file_{what}"], what)
    if given["file_content"]:
        await tester.content(given["file_content"])
    if given["file_content_in_loop"]:
        await tester.loop(given["file_content_in_loop"], int(given["retry_time"]),
                          given["break_on_expected_content"] == "true")  # fmt: skip
    return 1 if tester.failed else 0


async def logs_generator(process: Process) -> int:
    """So many lines in so much time."""
    known = {"log-lines-total": "0", "run-duration": "0s", "t": "", "d": ""}
    try:
        given, _ = await flags(process, known)
    except UsageError:
        return 1
    total = int(given["t"] or given["log-lines-total"])
    seconds = go_duration(given["d"] or given["run-duration"])
    clock, chance = process.host.clock, random.Random(7)  # noqa: S311 - no secret
    if total <= 0 or seconds <= 0:
        await process.err(f"F logs_generator.go: Invalid total number of lines: {total}\n")
        return 255
    for number in range(total):
        method = chance.choice(("GET", "POST", "PUT"))
        namespace = chance.choice(("kube-system", "default", "ns"))
        name = "".join(chance.choices("bcdfghjklmnpqrstvwxz2456789", k=chance.randint(3, 4)))
        stamp = clock.now().strftime("%m%d %H:%M:%S.%f")
        await process.err(f"I{stamp} {process.pid:7d} logs_generator.go:76] {number} {method} "
                          f"/api/v1/namespaces/{namespace}/pods/{name} "
                          f"{chance.randrange(200, 600)}\n")  # fmt: skip
        await clock.sleep(seconds / total)
    return 0
