"""What a namespace uses of a quota now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from breakfix.embedded import quantities
from breakfix.embedded.admission import resource_quota_usage as usages
from breakfix.embedded.admission.pod_resources import Amounts
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, namespace_of

_MOST_REMEMBERED = 20_000


Measured = dict[str, tuple[Decimal, str]]  # the number and the style it is written in


class Counter:
    """Adds up what the stored objects use; each object is measured once per version."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], Measured] = {}

    def used(self, quota: Object, names: list[str], now: datetime) -> Amounts:
        """The use of these resources by what the quota is about; "0" where nothing uses them."""
        total: Measured = dict.fromkeys(names, (Decimal(0), ""))
        for key in dict.fromkeys(usages.tracked(name) for name in names):
            wanted = usages.matching(key, names)
            for item in self._reader.list(key, namespace_of(quota)):
                if usages.in_scope(key, quota, item):
                    _add(total, self._measured(key, item, now), wanted)
        return {n: quantities.show(value, style) for n, (value, style) in total.items()}

    def _measured(self, key: str, item: Object, now: datetime) -> Measured:
        if key == "pods" and "deletionTimestamp" in item["metadata"]:
            return _measure(usages.usage(key, item, now))  # it ends with time
        meta = item["metadata"]
        seen = meta.get("uid", ""), meta.get("resourceVersion", "")
        found = self._known.get(seen)
        if found is None:
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[seen] = _measure(usages.usage(key, item, now))
        return found


def _measure(amounts: Amounts) -> Measured:
    return {n: (quantities.parse(text), quantities.style(text)) for n, text in amounts.items()}


def _add(total: Measured, own: Measured, names: list[str]) -> None:
    """Written as the first that is not nothing."""
    for name in names:
        if name in own and own[name][0]:
            value, style = total[name]
            total[name] = value + own[name][0], style or own[name][1]


def grown(new: Amounts, old: Amounts) -> Amounts:
    """How much more of each, never less than nothing."""
    found = {}
    for name, text in new.items():
        more = quantities.parse(text) - quantities.parse(old.get(name, "0"))
        found[name] = quantities.show(max(more, more * 0), quantities.style(text))
    return found


def shown(amounts: Amounts) -> str:
    """As the messages have it: `cpu=1,pods=2`."""
    return ",".join(f"{k}={amounts[k]}" for k in sorted(amounts))
