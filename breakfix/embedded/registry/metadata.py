"""What the server itself writes into metadata."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from breakfix.embedded.errors import bad_request
from breakfix.embedded.objects import Object, timestamp

if TYPE_CHECKING:
    from breakfix.embedded.clock import Clock
    from breakfix.embedded.registry.asked import Asked
    from breakfix.embedded.registry.served import Served

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))  # its first two bits are 10
SERVER_ONLY = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
               "selfLink")  # fmt: skip


def new_uid() -> str:
    """A random UUID (version 4)."""
    text = secrets.token_hex(16)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"


def random_suffix() -> str:
    """Five letters, as generateName adds them."""
    return "".join(secrets.choice(LETTERS) for _ in range(5))


def check_kind(served: Served, item: Object) -> None:
    """The body must be of the kind that the path says. Raises StatusError 400."""
    resource = served.resource
    found, kind = item.get("apiVersion"), item.get("kind")
    if not found and not kind:
        item["apiVersion"], item["kind"] = resource.api_version, resource.kind
        return
    if not kind:
        raise bad_request("Object 'Kind' is missing in body")
    if (found, kind) != (resource.api_version, resource.kind):
        if found != resource.api_version:
            raise bad_request(
                f"the API version in the data ({found}) does not match the expected API version "
                f"({resource.api_version})"
            )
        raise bad_request(f"{kind} in version \"{resource.version}\" cannot be handled as a "
                          f"{resource.kind}: no kind \"{kind}\" is registered")  # fmt: skip


def check_place(served: Served, asked: Asked, item: Object) -> None:
    """Namespace and name of body and path must agree. Raises StatusError 400."""
    meta = item.setdefault("metadata", {})
    if not served.resource.namespaced:
        if meta.pop("namespace", ""):
            raise bad_request("namespace is not allowed on this type")
    elif not asked.namespace:
        asked.namespace = meta.get("namespace") or "default"
    elif meta.setdefault("namespace", asked.namespace) != asked.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if served.resource.namespaced:
        meta["namespace"] = asked.namespace
    if asked.name and meta.get("name", asked.name) != asked.name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL "
            f"({asked.name})"
        )


def begin(item: Object, clock: Clock, has_generation: bool) -> None:
    """A new object's metadata."""
    meta = item["metadata"]
    for field in SERVER_ONLY:
        meta.pop(field, None)
    meta["uid"] = new_uid()
    meta["creationTimestamp"] = timestamp(clock.now())
    meta.pop("generation", None)
    if has_generation:
        meta["generation"] = 1


def keep(item: Object, old: Object) -> None:
    """An update cannot change what only the server says."""
    meta, before = item["metadata"], old["metadata"]
    for field in (*SERVER_ONLY, "generation"):
        meta.pop(field, None)
        if field in before:
            meta[field] = before[field]
    meta["name"] = before["name"]


def without_server_words(item: Object) -> Object:
    """For comparing two versions of an object: what a write could have changed."""
    meta = {
        k: v for k, v in item["metadata"].items() if k not in ("resourceVersion", "managedFields")
    }
    return {**item, "metadata": meta}
