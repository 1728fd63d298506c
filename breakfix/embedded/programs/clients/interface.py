"""A container's eth0: its address, and what is made up to go with it."""

from __future__ import annotations

from breakfix.embedded.machine.proc import net as proc_net
from breakfix.embedded.machine.types import Process

GATEWAY_MAC = "0a:00:00:00:00:01"


def own_address(process: Process) -> str:
    """Its first IPv4 address."""
    return proc_net.own_address(process.host.space)


def subnet(process: Process) -> str:
    """The first three numbers of its address."""
    return ".".join(own_address(process).split(".")[:3])


def gateway(process: Process) -> str:
    """Where its routes lead."""
    return f"{subnet(process)}.1"


def mac(process: Process) -> str:
    """Its hardware address."""
    return proc_net.mac_of(process.host.space)
