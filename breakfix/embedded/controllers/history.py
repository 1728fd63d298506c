"""Revisions of a template: hashes, and the ControllerRevisions of sets."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import orjson

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.writes import owner_reference
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, name_of, namespace_of

SAFE = "bcdfghjklmnpqrstvwxz2456789"  # no vowels: a hash must spell nothing
CONFLICT = 409


def safe_hash(value: Any, collisions: int | None = None) -> str:
    """A stable short text for a value, as pod-template-hash has it (up to 10 characters)."""
    seen = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if collisions is not None:
        seen += collisions.to_bytes(4, "little")
    number = int.from_bytes(hashlib.blake2b(seen, digest_size=4).digest(), "big")
    return "".join(SAFE[ord(digit) % len(SAFE)] for digit in str(number))


def pruned(value: Any) -> Any:
    """The value without what says nothing (null, {} in metadata), to compare templates."""
    if isinstance(value, dict):
        return {k: pruned(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [pruned(v) for v in value]
    return value


def template_patch(template: Object) -> Object:
    """What a ControllerRevision keeps of a set: its template, as a strategic merge patch.

    The same for the same template: not to be changed.
    """
    return _patch_of(orjson.dumps(template))


@lru_cache(maxsize=64)
def _patch_of(template: bytes) -> Object:
    return {"spec": {"template": pruned(orjson.loads(template)) | {"$patch": "replace"}}}


async def revisions_of(client: Client, owner: Owner, item: Object) -> list[Object]:
    """The ControllerRevisions of a set, oldest first."""
    found = await owner.claim(client, item, "controllerrevisions.apps")
    return sorted(found, key=_age)


def _age(revision: Object) -> tuple[int, str, str]:
    metadata = revision["metadata"]
    return revision.get("revision", 0), metadata.get("creationTimestamp", ""), metadata["name"]


async def current_revision(
    client: Client, owner: Owner, item: Object, known: list[Object], hash_label: str
) -> tuple[Object, int | None]:
    """The revision of the set's present template, made or made the newest where needed.

    Also the collisionCount that the set has then. Raises StatusError.
    """
    data = template_patch(item["spec"]["template"])
    newest = known[-1].get("revision", 0) if known else 0
    collisions = (item.get("status") or {}).get("collisionCount")
    same = [r for r in known if r.get("data") == data]
    if same:
        found = same[-1]
        if found is not known[-1]:
            found = await client.update(
                "controllerrevisions.apps", clone(found) | {"revision": newest + 1}
            )
        return found, collisions
    return await _create(client, owner, item, data, newest + 1, collisions, hash_label)


async def _create(
    client: Client, owner: Owner, item: Object, data: Object, number: int,
    collisions: int | None, hash_label: str,
) -> tuple[Object, int | None]:  # fmt: skip
    while True:
        digest = safe_hash(data, collisions)
        revision = _revision(owner, item, data, number, digest, hash_label)
        try:
            return await client.create("controllerrevisions.apps", revision), collisions
        except StatusError as error:
            if error.code != CONFLICT:
                raise
            there = client.get("controllerrevisions.apps", name_of(revision), namespace_of(item))
            if there is not None and there.get("data") == data:
                return there, collisions
            collisions = (collisions or 0) + 1


def _revision(
    owner: Owner, item: Object, data: Object, number: int, digest: str, hash_label: str
) -> Object:
    labels = (item["spec"]["template"].get("metadata") or {}).get("labels") or {}
    metadata: Object = {
        "name": f"{name_of(item)[:223]}-{digest}",
        "namespace": namespace_of(item),
        "labels": labels | {hash_label: digest},
        "ownerReferences": [owner_reference(item, owner.api_version, owner.kind)],
    }
    annotations = item["metadata"].get("annotations")
    if annotations:
        metadata["annotations"] = clone(annotations)
    return {
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata,
        "data": data, "revision": number,
    }  # fmt: skip


async def truncate_history(client: Client, known: list[Object], live: set[str], limit: int) -> None:
    """Delete the oldest revisions beyond the limit that nothing uses any more."""
    spare = [r for r in known if name_of(r) not in live]
    for revision in spare[: max(0, len(spare) - limit)]:
        await client.delete("controllerrevisions.apps", name_of(revision), namespace_of(revision))
