from __future__ import annotations

from typing import cast

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.resource_quota import ResourceQuotas
from breakfix.embedded.objects import Object, clone
from tests.embedded.admission.world import pod, sized
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient


def quota(**hard: str) -> Object:
    return {"metadata": {"name": "q", "namespace": "lab"}, "spec": {"hard": hard}}


async def test_the_status_follows_what_is_there() -> None:
    client = FakeClient()

    def used() -> Object:
        found = client.get("resourcequotas", "q", "lab")
        return found["status"]["used"] if found else {}

    async with running(client, ResourceQuotas(cast(Client, client))):
        await client.create("resourcequotas", quota(pods="5", cpu="2", **{"count/jobs.batch": "1"}))
        await client.clock.advance(1)
        assert used() == {"pods": "0", "cpu": "0", "count/jobs.batch": "0"}
        first = await client.create("pods", sized("a", requests={"cpu": "500m"}))
        await client.create("pods", sized("b", requests={"cpu": "250m"}))
        await client.create("jobs.batch", {"metadata": {"name": "j", "namespace": "lab"}})
        await client.clock.advance(1)
        assert used() == {"pods": "2", "cpu": "750m", "count/jobs.batch": "1"}
        ended = clone(first)
        ended["status"] = {"phase": "Succeeded"}
        await client.update_status("pods", ended)
        await client.delete("jobs.batch", "j", "lab")
        await client.clock.advance(1)
        assert used() == {"pods": "1", "cpu": "250m", "count/jobs.batch": "0"}


async def test_other_namespaces_do_not_count() -> None:
    client = FakeClient()
    async with running(client, ResourceQuotas(cast(Client, client))):
        await client.create("resourcequotas", quota(pods="5"))
        other = pod("x")
        other["metadata"]["namespace"] = "elsewhere"
        await client.create("pods", other)
        await client.clock.advance(1)
        found = client.get("resourcequotas", "q", "lab")
        assert found is not None
        assert found["status"] == {"hard": {"pods": "5"}, "used": {"pods": "0"}}
