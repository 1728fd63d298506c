"""What clients do wrong is told in the real words; the server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from breakfix.embedded.auth.claims import claims
from breakfix.embedded.cluster import EmbeddedCluster
from tests.embedded.cluster_fixture import Http, config_map, running

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
Pair = tuple[EmbeddedCluster, Http]


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[Pair]:
    async with running() as found:
        yield found


def mine(cluster: EmbeddedCluster) -> list[Any]:
    items = cluster.store.list("configmaps", "default")
    return [i for i in items if i["metadata"]["name"] != "kube-root-ca.crt"]


def deep(opening: bytes, closing: bytes, depth: int) -> bytes:
    return b'{"metadata":{"name":"deep"},"x":' + opening * depth + b"1" + closing * depth + b"}"


BODIES: list[tuple[bytes, str, int, str]] = [
    (b'{"a":', "application/json", 400, "json parse error: unexpected end of JSON input"),
    (b"[]", "application/json", 400, "cannot unmarshal array into Go value"),
    (b"\xff\xfe{}", "application/json", 400, "json parse error: invalid character"),
    (b"a: [b", "application/yaml", 400, "yaml: line 1: did not find expected"),
    (b"a: &a [*a]", "application/yaml", 400, ""),
    (b"x", "text/plain", 415, "the body of the request was in an unknown format"),
    (b'{"metadata":"x"}', "application/json", 400, "cannot unmarshal string into Go struct field"),
    (b'{"metadata":{"name":5}}', "application/json", 400, "of type string"),
    (deep(b"[", b"]", 100_000), "application/json", 400, "exceeded max depth"),
    (deep(b'{"a":', b"}", 5_000), "application/json", 400, ""),
    (b"a: " + b"[" * 20_000, "application/yaml", 400, ""),
    (config_map("big", a="x" * (3 << 20)).__repr__().encode(), "application/json", 413,
     "Request entity too large: limit is 3145728"),
]  # fmt: skip


async def test_bodies(pair: Pair) -> None:
    cluster, http = pair
    for body, content, code, words in BODIES:
        status, answer = await http.ask("POST", MAPS, body, content=content)
        assert (status, answer["kind"], answer["code"]) == (code, "Status", code), body[:40]
        assert words in answer["message"], body[:40]
    assert mine(cluster) == []
    assert (await http.ask("GET", "/readyz"))[0] == 200


async def test_large_objects(pair: Pair) -> None:
    _, http = pair
    status, answer = await http.ask("POST", MAPS, config_map("big", a="x" * (2 << 20)))
    assert (status, answer["message"]) == (
        422, 'ConfigMap "big" is invalid: []: Too long: may not be more than 1048576 bytes',
    )  # fmt: skip
    container = {"name": "a", "image": "b", "args": ["x" * (2 << 20)]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big"},
           "spec": {"containers": [container]}}  # fmt: skip
    status, answer = await http.ask("POST", PODS, pod)
    assert status == 500
    assert "trying to send message larger than max" in answer["message"]
    assert (await http.ask("GET", f"{PODS}/big"))[0] == 404


NOT_ALLOWED = "the server does not allow this method on the requested resource"
NO_RESOURCE = "the server could not find the requested resource"
PATHS: list[tuple[str, str, int, str]] = [
    ("GET", "/nope", 404, "404 page not found\n"),
    ("GET", "/apis/nope/v1/x", 404, "404 page not found\n"),
    ("GET", "/api/v1/nopes", 404, NO_RESOURCE),
    ("GET", f"{PODS}/x/nope", 404, NO_RESOURCE),
    ("PUT", MAPS, 405, NOT_ALLOWED),
    ("PATCH", MAPS, 405, NOT_ALLOWED),
    ("POST", f"{MAPS}/x", 405, NOT_ALLOWED),
    ("OPTIONS", MAPS, 405, NOT_ALLOWED),
    ("DELETE", "/api", 405, NOT_ALLOWED),
    ("GET", f"{MAPS}?limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
    ("GET", f"{MAPS}?timeoutSeconds=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
    ("GET", f"{MAPS}?continue=garbage", 400, "invalid continue token: continue key is not valid"),
    ("GET", f"{MAPS}?resourceVersion=abc", 400, "invalid resource version: resourceVersion: "
     'Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'),
    ("GET", f"{MAPS}?resourceVersion=99999999", 504, "Timeout: Too large resource version: 9999"),
    ("GET", f"{MAPS}?watch=1&resourceVersion=abc", 500, "resourceVersion: Invalid value"),
    ("GET", f"{MAPS}?fieldSelector=foo%3Dbar", 400, '"foo" is not a known field selector: '),
    ("GET", "/apis/apps/v1/replicasets?fieldSelector=status.replicas%3D1", 400,
     '"status.replicas" is not a known field selector: '),
    ("POST", f"{MAPS}?fieldValidation=x", 422, 'supported values: "", "Ignore", "Strict", "Warn"'),
    ("DELETE", f"{MAPS}/x", 404, 'configmaps "x" not found'),
]  # fmt: skip


async def test_paths_methods_and_queries(pair: Pair) -> None:
    _, http = pair
    for method, path, code, words in PATHS:
        status, answer = await http.ask(method, path, b"{}" if method in ("POST", "PUT") else None)
        message = answer if isinstance(answer, str) else answer["message"]
        assert (status, words in message) == (code, True), (path, answer)


async def test_broken_delete_options_delete_nothing(pair: Pair) -> None:
    _, http = pair
    await http.ask("POST", MAPS, config_map("kept"))
    for body, words in (
        (b"{", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
        (b'{"gracePeriodSeconds":"x"}', "cannot unmarshal string into Go struct field "
         "DeleteOptions.gracePeriodSeconds of type int64"),
        (b'{"kind":"Pod","apiVersion":"v1"}', 'no kind "Pod" is registered for version "v1"'),
    ):  # fmt: skip
        status, answer = await http.ask("DELETE", f"{MAPS}/kept", body)
        assert (status, words in answer["message"]) == (500, True), answer
    assert (await http.ask("GET", f"{MAPS}/kept"))[0] == 200


async def test_a_thousand_creates_at_once(pair: Pair) -> None:
    cluster, http = pair

    async def create(number: int) -> int:
        return (await http.ask("POST", MAPS, config_map(f"map-{number % 900}")))[0]

    codes = await asyncio.gather(*map(create, range(1000)))
    assert (codes.count(201), codes.count(409)) == (900, 100)
    items = mine(cluster)
    assert len({i["metadata"]["resourceVersion"] for i in items}) == len(items) == 900


async def test_of_two_writers_one_wins(pair: Pair) -> None:
    _, http = pair
    _, item = await http.ask("POST", MAPS, config_map("one"))
    asked = [item | {"data": {"by": who}} for who in "ab"]
    answers = await asyncio.gather(*(http.ask("PUT", f"{MAPS}/one", a) for a in asked))
    assert sorted(status for status, _ in answers) == [200, 409]
    lost = next(a for status, a in answers if status == 409)
    assert lost["message"] == (
        'Operation cannot be fulfilled on configmaps "one": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


async def test_tokens_that_are_not_good() -> None:
    async with running(admin=False) as (cluster, http):
        now = cluster.clock.now()
        account = cluster.client.get("serviceaccounts", "default", "default")
        for _ in range(100):
            account = account or cluster.client.get("serviceaccounts", "default", "default")
            await asyncio.sleep(0.01)
        assert account is not None
        good = token_of(cluster, account, timedelta(hours=1))
        head, payload, signature = good.split(".")
        forged = f"{head}.{payload}.{signature[:-4]}AAAA"
        other = EmbeddedCluster()
        strange = token_of(other, account, timedelta(hours=1))
        old = token_of(cluster, account, timedelta(hours=1), now - timedelta(hours=2))
        for token, code in (
            (good, 403), (forged, 401), (strange, 401), (old, 401), ("x", 401), ("a.b.c", 401),
        ):  # fmt: skip
            headers = {"Authorization": f"Bearer {token}"}
            status, answer = await http.ask("GET", MAPS, headers=headers)
            assert (status, answer["code"]) == (code, code), token
        assert (
            "system:serviceaccount:default:default"
            in (await http.ask("GET", MAPS, headers={"Authorization": f"Bearer {good}"}))[1][
                "message"
            ]
        )


def token_of(cluster: EmbeddedCluster, account: Any, life: timedelta, at: Any = None) -> str:
    now, seconds = at or cluster.clock.now(), int(life.total_seconds())
    return cluster.tokens.sign(claims(account, {}, [*cluster.tokens.audiences], now, seconds))


async def test_a_uid_in_a_patch_is_no_precondition(pair: Pair) -> None:
    _, http = pair
    await http.ask("POST", MAPS, {"metadata": {"name": "kept"}})
    body, merge = {"metadata": {"uid": "other"}}, "application/merge-patch+json"
    status, said = await http.ask("PATCH", f"{MAPS}/kept", body, content=merge)
    wrong = 'metadata.uid: Invalid value: "other": field is immutable'
    assert (status, said["message"]) == (422, f'ConfigMap "kept" is invalid: {wrong}')


async def test_a_patch_may_not_take_the_name_away(pair: Pair) -> None:
    _, http = pair
    await http.ask("POST", MAPS, {"metadata": {"name": "kept"}})
    body, merge = {"metadata": {"name": None}}, "application/merge-patch+json"
    status, said = await http.ask("PATCH", f"{MAPS}/kept", body, content=merge)
    words = "the name of the object (kept based on URL) was undeterminable: name must be provided"
    assert (status, said["message"]) == (400, words)


async def test_a_list_of_exactly_a_version_that_is_forgotten(pair: Pair) -> None:
    cluster, http = pair
    await http.ask("POST", MAPS, {"metadata": {"name": "kept"}})
    cluster.store.compact(cluster.store.version)
    status, said = await http.ask("GET", f"{MAPS}?resourceVersion=1&resourceVersionMatch=Exact")
    words = "The resourceVersion for the provided list is too old."
    assert (status, said["message"]) == (410, words)
