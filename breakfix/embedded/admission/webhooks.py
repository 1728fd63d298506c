"""Validating and mutating webhooks: the plugins.

Facts from k8s.io/apiserver/pkg/admission/plugin/webhook. A webhook gets the object in the
version that its rules name where the cluster gives a `convert`, else as it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.policies_matching import (
    Equivalents,
    equivalent_rule,
    exempt,
    forbidden_name,
    selected,
)
from breakfix.embedded.admission.policies_variables import MATCH_VARIABLES, Conditions, Values
from breakfix.embedded.admission.webhooks_calling import Caller, CallError, call
from breakfix.embedded.admission.webhooks_review import (
    Answer,
    InvalidAnswerError,
    read,
    rejection,
    review,
    version_of,
)
from breakfix.embedded.cel.authorizer import Authorize, answering
from breakfix.embedded.cel.errors import EvaluationError
from breakfix.embedded.client import Reader
from breakfix.embedded.errors import StatusError, bad_request, forbidden, internal
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.patching.json_patch import apply_json_patch

VALIDATING = "validatingwebhookconfigurations.admissionregistration.k8s.io"
MUTATING = "mutatingwebhookconfigurations.admissionregistration.k8s.io"

Convert = Callable[[Object, Resource], Awaitable[Object]]  # as another version of its kind
Default = Callable[[AdmissionRequest], None]  # defaults of what a patch has put in


class UncallableError(Exception):
    """`failed calling webhook "x": ...`, which failurePolicy may ignore."""


@dataclass(frozen=True)
class Hook:
    """One webhook of one configuration."""

    configuration: str
    spec: Object
    key: tuple[str, str, int]  # configuration uid, name, its nth place of that name

    @property
    def name(self) -> str:
        """A domain name, by which errors call it."""
        name: str = self.spec["name"]
        return name

    @property
    def open(self) -> bool:
        """Are failures to call it ignored?"""
        return self.spec.get("failurePolicy") == "Ignore"


class _Webhooks(Plugin):
    resource = ""
    mutating = False
    step = ""

    def __init__(
        self, reader: Reader, caller: Caller, authorize: Authorize,
        equivalents: Equivalents | None = None, convert: Convert | None = None,
        default: Default | None = None,
    ) -> None:  # fmt: skip
        self._reader, self._caller, self._authorize = reader, caller, authorize
        self._equivalents, self._convert, self._default = equivalents, convert, default
        self._conditions: dict[str, Conditions] = {}

    def hooks(self) -> Iterator[Hook]:
        """All webhooks, by the name of their configuration."""
        for one in sorted(self._reader.list(self.resource), key=name_of):
            seen: dict[str, int] = {}
            for spec in one.get("webhooks") or []:
                place = seen[spec["name"]] = seen.get(spec["name"], -1) + 1
                uid = one["metadata"].get("uid", "")
                yield Hook(name_of(one), spec, (uid, spec["name"], place))

    def _matched(self, hook: Hook, request: AdmissionRequest) -> Resource | None:
        """The resource as which the hook wants this request. Raises StatusError."""
        spec = hook.spec
        policy = spec.get("matchPolicy") or "Equivalent"
        found = equivalent_rule(spec.get("rules") or [], policy, request, self._equivalents)
        if found is None or not selected(spec, request, self._reader):
            return None
        return found if self._conditions_hold(hook, request, found) else None

    def _conditions_hold(self, hook: Hook, request: AdmissionRequest, matched: Resource) -> bool:
        conditions = hook.spec.get("matchConditions")
        if not conditions:
            return True
        try:
            with answering(self._authorize):
                values = Values(request, matched, self._reader)
                return self._compiled(conditions).match(values)
        except EvaluationError as error:
            if hook.open:
                return False
            raise forbidden(request.key, forbidden_name(request), str(error)) from error

    def _compiled(self, conditions: list[Object]) -> Conditions:
        key = orjson.dumps(conditions).decode()
        if key not in self._conditions:
            self._conditions[key] = Conditions(conditions, MATCH_VARIABLES)
        return self._conditions[key]

    async def _ask(self, hook: Hook, request: AdmissionRequest, matched: Resource) -> Answer:
        """Raises UncallableError, StatusError for a refusal."""
        spec = hook.spec
        if request.dry_run and spec.get("sideEffects") not in {"None", "NoneOnDryRun"}:
            raise bad_request(f'admission webhook "{hook.name}" does not support dry run')
        version = version_of(spec)
        if not version:
            raise UncallableError(
                "could not create admission objects: webhook does not accept known "
                "AdmissionReview versions (v1, v1beta1)"
            )
        uid, body = review(await self._as(request, matched), matched, version)
        timeout = spec.get("timeoutSeconds") or 10
        try:
            content = await call(self._caller, spec["clientConfig"], body, timeout)
            answer = read(content, uid, self.mutating, version)
        except CallError as error:
            raise UncallableError(f"failed to call webhook: {error}") from error
        except InvalidAnswerError as error:
            raise UncallableError(f"received invalid webhook response: {error}") from error
        for key, value in answer.annotations.items():
            request.annotations[f"{hook.name}/{key}"] = value
        request.warnings += answer.warnings
        if not answer.allowed:
            raise rejection(hook.name, answer.result)
        return answer

    async def _as(self, request: AdmissionRequest, matched: Resource) -> AdmissionRequest:
        item = await self._converted(request.item, request.resource, matched)
        old = await self._converted(request.old, request.resource, matched)
        return replace(request, item=item, old=old) if matched is not request.resource else request

    async def _converted(
        self, item: Object | None, present: Resource, wanted: Resource
    ) -> Object | None:
        """Not what is of a subresource's own kind."""
        if item is None or wanted is present or self._convert is None:
            return item
        return await self._convert(item, wanted) if item.get("kind") == present.kind else item

    def _failed(
        self, hook: Hook, error: UncallableError, request: AdmissionRequest, key: str
    ) -> None:
        if not hook.open:
            raise internal(f'failed calling webhook "{hook.name}": {error}') from error
        request.annotations[f"failed-open.{self.step}.webhook.admission.k8s.io/{key}"] = hook.name


class ValidatingWebhooks(_Webhooks):
    """Asks all that match, at once; the first refusal is the answer."""

    name = "ValidatingAdmissionWebhook"
    resource = VALIDATING
    step = "validating"

    async def validate(self, request: AdmissionRequest) -> None:
        hooks = list(self.hooks())
        if not hooks or exempt(request):
            return
        matched = [(h, m) for h in hooks if (m := self._matched(h, request))]
        answers = await asyncio.gather(
            *(self._one(i, h, m, request) for i, (h, m) in enumerate(matched)),
            return_exceptions=True,
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _one(
        self, index: int, hook: Hook, matched: Resource, request: AdmissionRequest
    ) -> None:
        try:
            await self._ask(hook, request, matched)
        except UncallableError as error:
            self._failed(hook, error, request, f"round_0_index_{index}")


class MutatingWebhooks(_Webhooks):
    """Asks one after the other, and again those that want it when a later one changed more."""

    name = "MutatingAdmissionWebhook"
    resource = MUTATING
    mutating = True
    step = "mutation"

    async def mutate(self, request: AdmissionRequest) -> None:
        hooks = list(self.hooks())
        if not hooks or exempt(request):
            return
        again = await self._round(0, hooks, request)
        if again:
            await self._round(1, [h for h in hooks if h.key in again], request)

    async def _round(
        self, number: int, hooks: list[Hook], request: AdmissionRequest
    ) -> set[tuple[str, str, int]]:
        """Those to call again: called before a change, with reinvocationPolicy IfNeeded."""
        willing: set[tuple[str, str, int]] = set()
        again: set[tuple[str, str, int]] = set()
        for index, hook in enumerate(hooks):
            matched = self._matched(hook, request)
            if matched is None:
                continue
            if await self._one(number, index, hook, matched, request):
                again |= willing
            if hook.spec.get("reinvocationPolicy") == "IfNeeded":
                willing.add(hook.key)
        return again

    async def _one(
        self, number: int, index: int, hook: Hook, matched: Resource, request: AdmissionRequest
    ) -> bool:
        key = f"round_{number}_index_{index}"
        changed = False
        try:
            answer = await self._ask(hook, request, matched)
            changed = await self._patch(hook, answer.patch, matched, request)
        except UncallableError as error:
            self._failed(hook, error, request, key)
        about = {
            "configuration": hook.configuration, "webhook": hook.name, "mutated": changed,
        }  # fmt: skip
        request.annotations[f"mutation.webhook.admission.k8s.io/{key}"] = orjson.dumps(
            about
        ).decode()
        return changed

    async def _patch(
        self, hook: Hook, patch: list[Any], matched: Resource, request: AdmissionRequest
    ) -> bool:
        if not patch:
            return False
        if request.item is None:
            raise internal(
                f'admission webhook "{hook.name}" attempted to modify the object, which is not '
                "supported for this operation"
            )
        before = (await self._as(request, matched)).item
        after = _patched(before, patch)
        if after == before:
            return False
        changed = await self._converted(after, matched, request.resource)
        request.item.clear()
        request.item.update(changed or {})
        if self._default is not None:
            self._default(request)
        return True


def _patched(item: Any, patch: list[Any]) -> Any:
    try:
        return apply_json_patch(item, patch)
    except StatusError as error:
        raise internal(error.message) from error
