"""NetworkPolicies."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import addresses, names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_TYPES = ("Ingress", "Egress")
_RULES = (("ingress", "from"), ("egress", "to"))


class NetworkPolicies(Strategy):
    """networkpolicies.networking.k8s.io."""

    def default_(self, item: Object) -> None:
        """TCP; a policy is about ingress, and about egress where it has such rules."""
        spec = item.setdefault("spec", {})
        spec.setdefault("podSelector", {})
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
        for rules, _ in _RULES:
            for rule in spec.get(rules) or []:
                for port in rule.get("ports") or []:
                    port.setdefault("protocol", "TCP")

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = checks.label_selector("spec.podSelector", spec["podSelector"])
        for rules, peers in _RULES:
            for at, rule in enumerate(spec.get(rules) or []):
                found += _validate_rule(rule, peers, f"spec.{rules}[{at}]")
        types = spec["policyTypes"]
        if len(types) > len(_TYPES):
            why = "may not specify more than two policyTypes"
            return [*found, invalid("spec.policyTypes", types, why)]
        for at, kind in enumerate(types):
            found += checks.one_of(f"spec.policyTypes[{at}]", kind, _TYPES)
        return found


def _validate_rule(rule: Object, peers: str, path: str) -> list[FieldError]:
    found = []
    for at, port in enumerate(rule.get("ports") or []):
        found += _validate_port(port, f"{path}.ports[{at}]")
    for at, peer in enumerate(rule.get(peers) or []):
        found += _validate_peer(peer, f"{path}.{peers}[{at}]")
    return found


def _validate_port(entry: Object, path: str) -> list[FieldError]:
    found = checks.one_of(f"{path}.protocol", entry["protocol"], ("TCP", "UDP", "SCTP"))
    port, last = entry.get("port"), entry.get("endPort")
    if port is None:
        why = "may not be specified when `port` is not specified"
        return found + ([invalid(f"{path}.endPort", last, why)] if last is not None else [])
    if isinstance(port, str):
        why = "may not be specified when `port` is non-numeric"
        found += [invalid(f"{path}.endPort", last, why)] if last is not None else []
        return found + checks.each(f"{path}.port", port, names.port_name(port))
    found += checks.each(f"{path}.port", port, names.port_number(port))
    if last is not None:
        if last < port:
            why = "must be greater than or equal to `port`"
            found.append(invalid(f"{path}.endPort", port, why))
        found += checks.each(f"{path}.endPort", last, names.port_number(last))
    return found


def _validate_peer(peer: Object, path: str) -> list[FieldError]:
    given = [k for k in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(k) is not None]
    found = []
    for name in given:
        if name == "ipBlock":
            found += _validate_block(peer[name], f"{path}.ipBlock")
        else:
            found += checks.label_selector(f"{path}.{name}", peer[name])
    if not given:
        found.append(required(path, "must specify a peer"))
    elif len(given) > 1 and "ipBlock" in given:
        found.append(forbidden(path, "may not specify both ipBlock and another peer"))
    return found


def _validate_block(block: Object, path: str) -> list[FieldError]:
    if not block.get("cidr"):
        return [required(f"{path}.cidr")]
    found = addresses.legacy_cidr(f"{path}.cidr", block["cidr"])
    outer = addresses.parse_cidr(block["cidr"])
    for at, text in enumerate(block.get("except") or []):
        field, inner = f"{path}.except[{at}]", addresses.parse_cidr(text)
        found += addresses.legacy_cidr(field, text)
        if outer and inner and not addresses.within(inner, outer):
            found.append(invalid(field, text, "must be a strict subset of `cidr`"))
    return found
