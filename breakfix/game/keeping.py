"""Keep the base of a round on the cluster for the next one, exactly as it was.

A new round on the same base then starts in seconds. What is remembered is the cluster
without the base (bare) and with it (warm); each start puts the cluster back to the parts
of the warm state that it needs, each removal to the bare one.
"""

from __future__ import annotations

import hashlib
import json

from breakfix.clock import Clock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.restore import restore
from breakfix.clusters.snapshot import Difference, Key, Snapshot, take
from breakfix.game.stage import Stage
from breakfix.store.history import History, Kept


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
    same = kept.base == base_digest(stage)
    shared = Snapshot(empty.objects | _shared(warm, stage), empty.volumes)
    wanted = warm if same else shared
    await restore(stage.api, wanted, stage.clock)
    return empty


def _shared(warm: Snapshot, stage: Stage) -> dict[Key, dict[str, object]]:
    """The objects of the kept base that the new base has too."""
    named = {
        (o["apiVersion"], o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"])
        for o in stage.base_objects()
    }
    default_accounts = {n for _, kind, _, n in named if kind == "Namespace"}
    return {
        key: item
        for key, item in warm.objects.items()
        if key in named or (key.name == "default" and key.namespace in default_accounts)
    }


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
