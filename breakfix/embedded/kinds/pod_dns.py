"""Validation of how a pod finds names."""

from __future__ import annotations

from breakfix.embedded.fields import invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, ip, unsupported
from breakfix.embedded.objects import Object

_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_MAX_SERVERS, _MAX_SEARCHES, _MAX_CHARACTERS = 3, 32, 2048


def validate_dns_policy(policy: str | None, path: str) -> Errors:
    """Which servers a pod asks: `spec.dnsPolicy`."""
    if not policy:
        yield required(path)
    elif policy not in _POLICIES:
        yield unsupported(path, policy, _POLICIES)


def validate_dns_config(spec: Object, path: str) -> Errors:
    """Its own servers and searches: `spec.dnsConfig`."""
    policy, config = spec.get("dnsPolicy"), spec.get("dnsConfig")
    if config is None:
        if policy == "None":
            yield required(path, "must provide `dnsConfig` when `dnsPolicy` is None")
        return
    if policy == "None" and not config.get("nameservers"):
        words = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(f"{path}.nameservers", words)
    else:
        yield from _config(config, path)


def _config(config: Object, path: str) -> Errors:
    servers = config.get("nameservers") or []
    if len(servers) > _MAX_SERVERS:
        words = f"must not have more than {_MAX_SERVERS} nameservers"
        yield invalid(f"{path}.nameservers", servers, words)
    for i, server in enumerate(servers):
        yield from ip(f"{path}.nameservers[{i}]", server)
    yield from _searches(config.get("searches") or [], f"{path}.searches")
    for i, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            yield required(f"{path}.options[{i}]", "must not be empty")


def _searches(searches: list[str], path: str) -> Errors:
    if len(searches) > _MAX_SEARCHES:
        yield invalid(path, searches, f"must not have more than {_MAX_SEARCHES} search paths")
    if len(" ".join(searches)) > _MAX_CHARACTERS:
        yield invalid(
            path, searches,
            f"must not have more than {_MAX_CHARACTERS} characters (including spaces) in the "
            "search list",
        )  # fmt: skip
    for i, search in enumerate(searches):
        if search != ".":
            name = search.removesuffix(".")
            yield from each(f"{path}[{i}]", name, names.dns_subdomain_with_underscore(name))
