"""Validating and mutating webhooks."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.admission.webhooks import (
    MUTATING,
    VALIDATING,
    MutatingWebhooks,
    ValidatingWebhooks,
)
from breakfix.embedded.admission.webhooks_calling import Caller, failed
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.admissionregistration import STRATEGIES
from breakfix.embedded.objects import Object
from tests.embedded.admission_policies.world import GROUP, RULE, Hook, World, authorize, request

SERVICE = {"service": {"name": "svc", "namespace": "ns", "path": "/check", "port": 443}}


def hook(name: str = "a.example.com", **more: Any) -> Object:
    item: Object = {"webhooks": [{
        "name": name, "clientConfig": SERVICE, "rules": [dict(RULE)], "sideEffects": "None",
        "admissionReviewVersions": ["v1"], **more,
    }]}  # fmt: skip
    STRATEGIES[f"mutatingwebhookconfigurations.{GROUP}"].default_(item)
    found: Object = item["webhooks"][0]
    return found


def world(resource: str, *hooks: Object) -> World:
    found = World()
    found.add(resource, {"metadata": {"name": "c", "uid": "1"}, "webhooks": list(hooks)})
    return found


async def validated(caller: Caller, asked: AdmissionRequest | None = None, **more: Any) -> str:
    plugin = ValidatingWebhooks(world(VALIDATING, hook(**more)), caller, authorize)
    try:
        await plugin.validate(asked or request())
    except StatusError as error:
        return f"{error.code} {error.message}"
    return ""


def patch(*operations: Object) -> Object:
    encoded = base64.b64encode(orjson.dumps(operations)).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": encoded}


async def test_a_review_tells_what_is_asked() -> None:
    caller = Hook()
    assert await validated(caller) == ""
    [asked] = caller.asked
    assert asked["kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert asked["resource"]["resource"] == "deployments"
    assert asked["object"]["spec"] == {"replicas": 1}
    assert (asked["operation"], asked["dryRun"], asked["oldObject"]) == ("CREATE", False, None)
    assert asked["userInfo"]["username"] == "ann"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"allowed": False, "status": {"message": "no", "code": 418}},
         '418 admission webhook "a.example.com" denied the request: no'),
        ({"allowed": False}, '400 admission webhook "a.example.com" denied the request without '
         "explanation"),
        ({"allowed": True, "patch": "W10="}, '500 Internal error occurred: failed calling webhook '
         '"a.example.com": received invalid webhook response: validating webhook may not return '
         "response.patch"),
    ],
)  # fmt: skip
async def test_refusals_in_the_real_words(answer: Object, words: str) -> None:
    assert await validated(Hook([answer])) == words


class Absent:
    """A webhook whose Service is not there."""

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        raise failed(client_config, timeout, 'service "svc" not found')


async def test_a_webhook_that_is_not_there_fails_closed_or_open() -> None:
    assert await validated(Absent()) == (
        '500 Internal error occurred: failed calling webhook "a.example.com": failed to call '
        'webhook: Post "https://svc.ns.svc:443/check?timeout=10s": service "svc" not found'
    )
    asked = request()
    assert await validated(Absent(), asked, failurePolicy="Ignore") == ""
    key = "failed-open.validating.webhook.admission.k8s.io/round_0_index_0"
    assert asked.annotations == {key: "a.example.com"}


async def test_who_is_not_asked() -> None:
    caller = Hook([{"allowed": False}])
    other = [{**RULE, "resources": ["pods"]}]
    assert await validated(caller, rules=other) == ""
    never = [{"name": "x", "expression": "object.spec.replicas > 5"}]
    assert await validated(caller, matchConditions=never) == ""
    chosen = {"matchLabels": {"env": "test"}}
    assert await validated(caller, namespaceSelector=chosen) == ""
    assert await validated(caller, objectSelector=chosen) == ""
    assert caller.asked == []


async def test_dry_run_needs_a_webhook_without_side_effects() -> None:
    found = await validated(Hook(), request(dry_run=True), sideEffects="Some")
    assert found == '400 admission webhook "a.example.com" does not support dry run'
    assert await validated(Hook(), request(dry_run=True)) == ""


async def test_warnings_and_annotations_reach_the_request() -> None:
    asked = request()
    answer = {"allowed": True, "warnings": ["old"], "auditAnnotations": {"k": "v"}}
    await validated(Hook([answer]), asked)
    assert (asked.warnings, asked.annotations) == (["old"], {"a.example.com/k": "v"})


async def test_a_patch_changes_the_object_and_calls_again_whoever_wants_that() -> None:
    change = patch({"op": "replace", "path": "/spec/replicas", "value": 3})
    caller = Hook([{"allowed": True}, change, {"allowed": True}])
    hooks = [hook(reinvocationPolicy="IfNeeded"), hook("b.example.com")]
    defaulted: list[int] = []
    plugin = MutatingWebhooks(
        world(MUTATING, *hooks), caller, authorize,
        default=lambda r: defaulted.append((r.item or {})["spec"]["replicas"]),
    )  # fmt: skip
    asked = request()
    await plugin.mutate(asked)
    assert asked.item is not None
    assert asked.item["spec"]["replicas"] == 3
    assert [a["object"]["spec"]["replicas"] for a in caller.asked] == [1, 1, 3]
    assert defaulted == [3]


async def test_admission_never_judges_its_own_configuration() -> None:
    from breakfix.embedded.kinds.resource import Resource

    own = Resource(GROUP, "v1", "validatingwebhookconfigurations", "X", False)
    every = [{**RULE, "apiGroups": ["*"], "resources": ["*"]}]
    caller = Hook([{"allowed": False}])
    assert await validated(caller, request(resource=own), rules=every) == ""
