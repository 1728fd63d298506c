"""ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from breakfix.embedded.fields import FieldError, forbidden, invalid, required, too_long
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, immutable
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, annotations_of

MAX_SIZE = 1024 * 1024  # bytes
_FIXED = "field is immutable when `immutable` is set"
_HIDDEN = "<secret contents redacted>"
_ACCOUNT = "kubernetes.io/service-account.name"


def _frozen(item: Object, old: Object, fields: tuple[str, ...]) -> Errors:
    """What has been declared immutable stays so, and stays the same."""
    if not old.get("immutable"):
        return
    if not item.get("immutable"):
        yield forbidden("immutable", _FIXED)
    for field in fields:
        if (item.get(field) or {}) != (old.get(field) or {}):
            yield forbidden(field, _FIXED)


class ConfigMaps(Strategy):
    """Data that is not secret."""

    has_generation = False

    def validate(self, item: Object) -> list[FieldError]:
        data, binary = item.get("data") or {}, item.get("binaryData") or {}
        errors: list[FieldError] = []
        for key in data:
            errors += each(f"data[{key}]", key, names.config_key(key))
            if key in binary:
                words = "duplicate of key present in binaryData"
                errors.append(invalid(f"data[{key}]", key, words))
        for key in binary:
            errors += each(f"binaryData[{key}]", key, names.config_key(key))
        size = sum(len(v.encode()) for v in data.values())
        if size + sum(len(decoded(v)) for v in binary.values()) > MAX_SIZE:
            errors.append(too_long("[]", MAX_SIZE))
        return errors

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return [*_frozen(item, old, ("data", "binaryData")), *self.validate(item)]


def decoded(text: str) -> bytes:
    """The bytes of a base64 text; nothing where it is none (the decoder refuses those)."""
    try:
        return base64.b64decode(text or "")
    except (binascii.Error, ValueError):
        return b""


class Secrets(Strategy):
    """Data by type; stringData becomes data before anything else."""

    has_generation = False

    def default_(self, item: Object) -> None:
        item["type"] = item.get("type") or "Opaque"
        texts = item.pop("stringData", None)
        if texts:
            data = item["data"] = dict(item.get("data") or {})
            for key, text in texts.items():
                data[key] = base64.b64encode((text or "").encode()).decode()

    def validate(self, item: Object) -> list[FieldError]:
        data = item.get("data") or {}
        errors: list[FieldError] = []
        for key in data:
            errors += each(f"data[{key}]", key, names.config_key(key))
        if sum(len(decoded(v)) for v in data.values()) > MAX_SIZE:
            errors.append(too_long("data", MAX_SIZE))
        return errors + list(_by_type(item, data))

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        errors = list(immutable("type", item.get("type", ""), old.get("type", "")))
        errors += _frozen(item, old, ("data",))
        return errors + self.validate(item)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        return _tls_warnings(item.get("data") or {}) if item.get("type") == _TLS else []

    def selectable(self, item: Object) -> dict[str, str]:
        return {"type": item.get("type", "")}


_TLS = "kubernetes.io/tls"
_NEEDS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    _TLS: ("tls.crt", "tls.key"),
}


def _by_type(item: Object, data: Object) -> Errors:
    kind = item.get("type")
    if kind == "kubernetes.io/service-account-token" and not annotations_of(item).get(_ACCOUNT):
        yield required(f"metadata.annotations[{_ACCOUNT}]")
    if kind == "kubernetes.io/basic-auth" and not data.keys() & {"username", "password"}:
        yield required("data[username]")
        yield required("data[password]")
    for key in _NEEDS.get(str(kind), ()):
        if key not in data or (kind == "kubernetes.io/ssh-auth" and not data[key]):
            yield required(f"data[{key}]")
        elif key.startswith(".docker") and (why := _json_error(decoded(data[key]))):
            yield invalid(f"data[{key}]", _HIDDEN, why)


def _json_error(text: bytes) -> str:
    """Why this is no JSON object, in the words of Go's decoder where they are simple."""
    if not text.strip():
        return "unexpected end of JSON input"
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _syntax_error(text)
    if isinstance(found, dict) or found is None:
        return ""
    kind = {list: "array", str: "string", bool: "bool"}.get(type(found), "number")
    return f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"


def _syntax_error(text: bytes) -> str:
    first = text.lstrip()[:1].decode(errors="replace")
    if first in '{["tfn-0123456789':
        return "unexpected end of JSON input"
    return f"invalid character '{first}' looking for beginning of value"


def _tls_warnings(data: Object) -> list[str]:
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if b"-----BEGIN" not in decoded(data.get(key, "")):
            return [f"tls: failed to find any PEM data in {what} input"]
    return []
