"""Who owns what: controllers adopt orphans that their selector matches, and let go of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Key, key_of
from breakfix.embedded.controllers.writes import owner_reference, patch_metadata
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    controller_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)
from breakfix.embedded.selectors import Labels

Match = Callable[[Object, Labels], bool]  # does this owner select these labels?


@dataclass(frozen=True)
class Owner:
    """A kind that owns others by a selector."""

    resource: str
    api_version: str
    kind: str
    match: Match

    async def claim(
        self, client: Client, owner: Object, resource: str, finalizer: str = ""
    ) -> list[Object]:
        """What the owner has after adopting and letting go. Raises StatusError.

        `finalizer` is put on what is adopted.
        """
        claimed = []
        for item in list(client.list(resource, namespace_of(owner))):
            found = await self._claim_one(client, owner, resource, item, finalizer)
            if found is not None:
                claimed.append(found)
        return claimed

    async def _claim_one(
        self, client: Client, owner: Object, resource: str, item: Object, finalizer: str
    ) -> Object | None:
        ref = controller_of(item)
        matches = self.match(owner, labels_of(item))
        if ref is not None:
            if ref["uid"] != owner["metadata"]["uid"]:
                return None
            if matches or is_going(owner):
                return item
            await self._release(client, owner, resource, item, finalizer)
            return None
        if not matches or is_going(owner) or is_going(item):
            return None
        return await self._adopt(client, owner, resource, item, finalizer)

    async def _adopt(
        self, client: Client, owner: Object, resource: str, item: Object, finalizer: str
    ) -> Object | None:
        fresh = client.get(self.resource, name_of(owner), namespace_of(owner))
        if fresh is None or fresh["metadata"]["uid"] != owner["metadata"]["uid"]:
            return None
        if is_going(fresh):
            return None
        mine = owner_reference(owner, self.api_version, self.kind)
        metadata: Object = {
            "ownerReferences": [*(item["metadata"].get("ownerReferences") or []), mine]
        }
        if finalizer:
            metadata["finalizers"] = _with(item, finalizer)
        await patch_metadata(client, resource, item, metadata)
        return client.get(resource, name_of(item), namespace_of(item))

    async def _release(
        self, client: Client, owner: Object, resource: str, item: Object, finalizer: str
    ) -> None:
        uid = owner["metadata"]["uid"]
        left = [r for r in item["metadata"].get("ownerReferences") or [] if r["uid"] != uid]
        metadata: Object = {"ownerReferences": left or None}
        if finalizer:
            others = [f for f in item["metadata"].get("finalizers") or [] if f != finalizer]
            metadata["finalizers"] = others or None
        try:
            await patch_metadata(client, resource, item, metadata)
        except StatusError as error:
            if error.code != 422:  # noqa: PLR2004
                raise

    def keys(self, client: Client) -> Callable[[Change], list[Key]]:
        """For `on`: the owners, present and past, of what changed, and those that may adopt it."""

        def found(change: Change) -> list[Key]:
            if change.old is None and not change.new["metadata"].get("ownerReferences"):
                if change.type == "DELETED":
                    return []
                return [key_of(o) for o in self._suitors(client, change)]
            keys = []
            for item in (change.new, change.old):
                ref = controller_of(item) if item else None
                if item and ref and ref["kind"] == self.kind:
                    keys.append((namespace_of(item), ref["name"]))
            if change.type != "DELETED" and controller_of(change.new) is None:
                keys += [key_of(o) for o in self._suitors(client, change)]
            return list(dict.fromkeys(keys))

        return found

    def _suitors(self, client: Client, change: Change) -> Iterable[Object]:
        labels = labels_of(change.new)
        return (
            owner
            for owner in client.list(self.resource, namespace_of(change.new))
            if self.match(owner, labels)
        )


def _with(item: Object, finalizer: str) -> list[str]:
    have: list[str] = item["metadata"].get("finalizers") or []
    return have if finalizer in have else [*have, finalizer]
