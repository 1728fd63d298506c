"""`id`, `whoami` and `groups`."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.machine.users import find_user, group_name, user_name


def _named(number: int, name: str) -> str:
    return f"{number}({name})" if name != str(number) else str(number)


def _groups(process: Process) -> tuple[int, ...]:
    """All of them, in the order in which the kernel keeps them."""
    return tuple(sorted({process.who.gid, *process.who.groups}))


async def id_(process: Process) -> int:
    """`id [-ugGn] [USER]`."""
    words = [w for w in process.argv[1:] if not w.startswith("-")]
    letters = "".join(w[1:] for w in process.argv[1:] if w.startswith("-"))
    files, who = process.files, process.who
    uid, gid, groups = who.uid, who.gid, _groups(process)
    if words:
        found = find_user(files, words[0])
        if found is None:
            await process.err(f"id: unknown user {words[0]}\n")
            return 1
        uid, gid = found[0], found[1]
        groups = (gid,)
    named = "n" in letters
    if "u" in letters:
        text = user_name(files, uid) if named else str(uid)
    elif "G" in letters:
        own_first = sorted(groups, key=lambda g: g != gid)
        text = " ".join(group_name(files, g) if named else str(g) for g in own_first)
    elif "g" in letters:
        text = group_name(files, gid) if named else str(gid)
    else:
        listed = ",".join(_named(g, group_name(files, g)) for g in groups)
        user, group = _named(uid, user_name(files, uid)), _named(gid, group_name(files, gid))
        text = f"uid={user} gid={group} groups={listed}"
    await process.out(text + "\n")
    return 0


async def whoami(process: Process) -> int:
    """`whoami`."""
    name = user_name(process.files, process.who.uid)
    if name == str(process.who.uid):
        await process.err(f"whoami: unknown uid {name}\n")
        return 1
    await process.out(f"{name}\n")
    return 0


async def groups(process: Process) -> int:
    """`groups`."""
    await process.out(" ".join(group_name(process.files, g) for g in _groups(process)) + "\n")
    return 0
