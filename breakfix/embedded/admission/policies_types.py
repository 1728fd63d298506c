"""The types of a policy's variables, as far as they are known before any request."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.cel.check import check
from breakfix.embedded.cel.environment import compile
from breakfix.embedded.cel.errors import CompileError
from breakfix.embedded.cel.types import DYN, Type, parsed


def _object(title: str, /, **fields: str | Type) -> Type:
    typed = {k: parsed(v) if isinstance(v, str) else v for k, v in fields.items()}
    return Type("object", fields=typed, name=f"kubernetes.{title}")


_KIND = _object("GroupVersionKind", group="string", version="string", kind="string")
_RESOURCE = _object("GroupVersionResource", group="string", version="string", resource="string")
_USER = _object(
    "UserInfo", username="string", uid="string", groups="list(string)",
    extra="map(string,list(string))",
)  # fmt: skip
REQUEST = _object(
    "AdmissionRequest", kind=_KIND, resource=_RESOURCE, subResource="string", requestKind=_KIND,
    requestResource=_RESOURCE, requestSubResource="string", name="string", namespace="string",
    operation="string", userInfo=_USER, dryRun="bool", options="dyn",
)  # fmt: skip
_CONDITION = _object(
    "NamespaceCondition", status="string", type="string", lastTransitionTime="dyn",
    message="string", reason="string",
)  # fmt: skip
NAMESPACE = _object(
    "Namespace",
    metadata=_object(
        "NamespaceMetadata", name="string", generateName="string", namespace="string",
        labels="map(string,string)", annotations="map(string,string)", UID="string",
        creationTimestamp="dyn", deletionGracePeriodSeconds="int", deletionTimestamp="dyn",
        generation="int", resourceVersion="string", finalizers="list(string)",
    ),
    spec=_object("NamespaceSpec", finalizers="list(string)"),
    status=_object("NamespaceStatus", phase="string", conditions=Type("list", (_CONDITION,))),
)  # fmt: skip
TYPES: Mapping[str, Type] = {
    "request": REQUEST,
    "namespaceObject": NAMESPACE,
    "authorizer": parsed("kubernetes.authorization.Authorizer"),
    "authorizer.requestResource": parsed("kubernetes.authorization.ResourceCheck"),
}


def variables_type(known: Mapping[str, Type]) -> Type:
    """What `variables` is after these were defined."""
    return Type("object", fields=dict(known), name="kubernetes.variables")


def typed(text: str, types: Mapping[str, Type]) -> Type:
    """The type of an expression over variables of these types. Raises CompileError."""
    program = compile(text, tuple(types))
    checked = check(program, types)
    if checked.errors:
        raise CompileError(checked.text(text))
    if program.result != "dyn" and checked.result.kind == "dyn":
        return parsed(program.result) if program.result.isalpha() else DYN
    return checked.result


def compile_checked(text: str, variables: tuple[str, ...]) -> str:
    """The kind of an expression's result; "variables.x" are those of the policy itself.

    Raises CompileError.
    """
    own = {v.partition(".")[2]: DYN for v in variables if v.startswith("variables.")}
    types = {v: TYPES.get(v, DYN) for v in variables if not v.startswith("variables.")}
    types["variables"] = variables_type(own)
    return typed(text, types).kind
