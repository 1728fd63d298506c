"""netexec's UDP server: a command in each datagram."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import log


async def answer(process: Process, port: str, data: bytes, peer: tuple[str, int]) -> bytes | None:
    """None where the command is not known. `port`: its own."""
    said = data.decode(errors="replace").strip().lower()
    where = f"{peer[0]}:{peer[1]}"
    if said == "hostname":
        await log(process, "Sending udp hostName response")
        return process.host.hostname.encode()
    if said.startswith("echo "):
        await log(process, f"Echoing {said[5:]} to UDP client {where}\n")
        return said[5:].encode()
    if said == "clientip":
        await log(process, f"Sending clientip back to UDP client {where}\n")
        return where.encode()
    if said == "serverport":
        return port.encode()
    if said:
        await log(process, f"Unknown UDP command received from {where}: {said}\n")
    return None
