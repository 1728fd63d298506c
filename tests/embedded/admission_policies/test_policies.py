"""ValidatingAdmissionPolicy."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.admission.policies import BINDINGS, POLICIES, ValidatingPolicies
from breakfix.embedded.admission.policies_status import policy_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.admissionregistration import STRATEGIES
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.builtin import schema_of
from tests.embedded.admission_policies.world import (
    DEPLOYMENTS,
    GROUP,
    RULE,
    World,
    authorize,
    request,
)

CONFIGMAPS = Resource("", "v1", "configmaps", "ConfigMap", True)


def policy(*expressions: str | Object, **spec: Any) -> Object:
    validations = [{"expression": e} if isinstance(e, str) else e for e in expressions]
    return {
        "metadata": {"name": "p", "uid": "1", "generation": 1},
        "spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": validations, **spec},
    }


async def judge(
    item: Object, asked: AdmissionRequest | None = None, world: World | None = None, **binding: Any
) -> str:
    """The refusal, or nothing."""
    world = world or World()
    world.add(POLICIES, item)
    spec = {"policyName": "p", "validationActions": ["Deny"], **binding}
    world.add(BINDINGS, {"metadata": {"name": "b"}, "spec": spec})
    plugin = ValidatingPolicies(world, authorize, lambda v, k: CONFIGMAPS)
    try:
        await plugin.validate(asked or request())
    except StatusError as error:
        return f"{error.code} {error.reason} {error.message}"
    return ""


DENIED = (
    "422 Invalid deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with "
    "binding 'b' denied request: "
)


@pytest.mark.parametrize(
    ("validation", "words"),
    [
        ("object.spec.replicas > 1", "failed expression: object.spec.replicas > 1"),
        ({"expression": "false", "message": " too few "}, "too few"),
        ({"expression": "false", "messageExpression": "'got ' + string(object.spec.replicas)"},
         "got 1"),
        ("object.spec.nope > 1",
         "expression 'object.spec.nope > 1' resulted in error: no such key: nope"),
        ("variables.few", "failed expression: variables.few"),
        ("variables.bad", "expression 'variables.bad' resulted in error: no such key: nope"),
    ],
)  # fmt: skip
async def test_denials_in_the_real_words(validation: str | Object, words: str) -> None:
    variables = [
        {"name": "n", "expression": "object.spec.replicas"},
        {"name": "few", "expression": "variables.n > 1"},
        {"name": "bad", "expression": "object.spec.nope > 1"},
    ]
    assert await judge(policy(validation, variables=variables)) == DENIED + words


async def test_the_reason_is_the_code() -> None:
    found = await judge(policy({"expression": "false", "reason": "Forbidden"}))
    assert found.startswith("403 Forbidden ")


async def test_what_expressions_see() -> None:
    seen = (
        "namespaceObject.metadata.labels.env == 'prod' && request.operation == 'CREATE' && "
        "request.userInfo.username == 'ann' && oldObject == null && params == null && "
        "authorizer.requestResource.check('get').allowed() && "
        "!authorizer.group('').resource('pods').check('delete').allowed()"
    )
    assert await judge(policy(seen)) == ""


async def test_what_does_not_match_is_not_judged() -> None:
    never = policy("false")
    assert await judge(never, request(operation="DELETE", item=None)) != ""
    assert await judge(never, request(subresource="scale")) == ""
    assert (
        await judge(policy("false", matchConditions=[{"name": "a", "expression": "false"}])) == ""
    )
    chosen = {"namespaceSelector": {"matchLabels": {"env": "test"}}, "resourceRules": [RULE]}
    assert await judge(policy("false", matchConstraints=chosen)) == ""
    named = {"excludeResourceRules": [{**RULE, "resourceNames": ["web"]}]}
    assert await judge(never, matchResources=named) == ""


async def test_warnings_audit_and_ignored_failures() -> None:
    asked = request()
    annotated = [{"key": "seen", "valueExpression": "'n=' + string(object.spec.replicas)"}]
    item = policy("object.spec.replicas > 1", auditAnnotations=annotated)
    assert await judge(item, asked, validationActions=["Warn", "Audit"]) == ""
    assert asked.warnings == [
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': "
        "failed expression: object.spec.replicas > 1"
    ]
    assert asked.annotations["p/seen"] == "n=1"
    assert (
        '"expressionIndex":0'
        in asked.annotations["validation.policy.admission.k8s.io/validation_failure"]
    )
    assert await judge(policy("object.spec.nope", failurePolicy="Ignore")) == ""


async def test_params() -> None:
    world = World()
    limit = {"metadata": {"name": "limit", "namespace": "shop", "labels": {"a": "b"}},
             "data": {"max": "0"}}  # fmt: skip
    world.add("configmaps", limit)
    item = policy(
        "object.spec.replicas <= int(params.data.max)",
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
    )
    by_name = {"name": "limit", "parameterNotFoundAction": "Deny"}
    assert (await judge(item, world=world, paramRef=by_name)).startswith(DENIED + "failed expr")
    by_label = {"selector": {"matchLabels": {"a": "b"}}, "parameterNotFoundAction": "Allow"}
    assert await judge(item, request(0), paramRef=by_label) == ""
    assert await judge(item, paramRef=by_name | {"name": "other"}) == (
        DENIED + "failed to configure binding: no params found for policy binding with `Deny` "
        "parameterNotFoundAction"
    )


def test_types_are_checked_into_the_status() -> None:
    item = policy(
        {"expression": "object.spec.replicas > '1'",
         "messageExpression": "'got ' + object.spec.replicas"},
        "object.spec.nope < 10",
        "object.spec.template.spec.containers.all(c, c.image != '')",
    )  # fmt: skip
    status = policy_status(item, lambda g, v, p: DEPLOYMENTS, schema_of)
    warnings = status["typeChecking"]["expressionWarnings"]
    assert [w["fieldRef"] for w in warnings] == [
        "spec.validations[0].expression", "spec.validations[0].messageExpression",
        "spec.validations[1].expression",
    ]  # fmt: skip
    assert warnings[0]["warning"].startswith(
        "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' "
        "applied to '(int, string)'"
    )
    assert "undefined field 'nope'" in warnings[2]["warning"]
    assert status["observedGeneration"] == 1
    item["spec"]["matchConstraints"] = {"resourceRules": [RULE | {"apiGroups": [""]}]}
    pods = Resource("", "v1", "pods", "Pod", True)
    status = policy_status(item, lambda g, v, p: pods, schema_of)
    warning = status["typeChecking"]["expressionWarnings"][0]["warning"]
    assert warning.startswith("/v1, Kind=Pod: ERROR: ")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"validations": [{"expression": "request.nope"}]}, "undefined field 'nope'"),
        ({"validations": [{"expression": "params.x"}]}, "undeclared reference to 'params'"),
        ({"validations": [{"expression": "'a'"}]}, "must evaluate to bool"),
        ({"validations": [{"expression": "variables.x"}]}, "undefined field 'x'"),
        ({"matchConstraints": None}, "spec.matchConstraints: Required value"),
        ({"validations": []}, "validations or auditAnnotations must contain at least one item"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(spec: Object, words: str) -> None:
    strategy = STRATEGIES[f"validatingadmissionpolicies.{GROUP}"]
    item = policy("true")
    item["spec"] |= spec
    strategy.default_(item)
    assert words in " ".join(map(str, strategy.validate(item)))


def test_a_binding_needs_an_action() -> None:
    strategy = STRATEGIES[f"validatingadmissionpolicybindings.{GROUP}"]
    item: Object = {"spec": {"policyName": "p", "validationActions": ["Deny", "Warn"]}}
    assert "must not contain both Deny and Warn" in str(strategy.validate(item)[0])
    item["spec"]["validationActions"] = []
    assert "at least one validation action is required" in str(strategy.validate(item)[0])
