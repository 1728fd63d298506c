"""Events of both groups are found by the fields that each of them knows."""

from __future__ import annotations

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.reading import Query
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.storage.store import Store
from breakfix.embedded.users import LOOPBACK

EVENT: Object = {
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": {"name": "e", "namespace": "default"}, "eventTime": "2026-01-01T00:00:00.000000Z",
    "reportingController": "tester", "reportingInstance": "one", "action": "Do", "reason": "Test",
    "type": "Normal", "regarding": {"kind": "Pod", "name": "web", "namespace": "default"},
}  # fmt: skip


async def test_a_field_of_either_form_finds_the_event() -> None:
    registry = Registry(Store(), VirtualClock())
    core, new = (registry.catalogue.by_key(k) for k in ("events", "events.events.k8s.io"))
    served = registry.catalogue.find("events.k8s.io", "v1", "events") or new
    await registry.create(served, Asked(LOOPBACK, "default"), dict(EVENT))
    for kind, fields in (
        (served, "reportingController=tester"), (served, "regarding.name=web"),
        (core, "reportingComponent=tester"), (core, "involvedObject.name=web"),
    ):  # fmt: skip
        page = await registry.page(kind, "default", Query(fields=fields))
        assert [i["metadata"]["name"] for i in page.items] == ["e"], fields
        none = await registry.page(kind, "default", Query(fields=f"{fields}x"))
        assert none.items == []
