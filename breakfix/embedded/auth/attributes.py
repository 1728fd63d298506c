"""What an authorizer is asked."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.users import User

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"  # in a user's extra


@dataclass(frozen=True)
class Attributes:
    """One question: may this user do this? `path` alone for what is no resource."""

    user: User
    verb: str  # get, list, watch, create, update, patch, delete, ...; lower-case HTTP for paths
    group: str = ""
    version: str = ""
    resource: str = ""  # the plural
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    field_selector: str = ""  # of a list or watch, as in its query


@dataclass(frozen=True)
class Decision:
    """The answer, with the reason that a SubjectAccessReview shows."""

    allowed: bool
    reason: str = ""
