"""Namespaces."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import each
from breakfix.embedded.kinds.metadata import finalizer_name
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, is_going, name_of

NAME_LABEL = "kubernetes.io/metadata.name"
_FINALIZER = "kubernetes"


def _finalizers(item: Object, indexed: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    for i, finalizer in enumerate((item.get("spec") or {}).get("finalizers") or ()):
        at = f"spec.finalizers[{i}]" if indexed else "spec.finalizers"
        errors += each(at, finalizer, names.qualified_name(finalizer))
        errors += finalizer_name(at, finalizer)
    return errors


class Namespaces(Strategy):
    """spec.finalizers change through namespaces/finalize only."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        item.setdefault("spec", {})
        status = item.setdefault("status", {})
        status["phase"] = status.get("phase") or "Active"
        if name := name_of(item):
            labels = item["metadata"]["labels"] = item["metadata"].get("labels") or {}
            labels[NAME_LABEL] = name

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"phase": "Active"}
        finalizers = item["spec"].get("finalizers") or []
        if _FINALIZER not in finalizers:
            item["spec"]["finalizers"] = [*finalizers, _FINALIZER]
        # a generated name was not known when the defaults were set
        item["metadata"].setdefault("labels", {})[NAME_LABEL] = name_of(item)

    def prepare_update(self, item: Object, old: Object) -> None:
        item["spec"] = dict(old.get("spec") or {})

    def validate(self, item: Object) -> list[FieldError]:
        return _finalizers(item, indexed=False)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        phase = (item.get("status") or {}).get("phase", "")
        if is_going(item):
            words = "may only be 'Terminating' if `deletionTimestamp` is not empty"
            wanted = "Terminating"
        else:
            words, wanted = "may only be 'Active' if `deletionTimestamp` is empty", "Active"
        return [] if phase == wanted else [invalid("status.Phase", phase, words)]

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return names.dns_label(name, prefix)

    def selectable(self, item: Object) -> dict[str, str]:
        return {"status.phase": (item.get("status") or {}).get("phase", "")}


class NamespaceFinalize(Namespaces):
    """namespaces/finalize: the namespace controller takes the finalizers away."""

    status_fields = ("spec",)

    def prepare_update(self, item: Object, old: Object) -> None:
        item["status"] = old.get("status") or {}

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        return _finalizers(item, indexed=True)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate_update(item, old)
