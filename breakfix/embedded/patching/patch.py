"""The patches that need no field manager: which one it is, and what it makes of an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from breakfix.embedded.errors import StatusError, unsupported_media_type
from breakfix.embedded.objects import Object
from breakfix.embedded.patching import gotext
from breakfix.embedded.patching.json_patch import apply_json_patch
from breakfix.embedded.patching.merge_patch import apply_merge_patch
from breakfix.embedded.patching.reading import read_map, read_operations
from breakfix.embedded.patching.strategic import apply_strategic
from breakfix.embedded.schema.conforming import DecodingError, conform
from breakfix.embedded.schema.types import Schema

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
BUILT_IN = (JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY)
CUSTOM = (JSON_PATCH, MERGE_PATCH, APPLY)


def media_type(content_type: str, custom: bool) -> str:
    """The kind of a patch. Raises StatusError 415 for one that the resource does not know."""
    found = content_type.partition(";")[0]
    known = CUSTOM if custom else BUILT_IN
    if found not in known:
        if custom:
            raise unsupported_media_type(content_type or "none", known)
        raise StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type")
    return found


def apply_patch(
    content_type: str, live: Object, body: bytes, schema: Schema | None, strictness: str,
    unknown: Callable[[Object], Sequence[str]] | None = None,
) -> tuple[Object, list[str]]:  # fmt: skip
    """The patched object, private to the caller, and warnings for the client.

    `schema` is None for a custom resource; the object of any other is made to conform.
    `strictness` is "Strict" (422 for doubled and unknown fields), "Warn" or "Ignore".
    `unknown` makes a custom object conform and tells what its schema does not know.
    An apply patch is not for here. Raises StatusError.
    """
    kind = media_type(content_type, custom=schema is None)
    patched, patch, found = _patched(kind, live, body, schema, strictness)
    text = orjson.dumps(patched, option=None if schema else orjson.OPT_SORT_KEYS)  # as Go's maps
    out = orjson.loads(text)
    try:
        found = [*found, *_conformed(out, schema, unknown)]
    except DecodingError as error:
        why = str(error) if patch is None else _not_converted(str(error))
        raise undecodable(_shown(patch, text), why) from None
    if found and strictness == "Strict":
        raise not_strict(_shown(patch, text), found)
    return out, (found if strictness == "Warn" else [])


def _conformed(
    out: Object, schema: Schema | None, unknown: Callable[[Object], Sequence[str]] | None
) -> Sequence[str]:  # fmt: skip
    if schema is not None:
        return conform(out, schema).found
    return unknown(out) if unknown else ()


def _not_converted(why: str) -> str:
    """A strategic patch is applied to the struct itself, which says less than a decoder."""
    wanted = why.rpartition(" of type ")[2]
    return f"unrecognized type: {wanted}" if wanted.isalnum() else why


def _shown(patch: Object | None, text: bytes) -> str:
    """How a refusal shows what it refuses: a strategic patch, else the object."""
    return text.decode() if patch is None else gotext.plain(patch)


def _patched(
    kind: str, live: Object, body: bytes, schema: Schema | None, strictness: str
) -> tuple[Object, Object | None, list[str]]:  # fmt: skip
    """The object, the patch where that is to be shown, and strict errors so far."""
    if kind == JSON_PATCH:
        operations, found = read_operations(body, strictness)
        return apply_json_patch(live, operations), None, found
    if kind == STRATEGIC and schema is not None:
        patch, found = read_map(body, "", strictness)
        return apply_strategic(live, patch, schema), patch, found
    if kind == MERGE_PATCH:
        prefix = "" if strictness == "Ignore" else "error decoding patch: "
        patch, found = read_map(body, prefix, strictness)
        return apply_merge_patch(live, patch), None, found
    raise ValueError(f"{kind} needs a field manager")


def not_strict(shown: str, errors: Sequence[str]) -> StatusError:
    """422 for what a strict decoding refuses in a patched object."""
    return undecodable(shown, "strict decoding error: " + ", ".join(errors))


def undecodable(shown: str, why: str) -> StatusError:
    """422 for a patch that makes an object of values that its kind cannot have."""
    what = f"Invalid value: {orjson.dumps(shown).decode()}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": what, "field": "patch"}
    return StatusError(422, "Invalid", f' "" is invalid: patch: {what}', {"causes": [cause]})
