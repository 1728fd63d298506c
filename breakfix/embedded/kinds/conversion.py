"""Objects in another version of their group than the one they are stored in.

HorizontalPodAutoscalers are stored as autoscaling/v2: autoscaling/v1 keeps what it has no
field for in annotations. Events are stored as core/v1: events.k8s.io/v1 names the same
fields otherwise.
"""

from __future__ import annotations

from breakfix.embedded.objects import Object

# where the objects of a group resource are stored, if not under its own name
STORAGE_ALIAS = {"events.events.k8s.io": "events"}
# what is stored in another version than the client's
STORED_VERSION = {
    "horizontalpodautoscalers.autoscaling": "autoscaling/v2",
    "events.events.k8s.io": "v1",
}

_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_CORE_FIELDS = {new: old for old, new in _EVENT_FIELDS.items()}


def convert(item: Object, to_api_version: str) -> Object:
    """The object in that version; itself where nothing is to be done. Never changes `item`."""
    version = item.get("apiVersion", "")
    if version == to_api_version:
        return item
    match item.get("kind"), version, to_api_version:
        case "Event", "v1", "events.k8s.io/v1":
            return _new_event(item)
        case "Event", "events.k8s.io/v1", "v1":
            return _core_event(item)
        case "HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1":
            from breakfix.embedded.kinds.autoscaling.versions import to_v1

            return to_v1(item)
        case "HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2":
            from breakfix.embedded.kinds.autoscaling.versions import to_v2

            return to_v2(item)
    return {**item, "apiVersion": to_api_version}


def _new_event(item: Object) -> Object:
    found = {_EVENT_FIELDS.get(name, name): value for name, value in item.items()}
    found["apiVersion"] = "events.k8s.io/v1"
    for name in ("deprecatedSource", "reportingController", "reportingInstance"):
        if name != "deprecatedSource" and found.get(name) == "":
            del found[name]
    found.setdefault("eventTime", None)
    found.setdefault("regarding", {})
    found.setdefault("deprecatedSource", {})
    found.setdefault("deprecatedFirstTimestamp", None)
    found.setdefault("deprecatedLastTimestamp", None)
    return found


def _core_event(item: Object) -> Object:
    found = {_CORE_FIELDS.get(name, name): value for name, value in item.items()}
    found["apiVersion"] = "v1"
    found.setdefault("involvedObject", {})
    found.setdefault("source", {})
    for name in ("firstTimestamp", "lastTimestamp", "eventTime"):
        found.setdefault(name, None)
    found.setdefault("reportingComponent", "")
    found.setdefault("reportingInstance", "")
    return found
