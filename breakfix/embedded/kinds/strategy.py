"""How the registry treats a kind: what is filled in, refused and kept at each write.

A strategy is stateless; objects come as private copies that `default_`, `prepare_create`
and `prepare_update` change in place. Validators see defaulted objects and return what is
wrong; they never change anything.
"""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object

# What a write to /status cannot touch, where it touches nothing of the metadata.
WHOLE_METADATA = ("labels", "annotations", "ownerReferences", "finalizers")


class Strategy:
    """The behaviour of a kind with nothing particular; subclass it for one that has."""

    graceful = False  # does a deletion wait for a kubelet (pods)?
    create_on_update = False  # does PUT on a name that is not there create it?
    status_at_creation = False  # may a new object come with its status (nodes)?
    has_generation = True  # metadata.generation counts changes of the spec
    unconditional_update = True  # may PUT leave out the resourceVersion that it replaces?
    returns_deleted = False  # is a deletion answered with the object, not with a Status?
    orphans = False  # are dependents left alone where a client does not say?
    status_keeps: tuple[str, ...] = ()  # of the metadata: what a write to /status cannot change
    # fields that a write to /status may change, and that all other writes keep
    status_fields: tuple[str, ...] = ("status",)

    def default_(self, item: Object) -> None:
        """Fill in what a reader would see: the versioned defaults of the kind."""

    def prepare_create(self, item: Object) -> None:
        """Drop what a client may not say at creation beyond the status (already gone)."""

    def prepare_update(self, item: Object, old: Object) -> None:
        """Keep or drop what an update may not say."""

    def prepare_status_update(self, item: Object, old: Object) -> None:
        """Likewise for /status; everything outside `status_fields` is already the old one."""

    def validate(self, item: Object) -> list[FieldError]:
        """What is wrong with a new object (its metadata is already checked)."""
        del item
        return []

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change; includes what `validate` finds where that applies."""
        del old
        return self.validate(item)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        """What is wrong with a new status."""
        del item, old
        return []

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        """Why a name is refused; `prefix` for a generateName. Most are DNS subdomains."""
        from breakfix.embedded.kinds.names import dns_subdomain

        return dns_subdomain(name, prefix)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        """Texts for the Warning header; `old` is None at creation."""
        del item, old
        return []

    def selectable(self, item: Object) -> dict[str, str]:
        """The fields, beyond metadata.name and .namespace, that a fieldSelector may ask."""
        del item
        return {}

    def prepare_deletion(self, item: Object, now: datetime) -> None:
        """What the first request to delete it writes into it."""

    def deletion_grace(self, item: Object, asked: int | None) -> int:
        """Seconds that a graceful deletion waits."""
        del item, asked
        return 0
