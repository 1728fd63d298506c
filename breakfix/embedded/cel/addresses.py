"""The libraries `ip` and `cidr`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.functions import Function, function, method, parses, tagged

IP, CIDR = "net.IP", "net.CIDR"
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _parse(text: str) -> _Address:
    try:
        found = ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(
            f'IP Address "{text}" parse error during conversion from string: '
            f'ParseAddr("{text}"): unable to parse IP'
        ) from error
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        raise ValueError(f'IPv4-mapped IPv6 address "{text}" is not allowed')
    if "%" in text:
        raise ValueError(f'IP address "{text}" with zone value is not allowed')
    return found


def _interface(text: str) -> Any:
    address, slash, _ = text.partition("/")
    try:
        if not slash:
            raise ValueError("no '/'")
        _parse(address)
        return ipaddress.ip_interface(text)
    except ValueError as error:
        raise ValueError(
            "network address parse error during conversion from string: "
            f'netip.ParsePrefix("{text}"): {error}'
        ) from error


def _ip(text: Any) -> f.Value:
    return tagged(IP, text=str(_parse(str(text))))


def _address(value: f.Value) -> _Address:
    return ipaddress.ip_address(value["text"])


def _cidr(text: Any) -> f.Value:
    return tagged(CIDR, text=_interface(str(text)).with_prefixlen)


def _network(value: f.Value) -> Any:
    return ipaddress.ip_network(value["text"], strict=False)


def _is(name: str) -> Callable[[f.Value], bool]:
    return lambda value: bool(getattr(_address(value), name))


def _global_unicast(value: f.Value) -> bool:
    found = _address(value)
    broadcast = found == ipaddress.ip_address("255.255.255.255")
    return not (
        broadcast or found.is_unspecified or found.is_loopback or found.is_multicast
        or found.is_link_local
    )  # fmt: skip


def _link_local_multicast(value: f.Value) -> bool:
    found = _address(value)
    network = "224.0.0.0/24" if found.version == 4 else "ff02::/16"  # noqa: PLR2004
    return found in ipaddress.ip_network(network)


def _has_ip(network: f.Value, address: Any) -> bool:
    text = address["text"] if isinstance(address, dict) else address
    return _parse(text) in _network(network)


def _has_cidr(network: f.Value, other: Any) -> bool:
    text = other["text"] if isinstance(other, dict) else other
    outer, inner = _network(network), _interface(text).network
    return bool(outer.version == inner.version and inner.subnet_of(outer))


def _canonical(text: str) -> bool:
    return str(_parse(text)) == text


FUNCTIONS: tuple[Function, ...] = (
    function("string_to_ip", "ip", [f.STRING], IP, _ip),
    function("is_ip", "isIP", [f.STRING], f.BOOL, parses(_parse)),
    function("ip_is_canonical", "ip.isCanonical", [f.STRING], f.BOOL, _canonical),
    function("ip_to_string", "string", [IP], f.STRING, lambda v: v["text"]),
    method("ip_family", "family", [IP], f.INT, lambda v: _address(v).version),
    method("ip_is_unspecified", "isUnspecified", [IP], f.BOOL, _is("is_unspecified")),
    method("ip_is_loopback", "isLoopback", [IP], f.BOOL, _is("is_loopback")),
    method("ip_is_link_local_unicast", "isLinkLocalUnicast", [IP], f.BOOL, _is("is_link_local")),
    method(
        "ip_is_link_local_multicast", "isLinkLocalMulticast", [IP], f.BOOL, _link_local_multicast
    ),
    method("ip_is_global_unicast", "isGlobalUnicast", [IP], f.BOOL, _global_unicast),
    function("string_to_cidr", "cidr", [f.STRING], CIDR, _cidr),
    function("is_cidr", "isCIDR", [f.STRING], f.BOOL, parses(_interface)),
    function("cidr_to_string", "string", [CIDR], f.STRING, lambda v: v["text"]),
    method("cidr_contains_ip_string", "containsIP", [CIDR, f.STRING], f.BOOL, _has_ip),
    method("cidr_contains_ip_ip", "containsIP", [CIDR, IP], f.BOOL, _has_ip),
    method("cidr_contains_cidr_string", "containsCIDR", [CIDR, f.STRING], f.BOOL, _has_cidr),
    method("cidr_contains_cidr", "containsCIDR", [CIDR, CIDR], f.BOOL, _has_cidr),
    method("cidr_ip", "ip", [CIDR], IP, lambda v: _ip(v["text"].partition("/")[0])),
    method("cidr_prefix_length", "prefixLength", [CIDR], f.INT, lambda v: _network(v).prefixlen),
    method("cidr_masked", "masked", [CIDR], CIDR, lambda v: _cidr(_network(v).with_prefixlen)),
)
