"""A resource that the API serves: one version of one plural in one group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

VERBS = (
    "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
)  # fmt: skip


@dataclass(frozen=True)
class Subresource:
    """A part of a resource with its own path: status, scale, eviction, ..."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""  # of the kind, where it is another one than the resource's
    version: str = ""


@dataclass(frozen=True)
class Resource:
    """As discovery lists it."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...] = VERBS
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    custom: bool = False  # of a CRD

    @cached_property
    def key(self) -> str:
        """The group resource, as kubectl writes it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def api_version(self) -> str:
        """As in an object: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of this name."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Subresource]:
        return {each.name: each for each in reversed(self.subresources)}
