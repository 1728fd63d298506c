"""A cluster that is only a dictionary: enough of a registry for controllers."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from breakfix.embedded.client import Change
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import (
    MODIFIED,
    StatusError,
    already_exists,
    conflict,
    not_found,
)
from breakfix.embedded.objects import Object, clone, name_of, namespace_of, timestamp

Objects = list[Object]
Texts = list[str]
KINDS = {
    "Pod": "pods", "ConfigMap": "configmaps", "Node": "nodes", "Service": "services",
    "ReplicaSet": "replicasets.apps", "Deployment": "deployments.apps",
    "ReplicationController": "replicationcontrollers", "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps", "Job": "jobs.batch", "CronJob": "cronjobs.batch",
    "ControllerRevision": "controllerrevisions.apps", "Namespace": "namespaces",
    "PersistentVolumeClaim": "persistentvolumeclaims", "PersistentVolume": "persistentvolumes",
    "Endpoints": "endpoints", "EndpointSlice": "endpointslices.discovery.k8s.io",
}  # fmt: skip


def resolve(api_version: str, kind: str) -> str | None:
    return KINDS.get(kind)


def resources() -> Iterable[str]:
    return KINDS.values()


def _merged(target: Any, body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    found = dict(target) if isinstance(target, dict) else {}
    for key, value in body.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


class FakeClient:
    def __init__(self) -> None:
        self.clock: Any = VirtualClock()
        self.events: list[tuple[str, str, str, str]] = []
        self.refuse: Callable[[str, str, Object], StatusError | None] = lambda *_: None
        self.writes = 0
        self._items: dict[str, dict[tuple[str, str], Object]] = defaultdict(dict)
        self._seen: dict[str, Any] = defaultdict(list)
        self._count = itertools.count(1)

    # -- reads -------------------------------------------------------------------------

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return self._items[resource].get((namespace, name))

    def list(self, resource: str, namespace: str = "") -> Objects:
        found = self._items[resource].items()
        return [i for (ns, _), i in found if not namespace or ns == namespace]

    def the(self, resource: str, name: str, namespace: str = "default") -> Any:
        found = self.get(resource, name, namespace)
        assert found is not None, f"{resource} {namespace}/{name}"
        return found

    # -- writes ------------------------------------------------------------------------

    async def create(self, resource: str, item: Object) -> Object:
        self._ask("create", resource, item)
        item = clone(item)
        metadata = item["metadata"]
        number = next(self._count)
        if not metadata.get("name"):
            metadata["name"] = f"{metadata['generateName']}{number:05d}"
        if resource == "persistentvolumeclaims":
            item["status"] = {"phase": "Pending"}
        key = namespace_of(item), name_of(item)
        if key in self._items[resource]:
            raise already_exists(resource, key[1])
        metadata |= {
            "uid": f"uid-{number}", "generation": 1,
            "creationTimestamp": timestamp(self.clock.now()),
        }  # fmt: skip
        return self._store("ADDED", resource, item, None)

    async def update(self, resource: str, item: Object) -> Object:
        self._ask("update", resource, item)
        old = self._fresh(resource, item)
        changed = clone(item) | {"status": old.get("status")}
        if changed["status"] is None:
            del changed["status"]
        metadata = changed["metadata"]
        for field in ("uid", "creationTimestamp", "generation", "deletionTimestamp"):
            if field in old["metadata"]:
                metadata[field] = old["metadata"][field]
        if changed.get("spec") != old.get("spec"):
            metadata["generation"] += 1
        return self._change(resource, changed, old)

    async def update_status(self, resource: str, item: Object) -> Object:
        self._ask("update_status", resource, item)
        old = self._fresh(resource, item)
        return self._change(resource, clone(old) | {"status": clone(item.get("status"))}, old)

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        old = self._fresh(resource, item)
        changed = clone(old)
        changed["spec"] = clone(item["spec"])
        if sub == "finalize" and not changed["spec"].get("finalizers"):
            return self._remove(resource, changed)
        return self._change(resource, changed, old)

    async def patch(
        self, resource: str, name: str, namespace: str, body: Any, sub: str = ""
    ) -> Object:
        self._ask("patch", resource, {"metadata": {"name": name, "namespace": namespace}})
        old = self.get(resource, name, namespace)
        if old is None:
            raise not_found(resource, name)
        changed = _merged(clone(old), clone(body))
        uid = body.get("metadata", {}).get("uid", old["metadata"]["uid"])
        if uid != old["metadata"]["uid"]:
            raise conflict(resource, name, "uid")
        self._fresh(resource, changed)
        if changed.get("spec") != old.get("spec"):
            changed["metadata"]["generation"] += 1
        return self._change(resource, changed, old)

    async def delete(
        self, resource: str, name: str, namespace: str = "", *, uid: str = "",
        propagation: str = "", grace: int | None = None,
    ) -> None:  # fmt: skip
        old = self.get(resource, name, namespace)
        if old is None or (uid and old["metadata"]["uid"] != uid):
            return
        self._ask("delete", resource, old)
        changed = clone(old)
        metadata = changed["metadata"]
        finalizer = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(propagation)
        finalizers = metadata.get("finalizers") or []
        if finalizer and finalizer not in finalizers:
            metadata["finalizers"] = finalizers = [*finalizers, finalizer]
        metadata.setdefault("deletionTimestamp", timestamp(self.clock.now()))
        running = resource == "pods" and grace != 0 and changed["spec"].get("nodeName")
        if finalizers or running or (changed.get("spec") or {}).get("finalizers"):
            if changed != old:
                self._store("MODIFIED", resource, changed, old)
            return
        self._remove(resource, changed)

    async def create_sub(
        self, resource: str, name: str, namespace: str, sub: str, body: Object
    ) -> Object:
        raise NotImplementedError

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        self._seen[resource].append(seen)

    def event(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        self.events.append((type, reason, message, name_of(about)))

    def messages(self, reason: str = "") -> Texts:
        return [e[2] for e in self.events if not reason or e[1] == reason]

    # -- within ------------------------------------------------------------------------

    def _ask(self, verb: str, resource: str, item: Object) -> None:
        self.writes += 1
        error = self.refuse(verb, resource, item)
        if error:
            raise error

    def _fresh(self, resource: str, item: Object) -> Object:
        old = self.get(resource, name_of(item), namespace_of(item))
        if old is None:
            raise not_found(resource, name_of(item))
        version = item["metadata"].get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            raise conflict(resource, name_of(item), MODIFIED)
        return old

    def _change(self, resource: str, changed: Object, old: Object) -> Object:
        metadata = changed["metadata"]
        if not metadata.get("finalizers"):
            metadata.pop("finalizers", None)
            node = resource == "pods" and changed["spec"].get("nodeName")
            if "deletionTimestamp" in metadata and not node and resource != "namespaces":
                return self._remove(resource, changed)
        return self._store("MODIFIED", resource, changed, old)

    def _store(self, type: Any, resource: str, item: Object, old: Object | None) -> Object:
        version = next(self._count)
        item["metadata"]["resourceVersion"] = str(version)
        self._items[resource][namespace_of(item), name_of(item)] = item
        self._tell(Change(type, resource, item, old, version))
        return item

    def _remove(self, resource: str, item: Object) -> Object:
        old = self._items[resource].pop((namespace_of(item), name_of(item)))
        self._tell(Change("DELETED", resource, item, old, next(self._count)))
        return item

    def _tell(self, change: Change) -> None:
        for seen in self._seen[change.resource]:
            seen(change)

    # -- what nodes would do -----------------------------------------------------------

    async def set_pod(self, pod: Object, phase: str = "Running", *, ready: bool = True) -> None:
        state = "True" if ready else "False"
        now = timestamp(self.clock.now())
        status = {
            "phase": phase,
            "podIP": f"10.0.0.{len(self.list('pods'))}",
            "conditions": [{"type": "Ready", "status": state, "lastTransitionTime": now}],
        }
        await self.update_status("pods", clone(pod) | {"status": status})

    async def run_all(self) -> None:
        for pod in self.list("pods"):
            if (pod.get("status") or {}).get("phase") not in ("Running", "Succeeded", "Failed"):
                await self.set_pod(pod)
