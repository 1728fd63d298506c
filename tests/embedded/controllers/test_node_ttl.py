"""The annotation that says how long a kubelet may keep what it read."""

from __future__ import annotations

import pytest

from breakfix.embedded.controllers.node_ttl import ANNOTATION, NodeTtl
from tests.embedded.controllers.fake_client import FakeClient


@pytest.mark.parametrize(("count", "seconds"), [(1, "0"), (100, "0"), (101, "15")])
async def test_larger_clusters_read_less_often(count: int, seconds: str) -> None:
    client = FakeClient()
    for number in range(count):
        await client.create("nodes", {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number}"}, "spec": {},
        })  # fmt: skip
    await NodeTtl(client).sync(("", "n0"))
    found = client.get("nodes", "n0")
    assert found is not None
    assert found["metadata"]["annotations"][ANNOTATION] == seconds
