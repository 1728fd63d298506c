"""Conversion webhooks."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.extensions.conversion import convert
from breakfix.embedded.objects import Object

CRD: Object = {"spec": {"conversion": {"strategy": "Webhook", "webhook": {
    "clientConfig": {"url": "https://h/"}, "conversionReviewVersions": ["v1"]}}}}  # fmt: skip
ITEM: Object = {"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "a", "uid": "u"}, "x": 1}


class Answers:
    """A webhook that converts by a function."""

    def __init__(self, **answer: Any) -> None:
        self.answer = answer

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        asked = orjson.loads(body)["request"]
        objects = [
            {**o, "apiVersion": asked["desiredAPIVersion"], "y": o["x"]} for o in asked["objects"]
        ]
        response = {
            "uid": asked["uid"], "result": {"status": "Success"}, "convertedObjects": objects,
        }  # fmt: skip
        return orjson.dumps({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
            "response": response | self.answer,
        })  # fmt: skip


async def test_a_webhook_converts_what_is_of_another_version() -> None:
    already = {**ITEM, "apiVersion": "g/v2"}
    found = await convert(CRD, [already, ITEM], "g/v2", Answers())
    assert found[0] is already
    assert (found[1]["apiVersion"], found[1]["y"]) == ("g/v2", 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"result": {"status": "Failed", "message": "no"}}, "failed: no"),
        ({"uid": "other"}, "failed: expected response.uid="),
        ({"convertedObjects": []}, "returned 0 objects, expected 1"),
        ({"convertedObjects": [{**ITEM, "apiVersion": "g/v2", "metadata": {"name": "b"}}]},
         "returned invalid converted object at index 0: must have the same name: a != b"),
    ],
)  # fmt: skip
async def test_failures_in_the_real_words(answer: Object, words: str) -> None:
    with pytest.raises(StatusError) as raised:
        await convert(CRD, [ITEM], "g/v2", Answers(**answer))
    start = "Internal error occurred: conversion webhook for g/v1, Kind=K "
    assert raised.value.message.startswith(start + words)
