"""ValidatingAdmissionPolicy: the plugin.

Facts from k8s.io/apiserver/pkg/admission/plugin/policy/validating. Costs are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.policies_evaluation import CompiledPolicy, Denial, Verdict
from breakfix.embedded.admission.policies_matching import (
    Equivalents,
    exempt,
    forbidden_name,
    resources_match,
)
from breakfix.embedded.admission.policies_variables import Values
from breakfix.embedded.cel.authorizer import Authorize, answering
from breakfix.embedded.client import Reader
from breakfix.embedded.errors import StatusError, forbidden
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, labels_of, name_of
from breakfix.embedded.selectors import matches

POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io"
BINDINGS = "validatingadmissionpolicybindings.admissionregistration.k8s.io"
_CODES = {"Unauthorized": 401, "Forbidden": 403, "Invalid": 422, "RequestEntityTooLarge": 413}
_ANNOTATION_LIMIT = 10 * 1024

# The resource of an apiVersion and kind, None where none is served.
FindKind = Callable[[str, str], Resource | None]


class MisconfiguredError(Exception):
    """A policy or binding that cannot be applied as it is written."""


class _Refusal:
    """The first reason to refuse."""

    def __init__(self, policy: str, binding: str, denial: Denial) -> None:
        by = f" with binding '{binding}'" if binding else ""
        self.message = f"ValidatingAdmissionPolicy '{policy}'{by} denied request: {denial.message}"
        self.reason = denial.reason or "Invalid"


class ValidatingPolicies(Plugin):
    """Applies every policy that has a binding."""

    name = "ValidatingAdmissionPolicy"

    def __init__(
        self, reader: Reader, authorize: Authorize, find_kind: FindKind,
        equivalents: Equivalents | None = None,
    ) -> None:  # fmt: skip
        self._reader, self._authorize, self._find_kind = reader, authorize, find_kind
        self._equivalents = equivalents
        self._compiled: dict[str, tuple[str, CompiledPolicy]] = {}

    async def validate(self, request: AdmissionRequest) -> None:
        """Refuse what a policy denies; warnings and audit annotations go to the request."""
        bindings = list(self._reader.list(BINDINGS))
        if not bindings or exempt(request):
            return
        refusals: list[_Refusal] = []
        with answering(self._authorize):
            for policy in self._reader.list(POLICIES):
                bound = [b for b in bindings if b["spec"]["policyName"] == name_of(policy)]
                if bound:
                    refusals += self._apply(policy, bound, request)
        if refusals:
            raise _refused(request, refusals[0])

    def _apply(
        self, policy: Object, bindings: list[Object], request: AdmissionRequest
    ) -> list[_Refusal]:
        spec, name = policy["spec"], name_of(policy)
        try:
            matched = resources_match(
                spec.get("matchConstraints"), request, self._reader, self._equivalents
            )
        except StatusError as error:
            return self._misconfigured(policy, "", str(error))
        if matched is None:
            return []
        refusals: list[_Refusal] = []
        collected: dict[str, list[str]] = {}
        for binding in bindings:
            try:
                refusals += self._bind(policy, binding, matched, request, collected)
            except (MisconfiguredError, StatusError) as error:
                refusals += self._misconfigured(policy, name_of(binding), str(error))
        for key, values in collected.items():
            request.annotations[f"{name}/{key}"] = ", ".join(values)
        return refusals

    def _misconfigured(self, policy: Object, binding: str, words: str) -> list[_Refusal]:
        if policy["spec"].get("failurePolicy") == "Ignore":
            return []
        what = "binding" if binding else "policy"
        denial = Denial(0, f"failed to configure {what}: {words}")
        return [_Refusal(name_of(policy), binding, denial)]

    def _bind(
        self, policy: Object, binding: Object, matched: Resource, request: AdmissionRequest,
        collected: dict[str, list[str]],
    ) -> list[_Refusal]:  # fmt: skip
        about = binding["spec"].get("matchResources")
        if about and not resources_match(about, request, self._reader, self._equivalents):
            return []
        refusals: list[_Refusal] = []
        for params in self._params(policy, binding, request):
            values = Values(request, matched, self._reader, params)
            verdict = self._policy(policy).judge(values)
            refusals += _act(policy, binding, verdict, request)
            for key, value in verdict.annotations:
                known = collected.setdefault(key, [])
                if value[:_ANNOTATION_LIMIT] not in known:
                    known.append(value[:_ANNOTATION_LIMIT])
        return refusals

    def _policy(self, policy: Object) -> CompiledPolicy:
        metadata = policy["metadata"]
        version = f"{metadata.get('uid')}/{metadata.get('generation')}"
        found = self._compiled.get(metadata["name"])
        if found is None or found[0] != version:
            found = version, CompiledPolicy(policy)
            self._compiled[metadata["name"]] = found
        return found[1]

    def _params(
        self, policy: Object, binding: Object, request: AdmissionRequest
    ) -> Iterator[Object | None]:
        kind, ref = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
        if not kind or not ref:
            yield None
            return
        found = self._find_params(kind, ref, request)
        if not found and ref.get("parameterNotFoundAction") == "Deny":
            raise MisconfiguredError(
                "no params found for policy binding with `Deny` parameterNotFoundAction"
            )
        yield from found

    def _find_params(self, kind: Object, ref: Object, request: AdmissionRequest) -> list[Object]:
        resource = self._find_kind(kind["apiVersion"], kind["kind"])
        if resource is None:
            raise MisconfiguredError(
                f"failed to find resource referenced by paramKind: '{kind['apiVersion']}, "
                f"Kind={kind['kind']}'"
            )
        namespace = _namespace(resource, ref, request)
        if name := ref.get("name"):
            one = self._reader.get(resource.key, name, namespace)
            return [one] if one else []
        return [
            item
            for item in self._reader.list(resource.key, namespace)
            if matches(ref.get("selector"), labels_of(item))
        ]


def _namespace(resource: Resource, ref: Object, request: AdmissionRequest) -> str:
    given: str = ref.get("namespace") or ""
    if not resource.namespaced:
        if given:
            raise MisconfiguredError(
                "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
            )
        return ""
    if not given and not request.namespace:
        raise MisconfiguredError(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
        )
    return given or request.namespace


def _act(
    policy: Object, binding: Object, verdict: Verdict, request: AdmissionRequest
) -> list[_Refusal]:
    name, bound = name_of(policy), name_of(binding)
    actions = binding["spec"].get("validationActions") or []
    refusals = [_Refusal(name, bound, Denial(0, text)) for text in verdict.annotation_errors]
    for denial in verdict.denials:
        if "Deny" in actions:
            refusals.append(_Refusal(name, bound, denial))
        if "Warn" in actions:
            request.warnings.append(
                f"Validation failed for ValidatingAdmissionPolicy '{name}' with binding "
                f"'{bound}': {denial.message}"
            )
        if "Audit" in actions:
            request.annotations["validation.policy.admission.k8s.io/validation_failure"] = _failure(
                name, bound, denial, actions
            )
    return refusals


def _failure(policy: str, binding: str, denial: Denial, actions: list[str]) -> str:
    return orjson.dumps([{
        "message": denial.message, "policy": policy, "binding": binding,
        "expressionIndex": denial.index, "validationActions": actions,
    }]).decode()  # fmt: skip


def _refused(request: AdmissionRequest, refusal: _Refusal) -> StatusError:
    error = forbidden(request.key, forbidden_name(request), refusal.message)
    details = error.details | {"causes": [{"message": refusal.message}]}
    return StatusError(_CODES.get(refusal.reason, 422), refusal.reason, error.message, details)
