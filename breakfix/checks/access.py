"""can and admission: what the API server would allow, asked without changing anything.

Sources: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ and
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

from breakfix.checks.context import Answer, CheckContext, in_namespace
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.scenario.checks_spec import Admission, Can

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


async def ask_can(question: Can, ctx: CheckContext) -> Answer:
    """May that account do that? By SubjectAccessReview."""
    spec = _subject(question, ctx) | {"resourceAttributes": _attributes(question, ctx)}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer = await ctx.api.request("POST", REVIEWS, None, body)
    allowed = bool(answer["status"].get("allowed"))
    words = {True: "allowed", False: "denied"}
    return Answer(allowed == question.allowed, words[question.allowed], words[allowed])


def _subject(question: Can, ctx: CheckContext) -> Object:
    if question.user:
        return {"user": question.user, "groups": list(question.groups)}
    *space, name = question.service_account.split("/")
    namespace = space[0] if space else ctx.namespace
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    groups += ["system:authenticated", *question.groups]
    return {"user": f"system:serviceaccount:{namespace}:{name}", "groups": groups}


def _attributes(question: Can, ctx: CheckContext) -> Object:
    namespace = ctx.namespace if question.namespace is None else question.namespace
    attributes = {
        "verb": question.verb,
        "resource": question.resource,
        "group": question.group,
        "subresource": question.subresource,
        "namespace": "" if namespace == "*" else namespace,
        "name": question.name,
    }
    return {k: v for k, v in attributes.items() if v}


async def ask_admission(question: Admission, ctx: CheckContext) -> Answer:
    """Is the manifest accepted (or refused, with these words)?"""
    refusal = ""
    for item in ctx.manifests(question.apply):
        try:
            await ctx.api.apply(await in_namespace(item, ctx), dry_run=True)
        except ApiError as error:
            refusal = refusal or error.message
    if question.accepted:
        return Answer(not refusal, "accepted", refusal or "accepted")
    good = bool(refusal) and question.contains in refusal
    wanted = f'refused: "{question.contains}"' if question.contains else "refused"
    return Answer(good, wanted, "refused" if good else refusal[:200] or "accepted")
