"""The seam of an admission plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from breakfix.embedded.errors import StatusError, forbidden
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.users import User

Operation = Literal["CREATE", "UPDATE", "DELETE", "CONNECT"]


@dataclass
class AdmissionRequest:
    """One write on its way to the store."""

    operation: Operation
    resource: Resource
    subresource: str
    namespace: str
    name: str
    item: Object | None  # a private copy that mutators change in place; None at DELETE
    old: Object | None  # None at CREATE; the object to go at DELETE
    user: User
    options: Object = field(default_factory=dict)  # CreateOptions, UpdateOptions, ...
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)  # for the Warning header
    annotations: dict[str, str] = field(default_factory=dict)  # for the audit event

    @property
    def key(self) -> str:
        """The group resource, "deployments.apps"."""
        return self.resource.key

    def forbidden(self, why: str) -> StatusError:
        """403: the write is refused."""
        return forbidden(self.key, self.name, why)


class Plugin:
    """Does nothing; subclasses refuse by raising StatusError. `name` is the real plugin's."""

    name = ""

    async def mutate(self, request: AdmissionRequest) -> None:
        """Change request.item in place, before validation."""

    async def validate(self, request: AdmissionRequest) -> None:
        """Judge what will be stored."""

    async def settle(self, request: AdmissionRequest, stored: bool) -> None:
        """Told after the write was stored or failed; quota gives back what it reserved."""
