"""`busybox` itself: it runs the applet that its first argument names."""

from __future__ import annotations

import dataclasses

from breakfix.embedded.machine.images.program_table import APPLETS
from breakfix.embedded.machine.images.registry import APPLET, lookup
from breakfix.embedded.machine.types import Image, Process

_HEAD = "BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.\n"


async def busybox(process: Process) -> int:
    """`busybox [APPLET ARGS]`, `busybox --list`."""
    words = process.argv[1:]
    if not words or words[0] in ("--help", "--list"):
        await process.out(_list(process) if words[:1] == ["--list"] else _HEAD)
        return 0
    program = lookup(APPLET + words[0] if words[0] in APPLETS else words[0])
    if program is None or words[0] == "busybox":
        await process.err(f"{words[0]}: applet not found\n")
        return 127
    return await program(dataclasses.replace(process, argv=words))


def _list(process: Process) -> str:
    spec = getattr(process.container, "spec", None)
    image = getattr(spec, "image", None) or Image("")
    return "".join(f"{name.rpartition('/')[2]}\n" for name in sorted(image.programs))
