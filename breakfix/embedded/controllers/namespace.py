"""The namespace controller: a namespace that goes takes with it what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.namespace_conditions import Remaining, conditions
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, is_going, name_of, namespace_of

FINALIZER = "kubernetes"
PODS_WAIT, FINALIZERS_WAIT = 16.0, 8.0  # seconds; half the estimates, plus one
NOT_LISTED = frozenset({"events.events.k8s.io"})  # another name of "events"
GONE = (404, 405)


class NamespaceController(Controller):
    """`resources` tells all group resources there are now, `undiscovered` the group versions
    that nothing is known of: a namespace stays while there are any."""

    name = "namespace-controller"
    workers = 3

    def __init__(
        self, client: Client, resources: Callable[[], Iterable[str]],
        undiscovered: Callable[[], list[str]] = list,
    ) -> None:  # fmt: skip
        super().__init__(client)
        self._resources, self._undiscovered = resources, undiscovered
        self._watched: set[str] = set()
        self._going: set[str] = set()

    def watch(self) -> None:
        """Namespaces, and in those that go, everything."""
        self.on("namespaces", itself)

    def _watch_content(self) -> None:
        for resource in self._resources():
            if resource not in self._watched:
                self._watched.add(resource)
                self.client.subscribe(resource, self._left)

    def _left(self, change: Change) -> None:
        if self._going and change.type == "DELETED":
            namespace = namespace_of(change.new)
            if namespace in self._going:
                self.add(("", namespace))

    async def sync(self, key: Key) -> None:
        """Delete what is left; when nothing is, let the namespace go."""
        name = key[1]
        found = self.client.get("namespaces", name)
        if found is None or not is_going(found):
            self._going.discard(name)
            return
        if not found["spec"].get("finalizers"):
            return
        self._going.add(name)
        self._watch_content()
        if (found.get("status") or {}).get("phase") != "Terminating":
            status = clone(found.get("status") or {}) | {"phase": "Terminating"}
            found = await write_status(self.client, "namespaces", found, status)
        await self._empty(found)

    async def _empty(self, namespace: Object) -> None:
        """Pods first, so that nothing they use goes before them."""
        name = name_of(namespace)
        pods = await self._delete_all(["pods"], name)
        if pods.items:
            await self._report(namespace, Remaining(errors=pods.errors))
            self.add_after(("", name), PODS_WAIT)
            return
        others = [r for r in self._resources() if r != "pods" and r not in NOT_LISTED]
        left = await self._delete_all(others, name)
        left.undiscovered = self._undiscovered()
        await self._report(namespace, left)
        if left.items or left.errors or left.undiscovered:
            self.add_after(("", name), FINALIZERS_WAIT)
            return
        await self._finalize(name)

    async def _delete_all(self, resources: Iterable[str], namespace: str) -> Remaining:
        left = Remaining()
        for resource in resources:
            for item in self._content(resource, namespace):
                try:
                    await self._delete(resource, item)
                except StatusError as error:
                    if error.code not in GONE:
                        left.errors.append(str(error))
            found = self._content(resource, namespace)
            if found:
                left.items[resource] = len(found)
            left.finalizers += Counter(
                f for item in found for f in item["metadata"].get("finalizers") or []
            )
        return left

    async def _delete(self, resource: str, item: Object) -> None:
        if is_going(item):
            return
        await self.client.delete(
            resource, name_of(item), namespace_of(item),
            uid=item["metadata"]["uid"], propagation="Background",
        )  # fmt: skip

    def _content(self, resource: str, namespace: str) -> list[Object]:
        return [i for i in self.client.list(resource, namespace) if namespace_of(i) == namespace]

    async def _report(self, namespace: Object, left: Remaining) -> None:
        status = clone(namespace.get("status") or {})
        status["conditions"] = conditions(self.clock, status.get("conditions") or [], left)
        await write_status(self.client, "namespaces", namespace, status)

    async def _finalize(self, name: str) -> None:
        fresh = self.client.get("namespaces", name)
        if fresh is None:
            return
        changed = clone(fresh)
        changed["spec"]["finalizers"] = [
            f for f in fresh["spec"].get("finalizers") or [] if f != FINALIZER
        ]
        await self.client.update_sub("namespaces", "finalize", changed)
