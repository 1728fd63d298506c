"""Pods that use more of their node's disk than they may are evicted; see also pressure.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal

from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.delays import EVICTION_PERIOD
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import canonical, parse, show, value

DISK = "ephemeral-storage"
CRITICAL = 2_000_000_000  # priority from which a pod is never evicted
_ON_DISK = ("emptyDir", "configMap", "downwardAPI")


async def watch_usage(
    clock: Clock,
    workers: Callable[[], Iterable[PodWorker]],
    pressure: Callable[[], Awaitable[None]],
) -> None:
    """Look now and then, until cancelled: at limits first, then at what the node has left."""
    while True:
        await clock.sleep(EVICTION_PERIOD)
        if not _over_limits(workers()):
            await pressure()


def _over_limits(workers: Iterable[PodWorker]) -> bool:
    """Evict who uses more than is allowed; was there anybody?"""
    found = False
    for worker in list(workers):
        if worker.finished or int(worker.pod["spec"].get("priority") or 0) >= CRITICAL:
            continue
        if why := exceeded(worker):
            worker.evict(why)
            found = True
    return found


def exceeded(worker: PodWorker) -> str:
    """Why a pod is to go; "" where it may stay."""
    spec = worker.pod["spec"]
    volumes = worker.preparing.volumes.used()
    for volume in spec.get("volumes") or []:
        limit = (volume.get("emptyDir") or {}).get("sizeLimit")
        if limit and 0 < value(limit) < volumes.get(volume["name"], 0):
            text = f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit'
            return f'{text} "{canonical(limit)}". '
    return _of_pod(worker, spec, volumes) or _of_containers(worker)


def _of_pod(worker: PodWorker, spec: Object, volumes: dict[str, int]) -> str:
    limits = [limit for c in spec["containers"] if (limit := _limit(c))]
    if not limits:
        return ""
    kept = [v["name"] for v in spec.get("volumes") or []
            if any(k in v for k in _ON_DISK) and (v.get("emptyDir") or {}).get("medium") != "Memory"
            ]  # fmt: skip
    used = sum(map(disk_usage, worker.state.all)) + sum(volumes.get(name, 0) for name in kept)
    total = sum(map(parse, limits), Decimal(0))
    if used <= total:
        return ""
    shown = show(total, "BinarySI")
    return f"Pod ephemeral local storage usage exceeds the total limit of containers {shown}. "


def _of_containers(worker: PodWorker) -> str:
    for container in worker.state.mains:
        limit = _limit(container.spec)
        if limit and disk_usage(container) > value(limit):
            text = f"Container {container.name} exceeded its local ephemeral storage limit"
            return f'{text} "{canonical(limit)}". '
    return ""


def _limit(container: Object) -> str:
    found: str = ((container.get("resources") or {}).get("limits") or {}).get(DISK, "")
    return found


def disk_usage(container: ContainerRun) -> int:
    """Bytes of its writable layer and of its logs."""
    attempt = container.current
    return 0 if attempt is None else layer_usage(attempt) + attempt.log.on_disk


def layer_usage(attempt: Attempt) -> int:
    """Bytes of the writable layer."""
    space = getattr(attempt.running, "space", None)
    return int(space.root.store.used) if space is not None else 0
