"""How endpoints are spread over slices, with as few writes as may be."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from breakfix.embedded.objects import Object, clone

MAX_ENDPOINTS = 100


@dataclass
class Group:
    """Endpoints of one address family that have the same ports."""

    family: str
    ports: list[Object]
    endpoints: list[Object]


@dataclass
class Changes:
    """What to write; `kept` slices may stay as they are."""

    kept: list[Object] = field(default_factory=list)
    changed: list[Object] = field(default_factory=list)
    created: list[Object] = field(default_factory=list)
    deleted: list[Object] = field(default_factory=list)


def group_key(family: str, ports: list[Object]) -> bytes:
    """The same for slices and groups that belong together."""
    ranked = sorted(ports, key=lambda p: (p.get("name", ""), p.get("port", 0)))
    plain = [{k: v for k, v in p.items() if v not in ("", None)} for p in ranked]
    return orjson.dumps([family, plain], option=orjson.OPT_SORT_KEYS)


def _identity(endpoint: Object) -> str:
    target = endpoint.get("targetRef") or {}
    return str(target.get("uid") or endpoint["addresses"][0])


def plan(present: list[Object], wanted: dict[bytes, Group]) -> Changes:
    """The writes that lead from the present slices to the wanted groups."""
    changes = Changes()
    by_group: dict[bytes, list[Object]] = {}
    for item in present:
        key = group_key(item["addressType"], item.get("ports") or [])
        by_group.setdefault(key, []).append(item)
    for key, slices in by_group.items():
        if key not in wanted:
            changes.deleted += slices
    for key, group in wanted.items():
        _fill(changes, by_group.get(key, []), group)
    _reuse(changes)
    return changes


def _fill(changes: Changes, slices: list[Object], group: Group) -> None:
    missing = {_identity(e): e for e in group.endpoints}
    contents: list[list[Object]] = []
    for item in slices:
        old = item.get("endpoints") or []
        contents.append([e for o in old if (e := missing.pop(_identity(o), None))])
    rest = list(missing.values())
    for content in contents:
        room = MAX_ENDPOINTS - len(content)
        content.extend(rest[:room])
        rest = rest[room:]
    used = 0
    for item, content in zip(slices, contents, strict=True):
        if not content and (used or group.endpoints):
            changes.deleted.append(item)
            continue
        used += 1
        _keep(changes, item, content)
    while rest or not used:
        changes.created.append(_slice(group, rest[:MAX_ENDPOINTS]))
        rest = rest[MAX_ENDPOINTS:]
        used += 1


def _keep(changes: Changes, item: Object, content: list[Object]) -> None:
    changes.kept.append(item)
    if (item.get("endpoints") or []) != content:
        changed = clone(item)
        changed["endpoints"] = content
        changes.changed.append(changed)


def _slice(group: Group, endpoints: list[Object]) -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {},
        "addressType": group.family, "endpoints": endpoints, "ports": group.ports,
    }  # fmt: skip


def _reuse(changes: Changes) -> None:
    """A slice to delete takes the content of one to create, if the family is the same."""
    for new in list(changes.created):
        old = next((d for d in changes.deleted if d["addressType"] == new["addressType"]), None)
        if old is None:
            continue
        changes.deleted.remove(old)
        changes.created.remove(new)
        changed = clone(old)
        changed["endpoints"], changed["ports"] = new["endpoints"], new["ports"]
        changes.changed.append(changed)
