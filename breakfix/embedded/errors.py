"""What the API server answers when it refuses: metav1.Status, as an exception.

The wording follows k8s.io/apimachinery/pkg/api/errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from breakfix.embedded.objects import Object

if TYPE_CHECKING:
    from breakfix.embedded.fields import FieldError


class StatusError(Exception):
    """A request that is refused, with the Status object that the client gets."""

    def __init__(
        self, code: int, reason: str, message: str, details: Object | None = None,
        retry_after: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}
        self.retry_after = retry_after
        if retry_after:
            self.details = self.details | {"retryAfterSeconds": retry_after}

    def status(self) -> Object:
        """As metav1.Status."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({"details": self.details} if self.details else {}),
            "code": self.code,
        }


def _about(resource: str, name: str) -> Object:
    """Details from a group resource as "deployments.apps"."""
    plural, _, group = resource.partition(".")
    found = {"name": name, "group": group, "kind": plural}
    return {k: v for k, v in found.items() if v}


def not_found(resource: str, name: str) -> StatusError:
    """404 for an object; resource as "deployments.apps"."""
    return StatusError(404, "NotFound", f'{resource} "{name}" not found', _about(resource, name))


def already_exists(resource: str, name: str) -> StatusError:
    """409 for a create."""
    return StatusError(
        409, "AlreadyExists", f'{resource} "{name}" already exists', _about(resource, name)
    )


def conflict(resource: str, name: str, why: str) -> StatusError:
    """409 for an update."""
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return StatusError(409, "Conflict", message, _about(resource, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def forbidden(resource: str, name: str, why: str) -> StatusError:
    """403 of admission; authorization words its own."""
    subject = f'{resource} "{name}"' if name else resource
    return StatusError(403, "Forbidden", f"{subject} is forbidden: {why}", _about(resource, name))


def bad_request(message: str) -> StatusError:
    """400."""
    return StatusError(400, "BadRequest", message)


def invalid(kind: str, group: str, name: str, errors: Sequence[FieldError]) -> StatusError:
    """422 with its causes."""
    qualified = f"{kind}.{group}" if group else kind
    texts = list(dict.fromkeys(str(e) for e in errors))
    shown = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    causes = [{"reason": e.reason, "message": e.without_field(), "field": e.field} for e in errors]
    details = {"name": name, "group": group, "kind": kind, "causes": causes}
    return StatusError(
        422, "Invalid", f'{qualified} "{name}" is invalid: {shown}',
        {k: v for k, v in details.items() if v},
    )  # fmt: skip


def method_not_allowed(resource: str, verb: str) -> StatusError:
    """405 for a verb that a resource does not have."""
    return StatusError(
        405, "MethodNotAllowed", f"{verb} is not supported on resources of kind \"{resource}\"",
        _about(resource, ""),
    )  # fmt: skip


def gone(message: str) -> StatusError:
    """410: the resourceVersion or the continue token is too old."""
    return StatusError(410, "Expired", message)


def unsupported_media_type(found: str, known: Sequence[str]) -> StatusError:
    """415 for a body."""
    return StatusError(
        415, "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: "
        f"{', '.join(known)}" if found else "",
    )  # fmt: skip


def too_many_requests(
    message: str, retry_after: int = 1, causes: Sequence[Object] = ()
) -> StatusError:
    """429: try again later; eviction says its causes."""
    details: Object = {"causes": list(causes)} if causes else {}
    return StatusError(429, "TooManyRequests", message, details, retry_after)


def internal(message: str) -> StatusError:
    """500."""
    return StatusError(
        500, "InternalError", f"Internal error occurred: {message}",
        {"causes": [{"message": message}]},
    )  # fmt: skip
