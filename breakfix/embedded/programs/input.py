"""Standard input as a whole."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process


async def all_input(process: Process) -> bytes:
    """Everything to the end; the process holds it in its memory, and dies over its limit."""
    data = bytearray()
    while chunk := await process.stdin.read():
        data += chunk
        if process.use_memory is not None:
            process.use_memory(process.memory + len(chunk))
    return bytes(data)
