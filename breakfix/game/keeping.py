"""Keep the base of a round on the cluster for the next one, exactly as it was.

A new round on the same base then starts in seconds. What is remembered is the cluster
without the base (bare) and with it (warm); each start puts the cluster back to the parts
of the warm state that it needs, each removal to the bare one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from breakfix.actions.changes import LAST_APPLIED, as_kubectl_applies
from breakfix.clock import Clock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.restore import restore
from breakfix.clusters.snapshot import Difference, Key, Snapshot, key_of, take
from breakfix.game.stage import Stage
from breakfix.store.history import History, Kept

NAME_LABEL = "kubernetes.io/metadata.name"


def base_digest(stage: Stage) -> str:
    """Changes when any object of the base does."""
    text = json.dumps(stage.base_objects(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def bare(stage: Stage, history: History, cluster: str) -> Snapshot:
    """Clear what the new base does not need; returns the cluster without any base."""
    kept = history.kept(cluster)
    if kept is None:
        return await take(stage.api)
    empty, warm = Snapshot.from_bytes(kept.bare), Snapshot.from_bytes(kept.warm)
    wanted = warm
    if kept.base != base_digest(stage):
        wanted = replace(empty, objects=empty.objects | _shared(warm, stage))
    await restore(stage.api, wanted, stage.clock)
    return empty


def _shared(warm: Snapshot, stage: Stage) -> dict[Key, Object]:
    """The objects of the kept base that the new base has too, made from the same manifest.

    A namespace is kept with what is in it, with the labels that the new base gives it.
    """
    applied = {key_of(o): as_kubectl_applies(o)["metadata"] for o in stage.base_objects()}
    spaces = {key.name: meta for key, meta in applied.items() if key.kind == "Namespace"}
    found = {}
    for key, item in warm.objects.items():
        if key.kind == "Namespace" and key.name in spaces:
            found[key] = _labelled(item, spaces[key.name])
        elif (
            key.name == "default" and key.kind == "ServiceAccount" and key.namespace in spaces
        ) or (key in applied and _note(item["metadata"]) == _note(applied[key])):
            found[key] = item
    return found


def _note(meta: Object) -> str | None:
    """The manifest that an object was made from."""
    text: str | None = (meta.get("annotations") or {}).get(LAST_APPLIED)
    return text


def _labelled(namespace: Object, wanted: Object) -> Object:
    labels = (wanted.get("labels") or {}) | {NAME_LABEL: wanted["name"]}
    meta = namespace["metadata"] | {"labels": labels, "annotations": wanted["annotations"]}
    return namespace | {"metadata": meta}


def remember(history: History, cluster: str, stage: Stage, empty: Snapshot, warm: Snapshot) -> None:
    """From now on this base is on the cluster."""
    history.keep(cluster, Kept(base_digest(stage), empty.to_bytes(), warm.to_bytes()))


async def remove(
    api: KubeApi, history: History, cluster: str, clock: Clock
) -> list[Difference] | None:
    """Take the kept base away; returns what is left behind, None where nothing was kept."""
    kept = history.kept(cluster)
    if kept is None:
        return None
    left = await restore(api, Snapshot.from_bytes(kept.bare), clock)
    history.keep(cluster, None)
    return left
