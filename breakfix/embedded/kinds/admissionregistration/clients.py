"""Where a webhook is: its URL or its Service."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object

_FORM = "; desired format: https://host[/path]"
_MAX_PORT = 65535


def check_url(url: str, path: str) -> Iterator[FieldError]:
    """The address of a webhook."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        yield f.required(path, f"url must be a valid URL: {error}{_FORM}")
        return
    if parts.scheme != "https":
        yield f.invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_FORM}")
    if not parts.netloc:
        yield f.invalid(path, "", f"host must be specified{_FORM}")
    if "@" in parts.netloc:
        user = parts.netloc.rpartition("@")[0]
        yield f.invalid(path, user, "user information is not permitted in the URL")
    if parts.fragment:
        yield f.invalid(path, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        yield f.invalid(path, parts.query, "query parameters are not permitted in the URL")


def check_service(service: Object, path: str) -> Iterator[FieldError]:
    """The Service of a webhook."""
    for name in ("name", "namespace"):
        if not service.get(name):
            yield f.required(f"{path}.{name}")
    port = service.get("port", 443)
    if not 1 <= port <= _MAX_PORT:
        yield f.invalid(
            f"{path}.port", port,
            "port is not valid: must be between 1 and 65535, inclusive",
        )  # fmt: skip
    yield from _service_path(service.get("path") or "/", f"{path}.path")


def _service_path(where: str, path: str) -> Iterator[FieldError]:
    if not where.startswith("/"):
        yield f.invalid(path, where, "must start with a '/'")
        return
    if where == "/":
        return
    for index, step in enumerate(where[1:].removesuffix("/").split("/")):
        if not step:
            yield f.invalid(path, where, f"segment[{index}] may not be empty")
        else:
            for words in names.dns_subdomain(step):
                yield f.invalid(path, where, f"segment[{index}]: {words}")
