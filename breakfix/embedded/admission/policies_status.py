"""The status of a ValidatingAdmissionPolicy: what its expressions get wrong about types.

Facts from kube-controller-manager's validatingadmissionpolicy-status controller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from breakfix.embedded.admission.policies_types import TYPES, typed, variables_type
from breakfix.embedded.cel.errors import CompileError
from breakfix.embedded.cel.types import DYN, Type, declared_builtin
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.types import Schema

MAX_TYPES = 10  # of a rule
FindResource = Callable[[str, str, str], Resource | None]  # group, version, plural
FindSchema = Callable[[str, str], Schema | None]  # apiVersion, kind


def policy_status(policy: Object, resource: FindResource, schema: FindSchema) -> Object:
    """The status that a policy should have."""
    warnings = list(_warnings(policy["spec"], resource, schema))
    return {
        **(policy.get("status") or {}),
        "observedGeneration": policy["metadata"].get("generation", 1),
        "typeChecking": {"expressionWarnings": warnings} if warnings else {},
    }


def is_observed(policy: Object) -> bool:
    """Does its status tell of its present spec?"""
    seen: int = (policy.get("status") or {}).get("observedGeneration", 0)
    return seen >= int(policy["metadata"].get("generation", 1))


def _warnings(spec: Object, resource: FindResource, schema: FindSchema) -> Iterator[Object]:
    kinds = list(_kinds(spec, resource))
    params = _params(spec, schema)
    environments = {
        kind: _types(spec, found, params)
        for kind in kinds
        if (found := schema(kind[0], kind[1])) is not None
    }
    for index, validation in enumerate(spec.get("validations") or []):
        for name in ("expression", "messageExpression"):
            text = validation.get(name)
            words = _check(text, environments) if text else ""
            if words:
                yield {"fieldRef": f"spec.validations[{index}].{name}", "warning": words}


def _kinds(spec: Object, resource: FindResource) -> Iterable[tuple[str, str]]:
    """ApiVersion and kind of what the rules name without wildcards, sorted."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or []:
        if "*" in rule.get("apiGroups", []) or "*" in rule.get("apiVersions", []):
            continue
        for group, version, plural in _named(rule):
            one = resource(group, version, plural)
            if one is not None and len(found) < MAX_TYPES:
                found[one.group, one.version, one.kind] = one.api_version, one.kind
    return [found[key] for key in sorted(found)]


def _named(rule: Object) -> Iterator[tuple[str, str, str]]:
    plurals = [r for r in rule.get("resources") or [] if "*" not in r and "/" not in r]
    for group in sorted(rule.get("apiGroups") or []):
        for version in sorted(rule.get("apiVersions") or []):
            yield from ((group, version, plural) for plural in sorted(plurals))


def _params(spec: Object, schema: FindSchema) -> Type | None:
    kind = spec.get("paramKind")
    if not kind:
        return None
    found = schema(kind["apiVersion"], kind["kind"])
    return declared_builtin(found, kind["kind"]) if found is not None else DYN


def _types(spec: Object, schema: Schema, params: Type | None) -> Mapping[str, Type]:
    name = schema.definition.rpartition(".")[2] or "object"
    item = declared_builtin(schema, name)
    types = {**TYPES, "object": item, "oldObject": item}
    if params is not None:
        types["params"] = params
    known: dict[str, Type] = {}
    for variable in spec.get("variables") or []:
        types["variables"] = variables_type(known)
        try:
            known[variable["name"]] = typed(variable["expression"], types)
        except CompileError:
            known[variable["name"]] = DYN
    return {**types, "variables": variables_type(known)}


def _check(text: str, environments: Mapping[tuple[str, str], Mapping[str, Type]]) -> str:
    found = []
    for (api_version, kind), types in environments.items():
        try:
            typed(text, types)
        except CompileError as error:
            version = api_version if "/" in api_version else f"/{api_version}"
            found.append(f"{version}, Kind={kind}: {error}\n")
    return "\n".join(found)
