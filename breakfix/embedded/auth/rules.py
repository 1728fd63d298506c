"""RBAC rules: one rule as a quick test, and whether some rules cover others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import orjson

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.objects import Object

ALL = "*"


class Rule:
    """A PolicyRule, made ready to be asked often."""

    __slots__ = ("groups", "names", "resources", "urls", "verbs")

    def __init__(self, rule: Object) -> None:
        self.verbs = frozenset(rule.get("verbs") or ())
        self.groups = frozenset(rule.get("apiGroups") or ())
        self.resources = frozenset(rule.get("resources") or ())
        self.names = frozenset(rule.get("resourceNames") or ())
        self.urls = tuple(rule.get("nonResourceURLs") or ())

    def allows(self, asked: Attributes) -> bool:
        """Does it allow this?"""
        if asked.verb not in self.verbs and ALL not in self.verbs:
            return False
        if asked.path:
            return any(url_matches(url, asked.path) for url in self.urls)
        if asked.group not in self.groups and ALL not in self.groups:
            return False
        if self.names and asked.name not in self.names:
            return False
        return self._has_resource(asked.resource, asked.subresource)

    def _has_resource(self, resource: str, subresource: str) -> bool:
        if ALL in self.resources:
            return True
        if not subresource:
            return resource in self.resources
        return f"{resource}/{subresource}" in self.resources or f"*/{subresource}" in self.resources

    def covers(self, small: Rule) -> bool:
        """Does it allow all that a rule of `breakdown` allows?"""
        return (
            _has(self.verbs, small.verbs)
            and _has(self.groups, small.groups)
            and all(map(self._covers_resource, small.resources))
            and (not self.names or (bool(small.names) and small.names <= self.names))
            and all(any(url_matches(own, url) for own in self.urls) for url in small.urls)
        )

    def _covers_resource(self, resource: str) -> bool:
        return self._has_resource(*resource.partition("/")[::2])


def _has(owned: frozenset[str], wanted: frozenset[str]) -> bool:
    return ALL in owned or wanted <= owned


def url_matches(pattern: str, path: str) -> bool:
    """A path, or one that ends in "*"."""
    if pattern == path:
        return True
    return pattern.endswith(ALL) and path.startswith(pattern.rstrip(ALL))


def breakdown(rule: Object) -> Iterator[Object]:
    """A rule as rules of one verb, one group and one resource (and name), or one URL."""
    verbs = rule.get("verbs") or []
    names = [[n] for n in rule.get("resourceNames") or []] or [[]]
    groups, resources = rule.get("apiGroups") or [], rule.get("resources") or []
    for group, resource, verb, name in product(groups, resources, verbs, names):
        found = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
        yield found | ({"resourceNames": name} if name else {})
    for url, verb in product(rule.get("nonResourceURLs") or [], verbs):
        yield {"nonResourceURLs": [url], "verbs": [verb]}


def missing(owned: Iterable[Object], wanted: Iterable[Object]) -> list[Object]:
    """What `wanted` allows and `owned` does not, verbs of the same resource together."""
    rules = [Rule(rule) for rule in owned]
    found: dict[bytes, Object] = {}
    for small in (s for rule in wanted for s in breakdown(rule)):
        asked = Rule(small)
        if any(rule.covers(asked) for rule in rules):
            continue
        apart = {k: v for k, v in small.items() if k != "verbs"}
        key = orjson.dumps(small if "nonResourceURLs" in small else apart)
        kept = found.setdefault(key, apart | {"verbs": []})
        kept["verbs"].extend(small["verbs"])
    return list(found.values())


_SHOWN = {
    "apiGroups": "APIGroups", "resources": "Resources", "nonResourceURLs": "NonResourceURLs",
    "resourceNames": "ResourceNames", "verbs": "Verbs",
}  # fmt: skip


def compact(rule: Object) -> str:
    """As messages about escalation show a rule."""
    parts = [f"{shown}:{quoted(rule[k])}" for k, shown in _SHOWN.items() if rule.get(k)]
    return "{" + ", ".join(parts) + "}"


def quoted(texts: Sequence[str]) -> str:
    """A list of texts as Go's %q prints it."""
    return "[" + " ".join(orjson.dumps(t).decode() for t in texts) + "]"
