"""ValidatingAdmissionPolicyBinding."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.admissionregistration.rules import (
    check_matching,
    check_selector,
    default_matching,
    one_of,
)
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_ACTIONS = ("Audit", "Deny", "Warn")


class ValidatingAdmissionPolicyBinding(Strategy):
    """Says where a policy applies, and what happens then."""

    unconditional_update = False

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        if spec.get("matchResources") is not None:
            default_matching(spec["matchResources"])

    def validate(self, item: Object) -> list[FieldError]:
        return list(_binding(item["spec"]))


def _binding(spec: Object) -> Iterator[FieldError]:
    name = spec.get("policyName") or ""
    if not name:
        yield f.required("spec.policyName")
    for words in names.dns_subdomain(name) if name else ():
        yield f.invalid("spec.policyName", name, words)
    if spec.get("paramRef") is not None:
        yield from _param_ref(spec["paramRef"], "spec.paramRef")
    if spec.get("matchResources") is not None:
        yield from check_matching(spec["matchResources"], "spec.matchResources")
    yield from _actions(spec.get("validationActions") or [], "spec.validationActions")


def _actions(actions: list[str], path: str) -> Iterator[FieldError]:
    for index, one in enumerate(actions):
        yield from one_of(one, _ACTIONS, f"{path}[{index}]")
        if one in actions[:index]:
            yield f.duplicate(f"{path}[{index}]", one)
    if "Deny" in actions and "Warn" in actions:
        yield f.invalid(
            path, actions, "must not contain both Deny and Warn (repeating the same validation "
            "failure information in the API response and headers serves no purpose)",
        )  # fmt: skip
    if not actions:
        yield f.required(path, "at least one validation action is required")


def _param_ref(ref: Object, path: str) -> Iterator[FieldError]:
    name, selector = ref.get("name") or "", ref.get("selector")
    if name and selector is not None:
        yield f.forbidden(f"{path}.name", "name and selector are mutually exclusive")
        yield f.forbidden(f"{path}.selector", "name and selector are mutually exclusive")
    for words in names.path_segment(name) if name else ():
        yield f.invalid(f"{path}.name", name, words)
    yield from check_selector(selector or {}, f"{path}.selector")
    if not name and selector is None:
        yield f.required(path, "one of name or selector must be specified")
    action = ref.get("parameterNotFoundAction")
    if not action:
        yield f.required(f"{path}.parameterNotFoundAction")
    yield from one_of(action or None, ("Deny", "Allow"), f"{path}.parameterNotFoundAction")
