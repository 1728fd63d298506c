"""What a cluster can do, found by trying it and remembered in the cluster.

The slow trials (probing.py) run once: their result stays in the ConfigMap
`capabilities` of breakfix's namespace, and holds as long as the nodes are the same in
number and version. A warm start costs two requests.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from breakfix.clock import Clock, SystemClock
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Capabilities, Object, Progress
from breakfix.clusters.consent import require_consent
from breakfix.clusters.probing import ProbeApi, try_out
from breakfix.clusters.questions import ask
from breakfix.clusters.readiness import NODES_PATH
from breakfix.clusters.requests import SYSTEM_NAMESPACE, Api, config_map, find, put
from breakfix.settings import Settings

CACHE = "capabilities"
_CONFIG_MAPS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/configmaps"
_NO_AUDIT = "this cluster has no audit log that breakfix can read"
_FORMAT = "2"  # change it when a capability is added, so that clusters are tried anew


async def probe(
    api: ProbeApi,
    name: str,
    settings: Settings,
    progress: Progress,
    *,
    audit: bool,
    force: bool = False,
    clock: Clock | None = None,
) -> Capabilities:
    """What the cluster `name` can do; `force` tries everything anew.

    `audit` says whether the backend has an audit log. Raises ConsentError, before
    anything is changed, where the trials would have to run without consent.
    """
    nodes, known = await asyncio.gather(_nodes(api), find(api, f"{_CONFIG_MAPS}/{CACHE}"))
    key = _key(nodes)
    found = None if force else _remembered(known, key)
    if found is None:
        await require_consent(api, name)
        found = await _find_out(api, settings, nodes, progress, clock or SystemClock())
        await put(api, _CONFIG_MAPS, config_map(CACHE, _data(found, key)))
    return _with(found, "audit", "" if audit else _NO_AUDIT)


async def _find_out(
    api: ProbeApi, settings: Settings, nodes: list[Object], progress: Progress, clock: Clock
) -> Capabilities:
    with progress("Asking what this cluster can do"):
        reasons, facts = await ask(api, nodes)
    with progress("Trying out NetworkPolicy, storage and Pod Security"):
        tried = await try_out(api, settings.tools_image, facts.get("storageClass", ""), clock)
    found = Capabilities(facts=facts)
    for name, reason in (reasons | tried).items():
        found = _with(found, name, reason)
    return found


def _with(found: Capabilities, name: str, reason: str) -> Capabilities:
    """The capabilities with one more: held where there is no reason against it."""
    if reason:
        return replace(found, missing=found.missing | {name: reason})
    return replace(found, names=found.names | {name})


async def _nodes(api: Api) -> list[Object]:
    """All nodes; none where this person may not list them."""
    try:
        answer = await api.request("GET", NODES_PATH)
    except ApiError:
        return []
    nodes: list[Object] = answer["items"]
    return nodes


def _key(nodes: list[Object]) -> str:
    """What the remembered result holds for. The kubelets' version follows the server's."""
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes}
    return f"{_FORMAT} {len(nodes)} {','.join(sorted(versions))}"


def _data(found: Capabilities, key: str) -> dict[str, str]:
    return {
        "key": key,
        "names": json.dumps(sorted(found.names)),
        "missing": json.dumps(found.missing),
        "facts": json.dumps(found.facts),
    }


def _remembered(known: Object | None, key: str) -> Capabilities | None:
    """The remembered result; None where there is none, or it is of another state."""
    data: dict[str, Any] = (known or {}).get("data") or {}
    if data.get("key") != key:
        return None
    try:
        return Capabilities(
            names=frozenset(json.loads(data["names"])),
            missing=dict(json.loads(data["missing"])),
            facts=dict(json.loads(data["facts"])),
        )
    except (KeyError, ValueError, TypeError):  # somebody has edited it
        return None
