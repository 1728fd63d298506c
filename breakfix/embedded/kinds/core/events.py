"""Events, as the core group writes them."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, qualified
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, namespace_of

_LIMITS = (("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024))
_NULLS = ("firstTimestamp", "lastTimestamp", "eventTime")
_FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_ELSEWHERE = "does not match event.namespace"


class Events(Strategy):
    """Stored in the form of v1, also those that come through events.k8s.io."""

    create_on_update = True
    has_generation = False

    def default_(self, item: Object) -> None:
        item.setdefault("involvedObject", {})
        item.setdefault("source", {})
        for field in _NULLS:
            item.setdefault(field, None)
        item.setdefault("reportingComponent", "")
        item.setdefault("reportingInstance", "")

    def validate(self, item: Object) -> list[FieldError]:
        return validate_event(item)

    def selectable(self, item: Object) -> dict[str, str]:
        about = item.get("involvedObject") or {}
        component = (item.get("source") or {}).get("component", "")
        reporting = item.get("reportingComponent", "")
        return {f"involvedObject.{field}": about.get(field, "") for field in _FIELDS} | {
            "reason": item.get("reason", ""),
            "reportingComponent": reporting,
            "source": component or reporting,
            "type": item.get("type", ""),
        }


def validate_event(item: Object) -> list[FieldError]:
    """What is wrong with an Event in its v1 form."""
    errors: list[FieldError] = []
    namespace = namespace_of(item)
    about = (item.get("involvedObject") or {}).get("namespace", "")
    if item.get("eventTime") is None:
        allowed = (about,) if about else ("", "default")
    else:
        allowed = (namespace,) if about else ("default", "kube-system")
        errors += _new_style(item)
    if namespace not in allowed:
        errors.insert(0, invalid("involvedObject.namespace", about, _ELSEWHERE))
    errors += each("namespace", namespace, names.dns_subdomain(namespace))
    return errors


def _new_style(item: Object) -> Errors:
    component = item.get("reportingComponent", "")
    if not component:
        yield required("reportingComponent")
    yield from qualified("reportingComponent", component)
    for field, limit in _LIMITS:
        value = item.get(field) or ""
        if not value and field != "message":
            yield required(field)
        if len(value.encode()) > limit:
            yield invalid(field, "", f"can have at most {limit} characters")
