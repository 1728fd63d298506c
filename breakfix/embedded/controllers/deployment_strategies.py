"""How a Deployment replaces its pods: rolling, by recreation, or by mere scaling."""

from __future__ import annotations

from collections.abc import Sequence

from breakfix.embedded.controllers.deployment_rollout import Rollout
from breakfix.embedded.controllers.deployment_sets import (
    DESIRED,
    created_order,
    is_rolling,
    limits,
    max_surge,
    new_size,
    proportion,
    replicas,
    status_number,
)
from breakfix.embedded.controllers.deployment_status import is_complete
from breakfix.embedded.controllers.pod_helpers import is_finished
from breakfix.embedded.objects import Object, annotations_of, controller_of, name_of, namespace_of


async def roll(turn: Rollout) -> None:
    """RollingUpdate: the new set up as far as it may, then the old ones down."""
    await turn.sync_revision(create=True)
    assert turn.new is not None  # noqa: S101 - it was just made
    if not await _grow(turn, turn.new) and not await _shrink(turn, turn.new):
        await _finish(turn)
    await turn.report()


async def _finish(turn: Rollout) -> None:
    if is_complete(turn.deployment, turn.deployment.get("status") or {}):
        await turn.clean_up()


async def _grow(turn: Rollout, new: Object) -> bool:
    wanted, size = replicas(turn.deployment), replicas(new)
    if size >= wanted:
        return await turn.scale(new, wanted)
    return await turn.scale(new, new_size(turn.deployment, turn.sets, size))


async def _shrink(turn: Rollout, new: Object) -> bool:
    if not turn.active_old:
        return False
    least = replicas(turn.deployment) - limits(turn.deployment)[1]
    waiting = replicas(new) - status_number(new, "availableReplicas")
    spare = sum(map(replicas, turn.sets)) - least - waiting
    if spare <= 0:
        return False
    cleaned = await _drop_unhealthy(turn, spare)
    return await _drop_healthy(turn, least) or cleaned


async def _drop_unhealthy(turn: Rollout, spare: int) -> bool:
    """Old pods that are not available may go first: nobody misses them."""
    done = 0
    for item in turn.active_old:
        sick = replicas(item) - status_number(item, "availableReplicas")
        count = min(spare - done, sick)
        if count > 0:
            await turn.scale(item, replicas(item) - count)
            done += count
    return done > 0


async def _drop_healthy(turn: Rollout, least: int) -> bool:
    spare = sum(status_number(s, "availableReplicas") for s in turn.sets) - least
    done = 0
    for item in turn.active_old:
        count = min(replicas(item), spare - done)
        if count > 0:
            await turn.scale(item, replicas(item) - count)
            done += count
    return done > 0


async def recreate(turn: Rollout) -> None:
    """Recreate: the new set only once no old pod runs."""
    await turn.sync_revision(create=False)
    down = [await turn.scale(item, 0) for item in turn.active_old]
    if any(down) or _old_pods_run(turn):
        await turn.report()
        return
    await turn.sync_revision(create=True)
    assert turn.new is not None  # noqa: S101 - it was just made
    await turn.scale(turn.new, replicas(turn.deployment))
    await _finish(turn)
    await turn.report()


def _old_pods_run(turn: Rollout) -> bool:
    if any(status_number(s, "replicas") for s in turn.old):
        return True
    uids = {s["metadata"]["uid"] for s in turn.old}
    return any(
        (ref := controller_of(pod)) and ref["uid"] in uids and not is_finished(pod)
        for pod in turn.client.list("pods", namespace_of(turn.deployment))
    )


def is_scaling(turn: Rollout) -> bool:
    """Was spec.replicas changed since the sets were sized?"""
    wanted = str(replicas(turn.deployment))
    return any(annotations_of(s).get(DESIRED, wanted) != wanted for s in turn.sets if replicas(s))


async def resize(turn: Rollout) -> None:
    """Scale without going on with a rollout: paused, or spec.replicas changed."""
    await turn.sync_revision(create=False)
    active = [s for s in turn.sets if replicas(s)]
    if len(active) <= 1:
        only = active[0] if active else turn.new or (turn.old[-1] if turn.old else None)
        if only is not None:
            await turn.scale(only, replicas(turn.deployment), quiet=bool(active))
    elif _saturated(turn):
        for item in turn.active_old:
            await turn.scale(item, 0)
    elif is_rolling(turn.deployment):
        await _share(turn, active)
    if turn.deployment["spec"].get("paused"):
        await turn.clean_up()
    await turn.report_plain()


def _saturated(turn: Rollout) -> bool:
    wanted, new = replicas(turn.deployment), turn.new
    return (
        new is not None
        and replicas(new) == wanted
        and annotations_of(new).get(DESIRED) == str(wanted)
        and status_number(new, "availableReplicas") == wanted
    )


async def _share(turn: Rollout, active: Sequence[Object]) -> None:
    """The larger a set, the larger its part of what is added or taken."""
    wanted = replicas(turn.deployment)
    allowed = wanted + max_surge(turn.deployment) if wanted else 0
    to_add = allowed - sum(map(replicas, active))
    ranked = sorted(active, key=created_order, reverse=to_add > 0)
    ranked.sort(key=replicas, reverse=True)
    sizes, added = {}, 0
    for item in ranked:
        part = proportion(turn.deployment, item, to_add, added)
        sizes[name_of(item)] = replicas(item) + part
        added += part
    largest = name_of(ranked[0])
    sizes[largest] = max(0, sizes[largest] + to_add - added)
    for item in ranked:
        await turn.scale(item, sizes[name_of(item)], quiet=True)
