"""Request bodies: from bytes to an object of a kind, refused in the real words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from breakfix.embedded import errors
from breakfix.embedded.errors import StatusError, bad_request
from breakfix.embedded.objects import Object
from breakfix.embedded.schema import reading, yaml_reading
from breakfix.embedded.schema.builtin import schema_of
from breakfix.embedded.schema.coercing import coerce
from breakfix.embedded.schema.conforming import DecodingError, Walk, conform, count_keys
from breakfix.embedded.schema.naming import go_kind
from breakfix.embedded.schema.types import Schema

Strictness = Literal["Ignore", "Warn", "Strict"]
JSON, YAML = "application/json", "application/yaml"
MEDIA_TYPES = (JSON, YAML)
PROTOBUF = "application/vnd.kubernetes.protobuf"  # turned into JSON before it comes here
_SCHEME = "pkg/runtime/scheme.go:110"
_ANONYMOUS = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)
_SUMMARY = 30


@dataclass
class Decoded:
    """An object, and the texts for the Warning header."""

    item: Object
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Expected:
    """What a path takes: objects of this kind."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """As in an object."""
        return f"{self.group}/{self.version}" if self.group else self.version


def decode(
    body: bytes, content_type: str, schema: Schema | None, strictness: Strictness,
    group: str, version: str, kind: str, *, custom: bool = False,
) -> Decoded:  # fmt: skip
    """The object in a request's body, private to the caller.

    `schema` None takes any object. `custom` is for kinds of CRDs, whose types are checked
    by validation and not here. Raises StatusError 400 or 415.
    """
    return _Body(body, content_type, strictness, Expected(group, version, kind)).decode(
        schema, custom
    )


class _Body:
    """One body on its way."""

    def __init__(
        self, body: bytes, content_type: str, strictness: Strictness, expected: Expected
    ) -> None:
        self._body, self._strictness, self._expected = body, strictness, expected
        self._media = content_type.partition(";")[0].strip().lower() or JSON
        self._yaml = self._media == YAML
        self._strict: list[str] = []
        self._gvk: tuple[str, str, str] | None = None  # as the body says, once that is known

    def decode(self, schema: Schema | None, custom: bool) -> Decoded:
        if self._media not in MEDIA_TYPES:
            known = MEDIA_TYPES if custom else (*MEDIA_TYPES, PROTOBUF)
            raise errors.unsupported_media_type(self._media, known)
        item = self._value()
        self._identify(item)
        try:
            self._conform(item, schema, custom)
        except (DecodingError, RecursionError) as error:
            raise self._refused(str(error)) from None
        if self._strict and self._strictness == "Strict":
            raise self._refused("strict decoding error: " + ", ".join(self._strict))
        if not custom and self._stated_version() != self._expected.api_version:
            raise bad_request(
                f"the API version in the data ({self._stated_version()}) does not match the "
                f"expected API version ({self._expected.api_version})"
            )
        return Decoded(item, self._strict if self._strictness == "Warn" else [])

    def _value(self) -> Object:
        try:
            if self._yaml:
                value, duplicates = yaml_reading.yaml_value(self._body)
                self._strict += self._yaml_words(duplicates)
            else:
                value = reading.json_value(self._body)
        except reading.ReadingError as error:
            prefix = "" if self._yaml else "couldn't get version/kind; json parse error: "
            raise self._refused(f"{prefix}{error}") from None
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._unreadable(value, "Go value", _ANONYMOUS)
        return value

    def _yaml_words(self, duplicates: list[str]) -> list[str]:
        """One error with a line each for Strict, single lines as warnings."""
        if self._strictness == "Ignore" or not duplicates:
            return []
        if self._strictness == "Warn":
            return duplicates
        return ["yaml: unmarshal errors:\n  " + "\n  ".join(duplicates)]

    def _identify(self, item: Object) -> None:
        """The kind that the body says it is, where it says one."""
        for name in ("apiVersion", "kind"):
            if not isinstance(item.get(name), str | None):
                raise self._unreadable(item[name], f"Go struct field .{name}", "string")
        api_version = item.get("apiVersion") or self._expected.api_version
        if api_version.count("/") > 1:
            raise self._refused(f"unexpected GroupVersion string: {api_version}")
        group, _, version = api_version.rpartition("/")
        self._gvk = group, version, item.get("kind") or self._expected.kind
        item["apiVersion"], item["kind"] = api_version, self._gvk[2]

    def _stated_version(self) -> str:
        group, version, _ = self._gvk or ("", "", "")
        return f"{group}/{version}" if group else version

    def _conform(self, item: Object, schema: Schema | None, custom: bool) -> None:
        if custom or schema is None:
            self._conform_custom(item, schema)
            return
        self._check_kind()
        if self._stated_version() != self._expected.api_version:
            return
        walk = conform(item, schema)
        if self._strictness == "Ignore":
            return
        if not self._yaml and walk.keys != reading.keys_written(self._body):
            walk = self._with_duplicates(schema)
        self._strict += walk.found

    def _with_duplicates(self, schema: Schema) -> Walk:
        """Perhaps a field stands twice: read again, more slowly."""
        again = reading.json_pairs(self._body)
        return conform(again, schema) if isinstance(again, dict) else Walk()

    def _check_kind(self) -> None:
        """Is what the body says something else than this path takes?"""
        group, version, kind = self._gvk or ("", "", "")
        same = (group, kind) == (self._expected.group, self._expected.kind)
        if same and (version == self._expected.version or _was_served(group, version)):
            return
        if schema_of(self._stated_version(), kind) is None:
            raise DecodingError(
                f'no kind "{kind}" is registered for version "{self._stated_version()}" in '
                f'scheme "{_SCHEME}"'
            )
        if not same:
            internal = self._expected.group.partition(".")[0] or "core"
            raise DecodingError(
                f"converting ({version}.{kind}) to ({internal}.{self._expected.kind}): "
                "unknown conversion"
            )

    def _conform_custom(self, item: Object, schema: Schema | None) -> None:
        count_keys(item)  # not too deep
        if self._strictness != "Ignore" and not self._yaml:
            self._strict += duplicate_fields(self._body, item)
        unknown = coerce(item, schema)
        self._strict += unknown if self._strictness != "Ignore" else []

    # -- refusals ----------------------------------------------------------------------

    def _unreadable(self, value: Any, where: str, kind: str) -> StatusError:
        found = go_kind(value, Schema())
        return self._refused(
            "couldn't get version/kind; json parse error: json: cannot unmarshal "
            f"{found} into {where} of type {kind}"
        )

    def _refused(self, why: str) -> StatusError:
        kind = self._expected.kind
        if self._gvk:
            _, version, found = self._gvk
            return bad_request(
                f'{found} in version "{version}" cannot be handled as a {kind}: {why}'
            )
        return bad_request(
            f"the object provided is unrecognized (must be of type {kind}): {why} "
            f"({_summary(self._body)})"
        )


def duplicate_fields(body: bytes, value: Any) -> list[str]:
    """The fields that a JSON text names twice, as strict decoding errors."""
    if count_keys(value) == reading.keys_written(body):
        return []
    found: list[str] = []
    _find_duplicates(reading.json_pairs(body), "", found)
    return list(dict.fromkeys(found))


def _find_duplicates(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, reading.Pairs):
        seen: set[str] = set()
        for key, item in value.pairs:
            at = f"{path}.{key}" if path else key
            if key in seen:
                found.append(f'duplicate field "{at}"')
            seen.add(key)
            _find_duplicates(item, at, found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _find_duplicates(item, f"{path}[{index}]", found)


def _was_served(group: str, version: str) -> bool:
    """Versions that the real scheme still converts from, though no path serves them."""
    return f"{group}/{version}" in {
        "apps/v1beta1", "apps/v1beta2", "autoscaling/v1", "autoscaling/v2", "batch/v1beta1",
        "policy/v1beta1", "networking.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1beta1",
        "rbac.authorization.k8s.io/v1alpha1", "storage.k8s.io/v1beta1", "extensions/v1beta1",
        "certificates.k8s.io/v1beta1", "coordination.k8s.io/v1beta1", "discovery.k8s.io/v1beta1",
        "events.k8s.io/v1beta1", "scheduling.k8s.io/v1beta1",
        "admissionregistration.k8s.io/v1beta1",
    }  # fmt: skip


def _summary(body: bytes) -> str:
    """The beginning of a body, in hex where it is no JSON object."""
    if not body:
        return "<empty>"
    shown = body[:_SUMMARY]
    text = shown.decode("utf-8", "replace") if body.startswith(b"{") else shown.hex()
    return f"{text} ..." if len(body) > _SUMMARY else text
