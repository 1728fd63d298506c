"""Consent: breakfix breaks only clusters that carry its marker.

The marker is the ConfigMap `consent` in namespace `breakfix-system`. breakfix puts it
into clusters that it makes; into any other a person does, with `breakfix cluster adopt`.
Without it nothing in the cluster is changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from breakfix import __version__
from breakfix.clock import Clock
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.requests import (
    SYSTEM_NAMESPACE,
    Api,
    config_map,
    create_if_missing,
    find,
    namespace,
    put,
    remove,
)
from breakfix.errors import ConsentError

MARKER = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/configmaps/consent"
_CONFIG_MAPS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/configmaps"
FORBIDDEN = 403


@dataclass(frozen=True)
class Consent:
    """What the marker says. `made` is True where breakfix made the cluster itself;
    `nodes` is how many it made it with (0 where it did not)."""

    cluster: str
    who: str
    when: str
    version: str
    made: bool = False
    nodes: int = 0


async def read_consent(api: Api, timeout: float = 30.0) -> Consent | None:
    """The marker, or None where the cluster has none. One request."""
    found = await find(api, MARKER, timeout)
    return _consent(found) if found is not None else None


async def require_consent(api: Api, name: str, timeout: float = 30.0) -> Consent:
    """The marker of cluster `name` (`context:NAME`). Raises ConsentError, changes nothing."""
    try:
        consent = await read_consent(api, timeout)
    except ApiError as error:
        if error.code != FORBIDDEN:
            raise
        raise ConsentError(
            f"nothing was changed: whether {name} may be broken cannot be read: {error.message}",
            f"Ask its owner for a role that may get ConfigMaps in namespace {SYSTEM_NAMESPACE}.",
        ) from error
    if consent is None:
        raise _refusal(name)
    return consent


async def adopt(
    api: Api, name: str, who: str, clock: Clock, *, made: bool = False, nodes: int = 0
) -> Consent:
    """Put the marker into the cluster. Only after a person has agreed to it."""
    when = clock.now().isoformat(timespec="seconds")
    consent = Consent(name, who, when, __version__, made, nodes)
    await create_if_missing(api, "/api/v1/namespaces", namespace(SYSTEM_NAMESPACE))
    await put(api, _CONFIG_MAPS, config_map("consent", _data(consent)))
    return consent


async def withdraw(api: Api) -> bool:
    """Take the marker and all else of breakfix's namespace away; False where there was none."""
    return await remove(api, f"/api/v1/namespaces/{SYSTEM_NAMESPACE}")


def _refusal(name: str) -> ConsentError:
    backend, _, short = name.partition(":")
    context = f"kind-{short}" if backend == "kind" else short
    return ConsentError(
        f"nothing was changed: {name} has not consented to being broken "
        f"(it has no ConfigMap consent in namespace {SYSTEM_NAMESPACE})",
        f"If this cluster may be broken: `breakfix cluster adopt {context}`. "
        "If it may not, play on a cluster of your own: `--cluster kind`.",
    )


def _data(consent: Consent) -> dict[str, str]:
    return {
        "cluster": consent.cluster,
        "who": consent.who,
        "when": consent.when,
        "version": consent.version,
        "made": "true" if consent.made else "false",
        "nodes": str(consent.nodes),
    }


def _consent(found: Object) -> Consent:
    data: dict[str, str] = found.get("data") or {}
    nodes = data.get("nodes", "")
    return Consent(
        cluster=data.get("cluster", ""),
        who=data.get("who", ""),
        when=data.get("when", ""),
        version=data.get("version", ""),
        made=data.get("made") == "true",
        nodes=int(nodes) if nodes.isdigit() else 0,
    )
