"""How the registry treats custom resources."""

from __future__ import annotations

from typing import Any

from breakfix.embedded import fields as f
from breakfix.embedded.extensions.finalizers import finalizer_warnings
from breakfix.embedded.extensions.jsonpath import first, put
from breakfix.embedded.extensions.reading import defaults_in, lacks
from breakfix.embedded.extensions.structural import schema_of, version_of
from breakfix.embedded.extensions.validation import Validator
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.schema.defaulting import apply_defaults
from breakfix.embedded.schema.pruning import prune


class CustomStrategy(Strategy):
    """One version of one CRD. Unknown fields are pruned before defaults are filled in."""

    unconditional_update = False
    status_keeps = WHOLE_METADATA

    def __init__(self, crd: Object, version: str) -> None:
        spec = version_of(crd, version)
        self.schema = schema_of(crd, version)
        self._defaults = defaults_in(self.schema)
        self._validator = Validator(self.schema)
        self._selectable = [s["jsonPath"] for s in spec.get("selectableFields") or []]
        self._kind = crd["spec"]["names"]["kind"]
        subresources = spec.get("subresources") or {}
        self.scale: Object | None = subresources.get("scale")
        self.status_fields = ("status",) if "status" in subresources else ()
        self.deprecation = _deprecation(crd, spec)

    def default_(self, item: Object) -> None:
        prune(self.schema, item)
        apply_defaults(self.schema, item)

    def as_read(self, item: Object) -> Object:
        """A stored object with the defaults that its schema has by now; itself where it lacks
        none."""
        if self._defaults is None or not lacks(self._defaults, item):
            return item
        found: Object = clone(item)
        apply_defaults(self._defaults, found)
        return found

    def validate(self, item: Object) -> list[FieldError]:
        return self._scale_errors(item) + self._validator.validate(item)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return self._scale_errors(item) + self._validator.validate(item, old)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate_update(item, old)

    def _scale_errors(self, item: Object) -> list[FieldError]:
        if self.scale is None:
            return []
        path = self.scale["specReplicasPath"]
        found = first(path, item)
        if isinstance(found, int) and found < 0:
            return [f.invalid(path.removeprefix("."), found, "should be a non-negative integer")]
        return []

    def selectable(self, item: Object) -> dict[str, str]:
        return {p.removeprefix("."): _text(first(p, item)) for p in self._selectable}

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        found = [self.deprecation] if self.deprecation else []
        return found + finalizer_warnings(item, old)

    # -- the scale subresource ----------------------------------------------------------

    def replicas(self, item: Object) -> tuple[int, int, str]:
        """spec.replicas, status.replicas and status.selector of its Scale."""
        scale = self.scale or {}
        wanted, found = (first(scale[p], item) for p in ("specReplicasPath", "statusReplicasPath"))
        selector = scale.get("labelSelectorPath")
        return wanted or 0, found or 0, (first(selector, item) or "") if selector else ""

    def set_replicas(self, item: Object, replicas: int) -> None:
        """What a write to its Scale changes."""
        put((self.scale or {})["specReplicasPath"], item, replicas)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _deprecation(crd: Object, version: Object) -> str:
    if not version.get("deprecated"):
        return ""
    spec = crd["spec"]
    api = f"{spec['group']}/{version['name']} {spec['names']['kind']}"
    return version.get("deprecationWarning") or f"{api} is deprecated"
