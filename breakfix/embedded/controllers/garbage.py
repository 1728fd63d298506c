"""The garbage collector: what has lost its owners goes, in the order that was asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key
from breakfix.embedded.controllers.garbage_graph import (
    FOREGROUND,
    ORPHAN,
    Node,
    blocks,
    finalizers_of,
    references_of,
    without_owners,
)
from breakfix.embedded.controllers.writes import drop_finalizer, patch_metadata
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

IGNORED = frozenset({"events", "events.events.k8s.io"})
CRDS = "customresourcedefinitions.apiextensions.k8s.io"
RETRY = 30.0  # seconds until an owner of an unknown kind is looked for again
Resolve = Callable[[str, str], str | None]


class GarbageCollector(Controller):
    """Keys are ("", uid). `resources` tells all group resources there are now, `resolve` the
    group resource of an apiVersion and kind."""

    name = "garbage-collector-controller"
    account = "generic-garbage-collector"
    workers = 5

    def __init__(
        self, client: Client, resources: Callable[[], Iterable[str]], resolve: Resolve
    ) -> None:
        super().__init__(client)
        self._resources, self._resolve = resources, resolve
        self._watched: set[str] = set()
        self._nodes: dict[str, Node] = {}
        self._dependents: defaultdict[str, set[str]] = defaultdict(set)

    def watch(self) -> None:
        """Everything there is, and what CRDs add to it."""
        self.client.subscribe(CRDS, lambda change: self.add(("crd", name_of(change.new))))
        self._watch_new()

    def _watch_new(self) -> None:
        for resource in self._resources():
            if resource not in self._watched and resource not in IGNORED:
                self._watched.add(resource)
                self.on(resource, self._seen)

    # -- the graph ---------------------------------------------------------------------

    def _seen(self, change: Change) -> list[Key]:
        metadata = change.new["metadata"]
        uid = metadata["uid"]
        if change.type == "DELETED":
            return self._gone(uid)
        known = self._nodes.get(uid)
        if known is None and "ownerReferences" not in metadata and not is_going(change.new):
            return []
        return self._learn(uid, known, change)

    def _learn(self, uid: str, known: Node | None, change: Change) -> list[Key]:
        item = change.new
        owners = {r["uid"]: blocks(r) for r in references_of(item)}
        before = known.owners if known else {}
        self._nodes[uid] = Node(change.resource, namespace_of(item), name_of(item), owners)
        for owner in before.keys() - owners.keys():
            self._dependents[owner].discard(uid)
        for owner in owners:
            self._dependents[owner].add(uid)
        # an owner may wait for this one, and now no longer needs to
        touched = [o for o, blocked in before.items() if blocked and not owners.get(o)]
        if owners.keys() - before.keys() or (is_going(item) and finalizers_of(item)):
            touched.append(uid)
        return [("", t) for t in touched]

    def _gone(self, uid: str) -> list[Key]:
        node = self._nodes.pop(uid, None)
        owners = node.owners if node else {}
        for owner in owners:
            self._dependents[owner].discard(uid)
        waiting = [o for o in owners if o in self._nodes]
        return [("", u) for u in [*self._dependents.pop(uid, ()), *waiting]]

    # -- the work ----------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Delete an object without owners, or go on with a deletion that waits for it."""
        if key[0]:
            self._watch_new()
            return
        uid = key[1]
        node = self._nodes.get(uid)
        item = self._live(uid)
        if node is None or item is None:
            return
        if not is_going(item):
            await self._judge(uid, node, item)
        elif ORPHAN in finalizers_of(item):
            await self._orphan(uid, node, item)
        elif FOREGROUND in finalizers_of(item):
            await self._wait_for_dependents(uid, node, item)

    def _live(self, uid: str) -> Object | None:
        node = self._nodes.get(uid)
        item = self.client.get(node.resource, node.name, node.namespace) if node else None
        return item if item and item["metadata"]["uid"] == uid else None

    async def _orphan(self, uid: str, node: Node, item: Object) -> None:
        for dependent in list(self._dependents[uid]):
            found, at = self._live(dependent), self._nodes.get(dependent)
            if found and at:
                body = {"ownerReferences": without_owners(found, {uid})}
                await patch_metadata(self.client, at.resource, found, body)
        await drop_finalizer(self.client, node.resource, item, ORPHAN)

    async def _wait_for_dependents(self, uid: str, node: Node, item: Object) -> None:
        blocking = [d for d in self._dependents[uid] if self._blocks(d, uid)]
        if not blocking:
            await drop_finalizer(self.client, node.resource, item, FOREGROUND)
        self.add(*(("", d) for d in self._dependents[uid]))

    def _blocks(self, dependent: str, owner: str) -> bool:
        node = self._nodes.get(dependent)
        return node is not None and node.owners.get(owner, False)

    async def _judge(self, uid: str, node: Node, item: Object) -> None:
        references = references_of(item)
        states = {r["uid"]: self._state(node, item, r) for r in references}
        if not references or "unknown" in states.values():
            if references:
                self.add_after(("", uid), RETRY)
            return
        lost = {u for u, state in states.items() if state != "solid"}
        if len(lost) < len(states):
            if lost:
                body = {"ownerReferences": without_owners(item, lost)}
                await patch_metadata(self.client, node.resource, item, body)
            return
        policy = _policy(item)
        if "waiting" in states.values() and self._dependents[uid]:
            await self._unblock_circle(uid, node, item)
            policy = "Foreground"
        await self.client.delete(
            node.resource, node.name, node.namespace, uid=uid, propagation=policy
        )

    async def _unblock_circle(self, uid: str, node: Node, item: Object) -> None:
        """An owner that waits for itself, by way of others, would wait forever."""
        circular = any(
            found and is_going(found) and FOREGROUND in finalizers_of(found)
            for found in map(self._live, self._dependents[uid])
        )
        if circular:
            freed = [{**r, "blockOwnerDeletion": False} for r in references_of(item)]
            await patch_metadata(self.client, node.resource, item, {"ownerReferences": freed})

    def _state(self, node: Node, item: Object, reference: Object) -> str:
        resource = self._resolve(reference["apiVersion"], reference["kind"])
        if resource is None:
            return "unknown"
        owner = self._owner(resource, node.namespace, reference)
        if owner is not None:
            waits = is_going(owner) and FOREGROUND in finalizers_of(owner)
            return "waiting" if waits else "solid"
        elsewhere = any(
            o["metadata"]["uid"] == reference["uid"] for o in self.client.list(resource)
        )
        if elsewhere:
            self._warn(node, item, reference)
        if not node.namespace and any(namespace_of(o) for o in self.client.list(resource)):
            return "unknown"  # a cluster-wide object cannot have an owner in a namespace
        return "absent"

    def _owner(self, resource: str, namespace: str, reference: Object) -> Object | None:
        for place in {namespace, ""}:
            found = self.client.get(resource, reference["name"], place)
            if found and found["metadata"]["uid"] == reference["uid"]:
                return found
        return None

    def _warn(self, node: Node, item: Object, reference: Object) -> None:
        identity = (
            f"[{reference['apiVersion']}/{reference['kind']}, namespace: {node.namespace}, "
            f"name: {reference['name']}, uid: {reference['uid']}]"
        )
        self.event(
            item, "Warning", "OwnerRefInvalidNamespace",
            f'ownerRef {identity} does not exist in namespace "{node.namespace}"',
        )  # fmt: skip


def _policy(item: Object) -> str:
    finalizers = finalizers_of(item)
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"
