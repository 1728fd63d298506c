"""Events of events.k8s.io, as the scheduler records them: a first one, then a series.

The second of equal events begins the series, later ones are not written; a series that was
quiet for six minutes is over (client-go, tools/events).
"""

from __future__ import annotations

import orjson

from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object, micro_timestamp, parse_time
from breakfix.embedded.registry.correlating import Key, Recent

FINISH_AFTER = 360.0  # s


class Series:
    """Remembers what was said, and answers what to do with a new events.k8s.io/v1 Event."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: Recent[Object] = Recent()

    def observe(self, event: Object) -> tuple[Object, bool] | None:
        """The event to write and whether it goes on with one that was; None: not at all."""
        key = _key(event)
        known = self._known.get(key)
        if known is None or self._over(known):
            self._known.keep(key, event)
            return event, False
        series = known.get("series")
        count = series["count"] + 1 if series else 2
        now = micro_timestamp(self._clock.now())
        event = known | {"series": {"count": count, "lastObservedTime": now}}
        self._known.keep(key, event)
        return None if series else (event, True)

    def _over(self, event: Object) -> bool:
        last = (event.get("series") or {}).get("lastObservedTime") or event["eventTime"]
        return (self._clock.now() - parse_time(last)).total_seconds() > FINISH_AFTER


def _key(event: Object) -> Key:
    said = (event[f] for f in ("type", "action", "reason", "reportingController"))
    places = (orjson.dumps(event.get(f)).decode() for f in ("regarding", "related"))
    return (*said, *places)
