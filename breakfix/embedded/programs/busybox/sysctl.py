"""busybox's `sysctl`."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.machine.types import Process

ROOT = "/proc/sys"


async def sysctl(process: Process) -> int:
    """`sysctl [-aenNqw] [KEY[=VALUE]...]`."""
    words = process.argv[1:]
    letters = "".join(w[1:] for w in words if w.startswith("-"))
    keys = [w for w in words if not w.startswith("-")]
    if "a" in letters:
        keys = list(_all(process, ROOT))
    codes = [await _one(process, key, letters) for key in keys]
    return max(codes, default=0)


def _all(process: Process, folder: str) -> Iterator[str]:
    for name in process.files.list(folder):
        path = f"{folder}/{name}"
        if process.files.is_dir(path):
            yield from _all(process, path)
        else:
            yield path.removeprefix(f"{ROOT}/").replace("/", ".")


async def _one(process: Process, key: str, letters: str) -> int:
    name, equals, value = key.partition("=")
    path = f"{ROOT}/{name.replace('.', '/')}"
    if not process.files.exists(path) or process.files.is_dir(path):
        if "e" in letters:
            return 0
        await process.err(f"sysctl: error: '{name.replace('.', '/')}' is an unknown key\n")
        return 1
    if equals:
        return await _set(process, name, path, value.strip())
    try:
        text = process.files.read(path).decode().rstrip("\n")
    except OSError as error:
        await process.err(f"sysctl: error reading key '{name}': {error.strerror}\n")
        return 1
    shown = text if "n" in letters else name if "N" in letters else f"{name} = {text}"
    await process.out(f"{shown}\n")
    return 0


async def _set(process: Process, name: str, path: str, value: str) -> int:
    try:
        process.files.write(path, f"{value}\n".encode())
    except OSError as error:
        await process.err(f"sysctl: error setting key '{name}': {error.strerror}\n")
        return 1
    await process.out(f"{name} = {value}\n")
    return 0
