"""Memory limits with which a pod does not even begin: "128", where 128Mi was meant."""

from __future__ import annotations

from collections.abc import Iterable
from random import randrange

from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet.host_paths import volume_path
from breakfix.embedded.kubelet.payloads import Files, MountError
from breakfix.embedded.machine.small_limits import SMALLEST, TOO_SMALL
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import value

_PAGE = 4096
_IN_MEMORY = {"secret", "projected", "downwardAPI"}


def sandbox_error(pod: Object) -> str:
    """Why the sandbox cannot be made in the pod's own cgroup; "" where it can."""
    found = _cgroup_limit(pod["spec"])
    if found is None or found >= SMALLEST:
        return ""
    return f"Failed to create pod sandbox: rpc error: code = Unknown desc = {TOO_SMALL}"


def check_room(pod: Object, volume: Object, files: Files, clock: Clock) -> None:
    """Secrets and the like are kept in memory, of which a pod has no more than its limit.
    Raises MountError."""
    limit = _cgroup_limit(pod["spec"])
    if not _IN_MEMORY & volume.keys() or limit is None:
        return
    left = -(-limit // _PAGE)
    for path, (data, _) in files.items():
        left -= -(-len(data) // _PAGE)
        if left < 0:
            version = f"{clock.now():..%Y_%m_%d_%H_%M_%S}.{randrange(10**9, 4 * 10**9)}"  # noqa: S311
            written = f"{volume_path(pod, volume)}/{version}/{path}"
            raise MountError(f"write {written}: no space left on device")


def _cgroup_limit(spec: Object) -> int | None:
    """Of a pod that says one itself, or whose containers all have one."""
    own = _limit(spec)
    if own is not None:
        return own
    mains = list(_limits(spec))
    if None in mains:
        return None
    inits = [_limit(each) for each in spec.get("initContainers") or []]
    return None if None in inits else max([_sum(mains), *(found or 0 for found in inits)])


def _limits(spec: Object) -> Iterable[int | None]:
    return (_limit(each) for each in spec["containers"])


def _limit(spec: Object) -> int | None:
    found = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
    return (value(found) or None) if found is not None else None


def _sum(limits: Iterable[int | None]) -> int:
    return sum(found or 0 for found in limits)
