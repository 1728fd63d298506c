"""The libraries `regex`, `url` and `format`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

from breakfix.embedded.cel import functions as f
from breakfix.embedded.cel.functions import Function, function, method, parses, tagged
from breakfix.embedded.kinds import names

URL, FORMAT = "kubernetes.URL", "kubernetes.NamedFormat"


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"Illegal regex: {error}") from error


def _find(text: str, pattern: str) -> str:
    found = _pattern(pattern).search(text)
    return found[0] if found else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [m[0] for m in _pattern(pattern).finditer(text)]
    return found if limit < 0 else found[:limit]


def _split(text: str) -> Any:
    """The parts of an absolute URL or of a path, as Go's ParseRequestURI takes them."""
    words = f'URL parse error during conversion from string: parse "{text}": '
    if not text:
        raise ValueError(words + "empty url")
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError(words + "net/url: invalid control character in URL")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ValueError(words + "invalid URI for request") from error
    if not parts.scheme and not text.startswith("/"):
        raise ValueError(words + "invalid URI for request")
    return parts


def _url(text: str) -> f.Value:
    parts = _split(text)
    host = parts.netloc.rpartition("@")[2]
    port = "" if parts.port is None else str(parts.port)
    name = host.removesuffix(f":{port}") if port else host
    return tagged(
        URL, scheme=parts.scheme, host=host, hostname=name.strip("[]"), port=port,
        path=quote(parts.path, safe="/%:@!$&'()*+,;=~"),
        query=parse_qs(parts.query, keep_blank_values=True),
    )  # fmt: skip


def _parsed(check: Callable[[str], Any], words: str) -> Callable[[str], list[str]]:
    return lambda text: [] if parses(check)(text) else [words]


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())


FORMATS: dict[str, Callable[[str], list[str]]] = {
    "dns1123Label": names.dns_label,
    "dns1123Subdomain": names.dns_subdomain,
    "dns1035Label": names.dns1035_label,
    "qualifiedName": names.qualified_name,
    "dns1123LabelPrefix": lambda text: names.dns_label(text, True),
    "dns1123SubdomainPrefix": lambda text: names.dns_subdomain(text, True),
    "dns1035LabelPrefix": lambda text: names.dns1035_label(text, True),
    "labelValue": names.label_value,
    "uri": _parsed(_split, "invalid URI"),
    "uuid": _parsed(UUID, "does not match the UUID format"),
    "byte": _parsed(lambda text: base64.b64decode(text, validate=True), "invalid base64"),
    "date": _parsed(_day, "invalid date"),
    "datetime": _parsed(_moment, "invalid datetime"),
}


def _optional(*values: Any) -> f.Value:
    return tagged("optional", values=list(values))


def _named(name: str) -> f.Value:
    return _optional(tagged(FORMAT, name=name)) if name in FORMATS else _optional()


def _validate(format: f.Value, text: str) -> f.Value:
    found = FORMATS[format["name"]](text)
    return _optional(found) if found else _optional()


def _value(optional: f.Value) -> Any:
    if not optional["values"]:
        raise ValueError("optional.none() dereference")
    return optional["values"][0]


def _part(name: str) -> Callable[[f.Value], Any]:
    return lambda url: url[name]


def _format(name: str) -> Function:
    return function(
        f"format-{name}", f"format.{name}", [], FORMAT, lambda: tagged(FORMAT, name=name)
    )


FUNCTIONS: tuple[Function, ...] = (
    method("string_find_string", "find", [f.STRING, f.STRING], f.STRING, _find),
    method("string_find_all_string", "findAll", [f.STRING, f.STRING], "list(string)", _find_all),
    method(
        "string_find_all_string_int", "findAll", [f.STRING, f.STRING, f.INT], "list(string)",
        _find_all,
    ),
    function("string_to_url", "url", [f.STRING], URL, _url),
    function("is_url_string", "isURL", [f.STRING], f.BOOL, parses(_split)),
    method("url_get_scheme", "getScheme", [URL], f.STRING, _part("scheme")),
    method("url_get_host", "getHost", [URL], f.STRING, _part("host")),
    method("url_get_hostname", "getHostname", [URL], f.STRING, _part("hostname")),
    method("url_get_port", "getPort", [URL], f.STRING, _part("port")),
    method("url_get_escaped_path", "getEscapedPath", [URL], f.STRING, _part("path")),
    method("url_get_query", "getQuery", [URL], "map(string,list(string))", _part("query")),
    function("format-named", "format.named", [f.STRING], f"optional({FORMAT})", _named),
    method(
        "format-validate", "validate", [FORMAT, f.STRING], "optional(list(string))", _validate
    ),
    *map(_format, FORMATS),
)  # fmt: skip

# The evaluating environment's own: optionals that a Python function has made.
OPTIONALS: tuple[Function, ...] = (
    method("tagged_has_value", "hasValue", [f.MAP], f.BOOL, lambda o: bool(o["values"])),
    method("tagged_value", "value", [f.MAP], f.DYN, _value),
)
