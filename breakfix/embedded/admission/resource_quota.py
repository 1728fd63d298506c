"""ResourceQuotas: nothing is stored that would exceed one.

What counts is what is stored now, and what other requests on their way to the store have
reserved; so two requests at once cannot both take the last pod.
"""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded import quantities
from breakfix.embedded.admission import resource_quota_usage as usages
from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.pod_resources import Amounts, add
from breakfix.embedded.admission.resource_quota_counting import Counter, grown, shown
from breakfix.embedded.client import Client
from breakfix.embedded.objects import Object, name_of

Reserved = list[tuple[str, str, Amounts]]  # namespace, quota, amounts


class ResourceQuota(Plugin):
    """Compares with status.hard of every quota of the namespace that is about the object."""

    name = "ResourceQuota"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._counter = Counter(client)
        self._reserved: dict[int, Reserved] = {}

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403; reserves what the request will use."""
        item = request.item
        if item is None or not request.namespace or not _is_counted(request):
            return
        quotas = list(self._client.list("resourcequotas", request.namespace))
        if not quotas:
            return
        now = self._client.clock.now()
        reserved: Reserved = []
        for quota in quotas:
            asked = self._check(request, item, quota, now)
            if asked:
                reserved.append((request.namespace, name_of(quota), asked))
        if reserved and not request.dry_run:
            self._reserved[id(request)] = reserved

    async def settle(self, request: AdmissionRequest, stored: bool) -> None:
        """Stored objects count themselves; refused ones do not count."""
        del stored
        self._reserved.pop(id(request), None)

    def _check(
        self, request: AdmissionRequest, item: Object, quota: Object, now: datetime
    ) -> Amounts:
        """What the request takes of this quota. Raises StatusError."""
        key, status = request.key, quota.get("status") or {}
        hard = status.get("hard") or {}
        names = usages.matching(key, hard)
        if not names or not usages.in_scope(key, quota, item):
            return {}
        if key == "pods" and (why := usages.missing(item, names)):
            raise request.forbidden(f"failed quota: {name_of(quota)}: {why}")
        if any(name not in (status.get("used") or {}) for name in names):
            shown_names = ",".join(sorted(names))
            why = f"status unknown for quota: {name_of(quota)}, resources: {shown_names}"
            raise request.forbidden(why)
        asked = _asked(request, item, quota, now)
        asked = {n: asked[n] for n in names if n in asked and quantities.parse(asked[n])}
        self._compare(request, quota, hard, asked, now)
        return asked

    def _compare(
        self, request: AdmissionRequest, quota: Object, hard: Amounts, asked: Amounts,
        now: datetime,
    ) -> None:  # fmt: skip
        if not asked:
            return
        used = self._counter.used(quota, list(asked), now)
        for reserved in self._reserved.values():
            for namespace, name, amounts in reserved:
                if (namespace, name) == (request.namespace, name_of(quota)):
                    used = add(used, {k: v for k, v in amounts.items() if k in used})
        wanted = add(used, asked)
        over = [n for n in asked if quantities.parse(wanted[n]) > quantities.parse(hard[n])]
        if over:
            parts = {"requested": asked, "used": used, "limited": hard}
            texts = [f"{w}: {shown({n: a[n] for n in over})}" for w, a in parts.items()]
            raise request.forbidden(f"exceeded quota: {name_of(quota)}, {', '.join(texts)}")


def _is_counted(request: AdmissionRequest) -> bool:
    """Can the request change what is used?"""
    key, operation, sub = request.key, request.operation, request.subresource
    if key in usages.IGNORED:
        return False
    if key == "pods" and operation == "UPDATE":
        old, new = request.old or {}, request.item or {}
        moved = not sub and usages.is_terminating(old) != usages.is_terminating(new)
        return moved or sub == "resize"
    if sub:
        return False
    updates = key in ("services", "persistentvolumeclaims") and operation == "UPDATE"
    return operation == "CREATE" or updates


def _asked(request: AdmissionRequest, item: Object, quota: Object, now: datetime) -> Amounts:
    new = usages.usage(request.key, item, now)
    if request.old is None or not usages.in_scope(request.key, quota, request.old):
        return new
    return grown(new, usages.usage(request.key, request.old, now))
