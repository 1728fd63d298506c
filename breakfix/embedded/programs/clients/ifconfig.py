"""ifconfig and arp."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.interface import (
    GATEWAY_MAC,
    gateway,
    mac,
    own_address,
    subnet,
)

_COUNTS = (
    "          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n"
    "          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n"
    "          collisions:0 txqueuelen:0 \n"
    "          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n"
)


async def ifconfig(process: Process) -> int:
    """`ifconfig [NAME]`; nothing of it can be changed."""
    if {"up", "down"} & set(process.argv[2:]):
        await process.err("ifconfig: SIOCSIFFLAGS: Operation not permitted\n")
        return 1
    texts = _interfaces(process)
    names = [w for w in process.argv[1:] if not w.startswith("-")] or list(texts)
    if names[0] not in texts:
        await process.err(f"ifconfig: {names[0]}: error fetching interface information: Device "
                          "not found\n")  # fmt: skip
        return 1
    await process.out("".join(texts[n] + _COUNTS for n in names if n in texts))
    return 0


def _interfaces(process: Process) -> dict[str, str]:
    return {
        "eth0": f"eth0      Link encap:Ethernet  HWaddr {mac(process).upper()}  \n"
        f"          inet addr:{own_address(process)}  Bcast:{subnet(process)}.255  "
        "Mask:255.255.255.0\n"
        "          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n",
        "lo": "lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  "
        "Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n",
    }  # fmt: skip


async def arp(process: Process) -> int:
    """`arp`."""
    await process.out(f"? ({gateway(process)}) at {GATEWAY_MAC} [ether]  on eth0\n")
    return 0
