"""What the kernel tells of a container's network: /proc/net and /sys/class/net."""

from __future__ import annotations

import hashlib
from functools import partial
from ipaddress import ip_address

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.proc.inodes import folder_of, made_text
from breakfix.embedded.network.types import NetworkNamespace

_TCP = ("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
        "  timeout inode")  # fmt: skip
_TCP6 = ("  sl  local_address                         remote_address                        st"
         " tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")  # fmt: skip
_UDP = f"   sl  {_TCP[6:]} ref pointer drops"
_ROUTE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
_DEV = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo \
colls carrier compressed
"""
_ARP = "IP address       HW type     Flags       HW address            Mask     Device\n"
_WIDTHS = {"tcp": 149, "udp": 127}  # to which the kernel fills its lines
_LISTENS = {"tcp": "0A", "udp": "07"}
_FIRST_SOCKET = 31_000  # its inode; the next ones follow


def own_address(space: NetworkNamespace) -> str:
    """Its first IPv4 address."""
    return next((a for a in space.addresses if ":" not in a), "127.0.0.1")


def mac_of(space: NetworkNamespace) -> str:
    """The address of its card."""
    digest = hashlib.sha256(own_address(space).encode()).digest()
    return ":".join(f"{b:02x}" for b in (0x0A, *digest[:5]))


def _hex(address: str) -> str:
    """As the kernel has it: each four bytes the wrong way round."""
    data = ip_address(address).packed
    words = [data[n : n + 4][::-1].hex().upper() for n in range(0, len(data), 4)]
    return "".join(words)


def _sockets(space: NetworkNamespace, kind: str, six: bool) -> str:
    """/proc/net/tcp and its kin: who listens."""
    listening = sorted((a, p) for t, a, p in space.listeners if str(t).lower() == kind)
    found = [(a, p) for a, p in listening if (":" in a) == six]
    width = 0 if six else _WIDTHS[kind]
    lines = [_TCP6 if six else {"tcp": _TCP, "udp": _UDP}[kind]]
    for number, (address, port) in enumerate(found):
        nobody = "0" * len(_hex(address))
        tail = " 100 0 0 10 0" if kind == "tcp" else " 0"
        lines.append(
            f"{number:4d}: {_hex(address)}:{port:04X} {nobody}:0000 {_LISTENS[kind]}"
            f" 00000000:00000000 00:00000000 00000000     0        0 {_FIRST_SOCKET + number}"
            f" 1 0000000000000000{tail}"
        )
    return "".join(f"{line:<{width}}\n" for line in lines)


def _routes(space: NetworkNamespace) -> str:
    if space.host_network or space.pod is None:
        return f"{_ROUTE:<127}\n"
    gateway = own_address(space).rpartition(".")[0] + ".1"
    net = gateway.rpartition(".")[0] + ".0"
    rows = [("0.0.0.0", gateway, 3, "0.0.0.0"), (net, gateway, 3, "255.255.255.0"),  # noqa: S104
            (gateway, "0.0.0.0", 5, "255.255.255.255")]  # noqa: S104  # fmt: skip
    lines = [f"eth0\t{_hex(to)}\t{_hex(by)}\t{flags:04X}\t0\t0\t0\t{_hex(mask)}\t0\t0\t0"
             for to, by, flags, mask in rows]  # fmt: skip
    return "".join(f"{line:<127}\n" for line in (_ROUTE, *lines))


def _devices() -> str:
    none = ("       0       0    0    0    0     0          0         0"
            "        0       0    0    0    0     0       0          0\n")  # fmt: skip
    return f"{_DEV}    lo: {none[1:]}  eth0: {none[1:]}"


def _neighbours(space: NetworkNamespace) -> str:
    gateway = own_address(space).rpartition(".")[0] + ".1"
    return f"{_ARP}{gateway:<17}0x1         0x2         0a:00:00:00:00:01     *        eth0\n"


def net_folder(space: NetworkNamespace) -> Inode:
    """/proc/net."""
    entries = {f"{kind}{'6' if six else ''}": made_text(partial(_sockets, space, kind, six))
               for kind in ("tcp", "udp") for six in (False, True)}  # fmt: skip
    entries |= {
        "route": made_text(lambda: _routes(space)), "dev": made_text(_devices),
        "arp": made_text(lambda: _neighbours(space)),
        "unix": made_text(lambda: "Num       RefCount Protocol Flags    Type St Inode Path\n"),
    }  # fmt: skip
    return folder_of(entries)


def cards_folder(space: NetworkNamespace) -> Inode:
    """/sys/class/net."""
    counts = ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets", "rx_errors", "tx_errors",
              "rx_dropped", "tx_dropped")  # fmt: skip

    def card(number: int, address: str, mtu: int, state: str, kind: int) -> Inode:
        told = {"address": address, "mtu": mtu, "operstate": state, "ifindex": number,
                "carrier": 1, "type": kind, "tx_queue_len": 1000 if state == "unknown" else 0,
                "flags": "0x1003" if state == "up" else "0x9"}  # fmt: skip
        entries = {name: made_text(partial("{}\n".format, value)) for name, value in told.items()}
        entries["statistics"] = folder_of({name: made_text(lambda: "0\n") for name in counts})
        return folder_of(entries)

    return folder_of({
        "eth0": card(2, mac_of(space), 1500, "up", 1),
        "lo": card(1, "00:00:00:00:00:00", 65536, "unknown", 772),
    })  # fmt: skip
