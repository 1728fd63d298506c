"""Keeps the status of ResourceQuotas: what is allowed and what is used."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded import quantities
from breakfix.embedded.admission import resource_quota_usage as usages
from breakfix.embedded.admission.pod_resources import Amounts
from breakfix.embedded.admission.resource_quota_counting import Counter
from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself, key_of
from breakfix.embedded.objects import Object, is_going, namespace_of

RESYNC = 300.0  # seconds; pods that should long be gone stop counting without a change
_ALWAYS = (
    "pods", "services", "persistentvolumeclaims", "configmaps", "secrets",
    "replicationcontrollers",
)  # fmt: skip


class ResourceQuotas(Controller):
    """Counts again when anything that a quota is about comes, goes or changes its use."""

    name = "resource-quota-controller"
    component = "resourcequota-controller"
    account = "resourcequota-controller"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._counter = Counter(client)
        self._seen: set[str] = set()

    def watch(self) -> None:
        self.on("resourcequotas", self._quota_changed)
        for resource in _ALWAYS:
            self._follow(resource)

    def _quota_changed(self, change: Change) -> list[Key]:
        for name in (change.new.get("spec") or {}).get("hard") or {}:
            self._follow(usages.tracked(name))
        # the quotas themselves are counted too
        others = [] if change.type == "MODIFIED" else self._quotas(change)
        return [*others, *itself(change)]

    def _follow(self, resource: str) -> None:
        if resource not in self._seen and resource != "resourcequotas":
            self._seen.add(resource)
            self.client.subscribe(resource, self._for(resource))

    def _for(self, resource: str) -> Callable[[Change], None]:
        def seen(change: Change) -> None:
            if _changes_use(resource, change):
                self.add(*self._quotas(change))

        return seen

    def _quotas(self, change: Change) -> list[Key]:
        return [key_of(q) for q in self.client.list("resourcequotas", namespace_of(change.new))]

    async def sync(self, key: Key) -> None:
        """Write the status where it is not right."""
        quota = self.client.get("resourcequotas", key[1], key[0])
        if quota is None or is_going(quota):
            return
        hard: Amounts = (quota.get("spec") or {}).get("hard") or {}
        status = quota.get("status") or {}
        used = self._counter.used(quota, list(hard), self.clock.now())
        self.add_after(key, RESYNC)
        if _same(status.get("hard"), hard) and _same(status.get("used"), used):
            return
        fresh = {**quota, "status": {"hard": dict(hard), "used": used}}
        await self.client.update_status("resourcequotas", fresh)


def _same(left: Amounts | None, right: Amounts) -> bool:
    if left is None or left.keys() != right.keys():
        return False
    return all(quantities.parse(left[k]) == quantities.parse(right[k]) for k in right)


def _changes_use(resource: str, change: Change) -> bool:
    if change.type != "MODIFIED" or change.old is None:
        return True
    if resource == "pods":
        return _weight(change.new) != _weight(change.old)
    spec, before = change.new.get("spec"), change.old.get("spec")
    return resource in ("services", "persistentvolumeclaims") and spec != before


def _weight(pod: Object) -> tuple[object, ...]:
    spec = pod.get("spec") or {}
    ended = (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded")
    sizes = [c.get("resources") for c in spec.get("containers") or []]
    return ended, is_going(pod), spec.get("activeDeadlineSeconds"), sizes
