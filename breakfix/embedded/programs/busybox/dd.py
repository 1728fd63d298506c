"""`dd`."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import place

_SIZES = {"c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "M": 1 << 20, "G": 1 << 30}


def _size(word: str) -> int:
    unit = _SIZES.get(word[-1:], 0)
    return int(word[:-1] if unit else word) * (unit or 1)


async def dd(process: Process) -> int:
    """`dd [if=FILE] [of=FILE] [bs=N] [count=N] [skip=N] [seek=N]`."""
    given = dict(w.partition("=")[::2] for w in process.argv[1:])
    block = _size(given.get("bs", "512"))
    count = _size(given["count"]) if "count" in given else None
    if process.use_memory is not None:
        process.use_memory(process.memory + block)
    try:
        wrote = await _transfer(process, given, block, count)
    except OSError as error:
        name = given.get("of") or given.get("if") or ""
        why = "error writing" if error.errno == 28 else "can't open"  # noqa: PLR2004
        await process.err(f"dd: {why} '{name}': {error.strerror}\n")
        if why == "error writing":
            await _tell_records(process, given, block)
        return 1
    whole, rest = divmod(wrote, block)
    tail_ = f"{whole}+{int(bool(rest))}"
    await process.err(f"{tail_} records in\n{tail_} records out\n{wrote} bytes copied\n")
    return 0


async def _tell_records(process: Process, given: dict[str, str], block: int) -> None:
    """How far it came: the block that there was no room for was read, too."""
    wrote = process.files.size(place(process, given["of"])) // block if "of" in given else 0
    await process.err(f"{wrote + 1}+0 records in\n{wrote}+0 records out\n")


async def _transfer(process: Process, given: dict[str, str], block: int, count: int | None) -> int:
    source = place(process, given["if"]) if "if" in given else ""
    target = place(process, given["of"]) if "of" in given else ""
    cgroup = getattr(process.container, "cgroup", None)
    endless = source in ("/dev/zero", "/dev/urandom", "/dev/random")
    data = b"" if endless or not source else process.files.read(source)
    data = data[_size(given.get("skip", "0")) * block :]
    if target and "seek" not in given and given.get("conv") != "notrunc":
        process.files.write(target, b"")
    wrote = 0
    left = block * count if count is not None else None
    while left is None or wrote < left:
        most = 1 << 20 if source == "/dev/zero" else 65536
        want = min(most, (left - wrote) if left is not None else most)
        if cgroup is not None:
            await cgroup.share.take()
        if endless:
            chunk = bytes(want) if source == "/dev/zero" else process.files.read(source)[:want]
        elif source:
            chunk, data = data[:want], data[want:]
        else:
            chunk = await process.stdin.read(want)
        if not chunk:
            break
        if target:
            process.files.append(target, chunk)
        else:
            await process.stdout.write(chunk)
        wrote += len(chunk)
    return wrote
