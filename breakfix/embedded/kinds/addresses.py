"""IP addresses, CIDRs and host names, in the words of the real validators."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.value_checks import each

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WRONG_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_WRONG_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def _sloppy(text: str) -> str:
    """IPv4 with its leading zeros gone, as Go read it of old."""
    return re.sub(r"\b0+(?=\d)", "", text) if ":" not in text else text


@lru_cache(maxsize=4096)
def parse_ip(text: str) -> Address | None:
    """The address, leading zeros tolerated."""
    try:
        return ip_address(_sloppy(text))
    except ValueError:
        return None


def parse_cidr(text: str) -> Network | None:
    """The network, leading zeros and host bits tolerated."""
    if "/" not in text:
        return None
    try:
        return ip_interface(_sloppy(text)).network
    except ValueError:
        return None


def legacy_ip(field: str, text: str) -> list[FieldError]:
    """An address in a field that has long been there."""
    return [] if parse_ip(text) is not None else [invalid(field, text, _WRONG_IP)]


def strict_ip(field: str, text: str) -> list[FieldError]:
    """An address in its canonical form."""
    address = parse_ip(text)
    if address is None:
        return [invalid(field, text, _WRONG_IP)]
    if isinstance(address, IPv4Address) and str(address) != text:
        return [invalid(field, text, "must not have leading 0s")]
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return [invalid(field, text, "must not be an IPv4-mapped IPv6 address")]
    if str(address) != text:
        return [invalid(field, text, f'must be in canonical form ("{address}")')]
    return []


def legacy_cidr(field: str, text: str) -> list[FieldError]:
    """A network in a field that has long been there."""
    return [] if parse_cidr(text) is not None else [invalid(field, text, _WRONG_CIDR)]


def strict_cidr(field: str, text: str) -> list[FieldError]:
    """A network in its canonical form."""
    network = parse_cidr(text)
    if network is None:
        return [invalid(field, text, _WRONG_CIDR)]
    if _sloppy(text) != text:
        return [invalid(field, text, "must not have leading 0s in IP or prefix length")]
    try:
        ip_network(text)
    except ValueError:
        return [invalid(field, text, "must not have bits set beyond the prefix length")]
    if str(network) != text:
        return [invalid(field, text, f'must be in canonical form ("{network}")')]
    return []


def within(inner: Network, outer: Network) -> bool:
    """Is the network a strict part of the other?"""
    if inner.version != outer.version or inner.prefixlen <= outer.prefixlen:
        return False
    return inner.network_address in outer


def endpoint_ip(field: str, text: str) -> list[FieldError]:
    """An address that traffic may be sent to."""
    address = parse_ip(text)
    if address is None:
        return [invalid(field, text, "must be a valid IP address")]
    found = []
    if address.is_unspecified:
        found.append(f"may not be unspecified ({text})")
    if address.is_loopback:
        found.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        found.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if address in ip_network("224.0.0.0/24") or address in ip_network("ff02::/16"):
        found.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return each(field, text, found)


def host(field: str, text: str) -> list[FieldError]:
    """A host name of a rule, which may start with "*."."""
    if "*" in text:
        return each(field, text, names.wildcard_subdomain(text))
    return each(field, text, names.dns_subdomain(text))


def qualified_domain(field: str, text: str) -> list[FieldError]:
    """A domain name of at least two labels."""
    if not text:
        return [required(field)]
    name = text.removesuffix(".")
    if words := names.dns_subdomain(name):
        return [invalid(field, name, ",".join(words))]
    if "." not in name:
        why = "should be a domain with at least two segments separated by dots"
        return [invalid(field, name, why)]
    for part in name.split("."):
        if words := names.dns_label(part):
            return [invalid(field, part, ",".join(words))]
    return []
