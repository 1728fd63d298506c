"""One node of a structural schema, the same for built-in kinds and for custom resources.

Nodes are shared and may refer to each other in circles (JSONSchemaProps), so walk them
along a value, never on their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

UNSET: Any = object()
Type = Literal["object", "array", "string", "integer", "number", "boolean", "any"]


@dataclass(eq=False, slots=True)
class Schema:
    """What a value may be. `fields` is empty for maps (`values` says what is in them)."""

    type: Type = "any"
    fields: dict[str, Schema] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    values: Schema | None = None  # additionalProperties: what a map holds
    items: Schema | None = None
    list_type: Literal["atomic", "set", "map"] = "atomic"  # x-kubernetes-list-type
    list_map_keys: tuple[str, ...] = ()
    map_type: Literal["granular", "atomic"] = "granular"  # x-kubernetes-map-type
    patch_strategy: frozenset[str] = frozenset()  # of "merge", "replace", "retainKeys"
    patch_merge_key: str = ""
    format: str = ""  # int32, int64, byte, date-time, int-or-string, quantity
    default: Any = UNSET
    nullable: bool = False
    preserve_unknown: bool = False  # x-kubernetes-preserve-unknown-fields
    embedded_resource: bool = False
    definition: str = ""  # the name of its OpenAPI definition, "" where it has none
    extra: dict[str, Any] = field(default_factory=dict)  # CRD: enum, pattern, limits, CEL rules

    def at(self, name: str) -> Schema | None:
        """The schema of a field or of a map's value; None where nothing is known of it."""
        return self.fields.get(name) or self.values
