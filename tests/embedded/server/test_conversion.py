"""A kind with two versions, between which a webhook converts."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from breakfix.embedded.admission.webhooks_calling import CallError
from breakfix.embedded.cluster import EmbeddedCluster
from breakfix.embedded.objects import Object
from tests.embedded.cluster_fixture import Http, running

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
V1, V2 = "/apis/x.io/v1/hosts", "/apis/x.io/v2/hosts"


def version(name: str, *fields: str) -> Any:
    properties = {field: {"type": "string"} for field in fields}
    return {
        "name": name, "served": True, "storage": name == "v1",
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
        "selectableFields": [{"jsonPath": f".{field}"} for field in fields],
    }  # fmt: skip


def crd() -> Any:
    webhook = {"clientConfig": {"url": "https://x.io/"}, "conversionReviewVersions": ["v1"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "hosts.x.io"},
        "spec": {"group": "x.io", "scope": "Cluster", "names": {"plural": "hosts", "kind": "Host"},
                 "versions": [version("v1", "hostPort"), version("v2", "host", "port")],
                 "conversion": {"strategy": "Webhook", "webhook": webhook}},
    }  # fmt: skip


class Webhook:
    """Splits and joins hostPort; counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.broken = False

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        del client_config, timeout
        await asyncio.sleep(0)
        if self.broken:
            raise CallError("no")
        request = orjson.loads(body)["request"]
        self.asked += len(request["objects"])
        found = [self._converted(i, request["desiredAPIVersion"]) for i in request["objects"]]
        response = {
            "uid": request["uid"], "convertedObjects": found, "result": {"status": "Success"},
        }  # fmt: skip
        return orjson.dumps({"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
                             "response": response})  # fmt: skip

    @staticmethod
    def _converted(item: Any, api_version: str) -> Any:
        kept = {k: item[k] for k in ("kind", "metadata")} | {"apiVersion": api_version}
        if api_version == "x.io/v2":
            host, _, port = item["hostPort"].partition(":")
            return kept | {"host": host, "port": port}
        return kept | {"hostPort": f"{item['host']}:{item['port']}"}


def body(api_version: str, name: str, **fields: str) -> Any:
    return {"apiVersion": api_version, "kind": "Host", "metadata": {"name": name}, **fields}


async def served(cluster: EmbeddedCluster, http: Http) -> Webhook:
    """Both versions, with the webhook in place of the network."""
    found = Webhook()
    cluster.webhooks.post = found.post  # type: ignore[method-assign]
    assert (await http.ask("POST", CRDS, crd()))[0] == 201
    async with asyncio.timeout(5):
        while (await http.ask("GET", V2))[0] != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def names(http: Http, path: str) -> list[str]:
    return [i["metadata"]["name"] for i in (await http.ask("GET", path))[1]["items"]]


async def test_each_version_shows_its_own_fields() -> None:
    async with running() as (cluster, http):
        webhook = await served(cluster, http)
        status, made = await http.ask("POST", V2, body("x.io/v2", "a", host="h", port="1"))
        assert (status, made["host"], made["apiVersion"]) == (201, "h", "x.io/v2")
        await http.ask("POST", V1, body("x.io/v1", "b", hostPort="k:1"))
        stored = cluster.store.get("hosts.x.io", "a")
        assert stored is not None
        assert (stored["apiVersion"], stored["hostPort"]) == ("x.io/v1", "h:1")
        assert (await http.ask("GET", f"{V1}/a"))[1]["hostPort"] == "h:1"
        assert await names(http, f"{V2}?fieldSelector=host%3Dh") == ["a"]
        assert await names(http, f"{V2}?fieldSelector=port%3D1") == ["a", "b"]
        assert await names(http, f"{V1}?fieldSelector=hostPort%3Dk:1") == ["b"]
        before = webhook.asked
        assert (await http.ask("GET", f"{V2}/b"))[1]["port"] == "1"
        assert webhook.asked == before  # it is known
        patch, content = {"port": "2"}, "application/merge-patch+json"
        assert (await http.ask("PATCH", f"{V2}/b", patch, content=content))[1]["port"] == "2"
        assert (await http.ask("GET", f"{V1}/b"))[1]["hostPort"] == "k:2"
        assert (await http.ask("DELETE", f"{V2}/b"))[0] == 200


async def test_a_watch_is_converted_in_order() -> None:
    async with running() as (cluster, http):
        await served(cluster, http)
        await http.ask("POST", V1, body("x.io/v1", "a", hostPort="h:1"))
        query = {"watch": "1", "fieldSelector": "host=h", "timeoutSeconds": "5"}
        seen: list[tuple[str, str, str]] = []
        async with http.session.get(http.url + V2, params=query) as stream:
            async for line in stream.content:
                event = orjson.loads(line)
                item = event["object"]
                seen.append((event["type"], item["metadata"]["name"], item["port"]))
                if len(seen) == 1:
                    await http.ask("POST", V1, body("x.io/v1", "no", hostPort="k:1"))
                    await http.ask("POST", V1, body("x.io/v1", "b", hostPort="h:2"))
                    patch, content = {"hostPort": "k:3"}, "application/merge-patch+json"
                    await http.ask("PATCH", f"{V1}/b", patch, content=content)
                    await http.ask("DELETE", f"{V1}/a")
                if len(seen) == 4:
                    break
        assert seen == [
            ("ADDED", "a", "1"), ("ADDED", "b", "2"), ("DELETED", "b", "2"), ("DELETED", "a", "1"),
        ]  # fmt: skip


async def test_a_webhook_that_fails() -> None:
    async with running() as (cluster, http):
        webhook = await served(cluster, http)
        await http.ask("POST", V1, body("x.io/v1", "a", hostPort="h:1"))
        webhook.broken = True
        words = "conversion webhook for x.io/v1, Kind=Host failed: no"
        for path in (V2, f"{V2}/a"):
            status, answer = await http.ask("GET", path)
            assert (status, words in answer["message"]) == (500, True)
        made = body("x.io/v2", "b", host="h", port="1")
        assert (await http.ask("POST", V2, made))[0] == 500
        assert await names(http, V1) == ["a"]
