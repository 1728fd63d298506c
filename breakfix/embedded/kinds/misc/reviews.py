"""Questions that are answered and never stored: access and token reviews."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_BOTH = "cannot be specified in combination with resourceAttributes"
_NEITHER = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


class Reviews(Strategy):
    """Anything may be asked."""

    has_generation = False


class AccessReviews(Reviews):
    """selfsubjectaccessreviews.authorization.k8s.io: one question, about a resource or a path."""

    def validate(self, item: Object) -> list[FieldError]:
        spec = item.get("spec") or {}
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        found = []
        if resource is not None and path is not None:
            found.append(invalid("spec.nonResourceAttributes", path, _BOTH))
        if resource is None and path is None:
            found.append(invalid("spec.resourceAttributes", path, _NEITHER))
        return found


class SubjectAccessReviews(AccessReviews):
    """subjectaccessreviews.authorization.k8s.io: the question about someone else."""

    def validate(self, item: Object) -> list[FieldError]:
        spec, found = item.get("spec") or {}, super().validate(item)
        if not spec.get("user") and not spec.get("groups"):
            why = "at least one of user or group must be specified"
            found.append(invalid("spec.user", spec.get("user", ""), why))
        return found


class LocalSubjectAccessReviews(SubjectAccessReviews):
    """localsubjectaccessreviews.authorization.k8s.io: only within the namespace."""

    def validate(self, item: Object) -> list[FieldError]:
        spec, found = item.get("spec") or {}, super().validate(item)
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        namespace = item["metadata"].get("namespace", "")
        if resource is not None and resource.get("namespace", "") != namespace:
            field, value = "spec.resourceAttributes.namespace", resource.get("namespace", "")
            found.append(invalid(field, value, "must match metadata.namespace"))
        if path is not None:
            why = "disallowed on this kind of request"
            found.append(invalid("spec.nonResourceAttributes", path, why))
        return found
