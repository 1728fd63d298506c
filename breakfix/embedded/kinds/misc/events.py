"""Events as clients of events.k8s.io write them: stricter than those of the core group."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.conversion import convert
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_FIXED = (
    "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count",
    "type", "eventTime", "action", "related", "reportingComponent", "reportingInstance",
)  # fmt: skip
_SHOWN = {"reportingComponent": "reportingController"}
_UNSET = ("firstTimestamp", "lastTimestamp", "count", "source")
_LIMIT, _NOTE_LIMIT = 128, 1024
_ABOUT = (
    "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath",
)  # fmt: skip


class NewEvents(Strategy):
    """events.events.k8s.io; errors name the fields as the server calls them inside."""

    has_generation = False
    create_on_update = True

    def validate(self, item: Object) -> list[FieldError]:
        event = convert(item, "v1")
        found = _validate_new(event) if event.get("eventTime") else _validate_old(event)
        found += _validate_series(event)
        if not event.get("eventTime"):
            found.append(required("eventTime"))
        if event.get("type") not in ("Normal", "Warning"):
            found.append(invalid("type", "", f"has invalid value: {event.get('type', '')}"))
        return found + [invalid(f, "", "needs to be unset") for f in _UNSET if event.get(f)]

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        event, before = convert(item, "v1"), convert(old, "v1")
        found = _validate_new(event) if event.get("eventTime") else _validate_old(event)
        if event.get("series") != before.get("series"):
            found += _validate_series(event)
        for name in _FIXED:
            shown = _SHOWN.get(name, name)
            found += checks.immutable(shown, event.get(name) or None, before.get(name) or None)
        return found

    def selectable(self, item: Object) -> dict[str, str]:
        about = item.get("regarding") or {}
        return {
            **{f"regarding.{name}": about.get(name, "") for name in _ABOUT},
            "reason": item.get("reason", ""),
            "type": item.get("type", ""),
            "reportingController": item.get("reportingController", ""),
        }


def _validate_old(event: Object) -> list[FieldError]:
    namespace = event["metadata"].get("namespace", "")
    about = (event.get("involvedObject") or {}).get("namespace", "")
    if namespace == (about or "default"):
        return []
    return [invalid("involvedObject.namespace", about, "does not match event.namespace")]


def _validate_new(event: Object) -> list[FieldError]:
    found = []
    about = (event.get("involvedObject") or {}).get("namespace", "")
    if not about and event["metadata"].get("namespace", "") not in ("default", "kube-system"):
        why = "does not match event.namespace"
        found.append(invalid("involvedObject.namespace", about, why))
    reporter = event.get("reportingComponent", "")
    if not reporter:
        found.append(required("reportingController"))
    found += checks.qualified("reportingController", reporter)
    for name in ("reportingInstance", "action", "reason"):
        text = event.get(name, "")
        if not text:
            found.append(required(name))
        if len(text) > _LIMIT:
            found.append(invalid(name, "", f"can have at most {_LIMIT} characters"))
    if len(event.get("message", "")) > _NOTE_LIMIT:
        found.append(invalid("message", "", f"can have at most {_NOTE_LIMIT} characters"))
    return found


def _validate_series(event: Object) -> list[FieldError]:
    series = event.get("series")
    if series is None:
        return []
    found = []
    if series.get("count", 0) < 2:  # noqa: PLR2004
        found.append(invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        found.append(required("series.lastObservedTime"))
    return found
