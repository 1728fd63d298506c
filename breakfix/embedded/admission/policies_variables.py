"""What expressions of policies and match conditions see: `object`, `oldObject`, `request`,
`namespaceObject`, `params`, `authorizer` and `variables`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.cel.authorizer import authorizer_value, request_resource
from breakfix.embedded.cel.environment import Program, compile
from breakfix.embedded.cel.errors import CompileError, EvaluationError
from breakfix.embedded.client import Reader
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.users import User

VARIABLES = (
    "object", "oldObject", "request", "namespaceObject", "params", "variables",
    "authorizer", "authorizer.requestResource",
)  # fmt: skip
MATCH_VARIABLES = ("object", "oldObject", "request", "authorizer", "authorizer.requestResource")


def kind_of(resource: Resource) -> Object:
    """metav1.GroupVersionKind."""
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def resource_of(resource: Resource) -> Object:
    """metav1.GroupVersionResource."""
    return {"group": resource.group, "version": resource.version, "resource": resource.plural}


def user_info(user: User) -> Object:
    """authentication.k8s.io/v1 UserInfo."""
    found: Object = {"username": user.name, "groups": list(user.groups)}
    if user.uid:
        found["uid"] = user.uid
    if user.extra:
        found["extra"] = {k: list(v) for k, v in user.extra.items()}
    return found


def admission_request(request: AdmissionRequest, matched: Resource) -> Object:
    """admission.k8s.io/v1 AdmissionRequest, without uid and objects."""
    part = _part_of(request)
    found: Object = {
        "kind": part or kind_of(matched), "resource": resource_of(matched),
        "requestKind": part or kind_of(request.resource),
        "requestResource": resource_of(request.resource),
        "name": request.name, "namespace": request.namespace, "operation": request.operation,
        "userInfo": user_info(request.user), "dryRun": request.dry_run,
        "options": request.options or None,
    }  # fmt: skip
    if request.subresource:
        found["subResource"] = found["requestSubResource"] = request.subresource
    return {k: v for k, v in found.items() if v != "" and v is not None}


def _part_of(request: AdmissionRequest) -> Object | None:
    """The kind of a subresource's own object: an Eviction, PodExecOptions."""
    kind = (request.item or {}).get("kind")
    part = request.resource.subresource(request.subresource) if request.subresource else None
    if part is None or kind != part.kind or kind == request.resource.kind:
        return None
    version = part.version or request.resource.version
    return {"group": part.group or request.resource.group, "version": version, "kind": kind}


class Values(Mapping[str, Any]):
    """The variables of one request, each made when it is first read."""

    def __init__(
        self, request: AdmissionRequest, matched: Resource, reader: Reader,
        params: Object | None = None,
    ) -> None:  # fmt: skip
        self._request, self._matched, self._reader = request, matched, reader
        self._found: dict[str, Any] = {
            "object": request.item, "oldObject": request.old, "params": params,
            "variables": {},
        }  # fmt: skip

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self._make(name)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in VARIABLES

    def __iter__(self) -> Any:
        return iter(VARIABLES)

    def __len__(self) -> int:
        return len(VARIABLES)

    def _make(self, name: str) -> Any:
        request = self._request
        match name:
            case "request":
                return admission_request(request, self._matched)
            case "namespaceObject":
                return self._namespace()
            case "authorizer":
                return authorizer_value(request.user)
            case "authorizer.requestResource":
                resource = request.resource
                return request_resource(
                    request.user, resource.group, resource.plural, request.subresource,
                    request.namespace, request.name,
                )  # fmt: skip
        raise KeyError(name)

    def _namespace(self) -> Object | None:
        request = self._request
        if not request.namespace or request.key == "namespaces":
            return None
        return self._reader.get("namespaces", request.namespace)


class Expression:
    """One expression of a policy: its compile error is told when it is evaluated."""

    def __init__(self, text: str, variables: tuple[str, ...] = VARIABLES) -> None:
        self.text = text
        self.error = ""
        self.program: Program | None = None
        try:
            self.program = compile(text, variables)
        except CompileError as error:
            self.error = f"compilation error: compilation failed: {error}"

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The answer. Raises EvaluationError in the words of a policy."""
        if self.program is None:
            raise EvaluationError(self.error)
        try:
            return self.program.evaluate(values)
        except EvaluationError as error:
            raise EvaluationError(f"expression '{self.text}' resulted in error: {error}") from error

    def reads(self, name: str) -> bool:
        """Does it read this variable?"""
        return self.program is not None and name in self.program.names


class Conditions:
    """matchConditions: all must be true. `match` raises EvaluationError if one has no answer
    and none is false."""

    def __init__(self, conditions: list[Object], variables: tuple[str, ...]) -> None:
        self._all = [Expression(c.get("expression", ""), variables) for c in conditions]

    def match(self, values: Mapping[str, Any]) -> bool:
        """Is every condition true?"""
        errors = []
        for one in self._all:
            try:
                if one.evaluate(values) is False:
                    return False
            except EvaluationError as error:
                errors.append(str(error))
        if errors:
            raise EvaluationError(errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]")
        return True
