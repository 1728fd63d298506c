"""A Kubernetes in a test's memory: objects as dicts behind the requests of the real client.

`FakeApi` is the product's own KubeApi with nothing but its transport replaced. What the
programs in the pods answer is said by the test: `Behaviour`. Controllers
(fake_controllers.py) have done their work when a write returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from breakfix.clock import Clock, VirtualClock
from breakfix.clusters.api import ApiError, ExecResult, KubeApi
from breakfix.clusters.base import Object
from breakfix.errors import ClusterError
from tests.game.fake_patches import APPLY, PATCHES, fresh, merge, without_what_is_missing

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


class Kind(NamedTuple):
    api_version: str
    kind: str
    plural: str
    namespaced: bool = True


KINDS = (
    Kind("v1", "Namespace", "namespaces", False), Kind("v1", "Node", "nodes", False),
    Kind("v1", "PersistentVolume", "persistentvolumes", False),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"), Kind("v1", "Pod", "pods"),
    Kind("v1", "ConfigMap", "configmaps"), Kind("v1", "Secret", "secrets"),
    Kind("v1", "Service", "services"), Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("v1", "Event", "events"), Kind("v1", "Endpoints", "endpoints"),
    Kind("apps/v1", "Deployment", "deployments"), Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions"),
    Kind("apps/v1", "StatefulSet", "statefulsets"), Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions"), Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", False),
    Kind("rbac.authorization.k8s.io/v1", "Role", "roles"),
    Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", False),
    Kind("coordination.k8s.io/v1", "Lease", "leases"),
)  # fmt: skip
IMMUTABLE = {
    "Deployment": ("spec", "selector"),
    "PersistentVolumeClaim": ("spec", "storageClassName"),
    "StorageClass": ("provisioner",),
    "Role": ("roleRef",),
}
Name = tuple[str, str, str]
"""Kind, namespace (empty for cluster-wide kinds), name."""


def _no_program(fake: FakeKubernetes, pod: Object, command: Sequence[str]) -> ExecResult:
    return ExecResult(0, "", "")


@dataclass
class Behaviour:
    """What the programs in this cluster do, and what the API server thinks of requests."""

    exec: Callable[[FakeKubernetes, Object, Sequence[str]], ExecResult] = _no_program
    logs: Callable[[FakeKubernetes, Object], str] = lambda fake, pod: ""
    may: Callable[[Object], bool] = lambda spec: True
    admit: Callable[[Object], str] = lambda item: ""
    is_ready: Callable[[Object], bool] = lambda pod: True
    helpers_start: bool = True


class FakeKubernetes:
    """The cluster. `down` makes every request fail; `on_request` sees each beforehand."""

    def __init__(self, clock: Clock | None = None, behaviour: Behaviour | None = None) -> None:
        self.clock = clock or VirtualClock()
        self.behaviour = behaviour or Behaviour()
        self.kinds = list(KINDS)
        self.objects: dict[Name, Object] = {}
        self.down = False
        self.conflicts = 0  # so many PUTs are refused, as if somebody had been quicker
        self.asked: list[str] = []
        self.on_request: Callable[[str, str], None] = lambda method, path: None
        self._applied: dict[Name, Object] = {}
        self._count = 0
        for name in ("default", "kube-system", "breakfix-system"):
            self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    # -- for tests --------------------------------------------------------------------

    def api(self) -> FakeApi:
        return FakeApi(self)

    def get(self, kind: str, name: str, namespace: str = "") -> Object | None:
        return self.objects.get((kind, namespace, name))

    def has(self, kind: str, name: str, namespace: str = "") -> Object:
        return self.objects[kind, namespace, name]

    def all(self, kind: str, namespace: str | None = None) -> list[Object]:
        found = sorted(k for k in self.objects if k[0] == kind and namespace in (None, k[1]))
        return [self.objects[key] for key in found]

    @property
    def writes(self) -> list[str]:
        return [request for request in self.asked if not request.startswith("GET ")]

    # -- objects ----------------------------------------------------------------------

    def create(self, body: Object) -> Object:
        key = self.key(body)
        if key in self.objects:
            raise _refusal(409, "AlreadyExists", f'{key[0]} "{key[2]}" already exists')
        if key[1] and ("Namespace", "", key[1]) not in self.objects:
            raise _refusal(404, "NotFound", f'namespaces "{key[1]}" not found')
        self._admit(body)
        meta = {"uid": f"uid-{self.number()}", "creationTimestamp": self.now(), "generation": 1}
        given = {k: v for k, v in _tidy(body["metadata"]).items() if k != "resourceVersion"}
        self.objects[key] = fresh(body) | {
            "metadata": fresh(given) | meta | {"resourceVersion": str(self.number())}
        }
        if key[0] == "Job":
            self._select_by_uid(key)
        self._reconcile()
        return self.objects[key]

    def store(self, key: Name, body: Object) -> Object:
        """Put a new content in: metadata as the server keeps it, immutable fields held."""
        old = self.objects[key]
        self._immutable(old, body)
        self._admit(body)
        kept = ("uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp")
        meta = {k: v for k, v in _tidy(body["metadata"]).items() if k not in kept}
        new = fresh(body) | {
            "metadata": fresh(meta) | {k: v for k, v in old["metadata"].items() if k in kept}
        }
        new |= {"status": old["status"]} if "status" in old else {}
        if new != old:
            new["metadata"]["generation"] += new.get("spec") != old.get("spec")
            new["metadata"]["resourceVersion"] = str(self.number())
            self.objects[key] = new
        if "deletionTimestamp" in new["metadata"] and not new["metadata"].get("finalizers"):
            del self.objects[key]
        self._reconcile()
        return new

    def remove(self, key: Name, orphan: bool = False) -> None:
        from tests.game.fake_controllers import forget

        if key not in self.objects:
            raise _refusal(404, "NotFound", f'{key[0]} "{key[2]}" not found')
        if self.objects[key]["metadata"].get("finalizers"):
            self.objects[key]["metadata"]["deletionTimestamp"] = self.now()
        else:
            forget(self, key, orphan)
            self._applied.pop(key, None)
        self._reconcile()

    def _select_by_uid(self, key: Name) -> None:
        """As the Job strategy does: selector and labels of the server's own making."""
        job = self.objects[key]
        labels = {"batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}
        given = job["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
        if "selector" in job["spec"] or labels.keys() & given.keys():
            del self.objects[key]
            raise _refusal(422, "Invalid", "spec.selector: `selector` not auto-generated")
        job["spec"]["selector"] = {"matchLabels": labels}
        given.update(labels)

    def finish(self, key: Name) -> None:
        """Whoever held an object back by a finalizer is done."""
        self.objects[key]["metadata"].pop("finalizers")
        if "deletionTimestamp" in self.objects[key]["metadata"]:
            self.remove(key)

    def _reconcile(self) -> None:
        from tests.game.fake_controllers import reconcile

        reconcile(self)

    def _admit(self, body: Object) -> None:
        if refusal := self.behaviour.admit(body):
            raise _refusal(403, "Forbidden", refusal)

    def _immutable(self, old: Object, new: Object) -> None:
        path = IMMUTABLE.get(old["kind"], ())
        if path and _at(old, path) != _at(new, path):
            raise _refusal(422, "Invalid", f"{old['kind']}: {'.'.join(path)}: field is immutable")

    def key(self, body: Object) -> Name:
        kind = next(k for k in self.kinds if k.kind == body["kind"])
        meta = body["metadata"]
        return kind.kind, meta.get("namespace", "default") if kind.namespaced else "", meta["name"]

    def number(self) -> int:
        self._count += 1
        return self._count

    def now(self) -> str:
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}"

    # -- requests ---------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Object, body: Any, content_type: str) -> Any:
        """One request, as the API server answers it. Raises ApiError, ClusterError."""
        self.on_request(method, path)
        if self.down:
            raise ClusterError("the Kubernetes API at fake does not answer: refused", "Is it up?")
        self.asked.append(f"{method} {path}")
        if path == "/readyz":
            return "ok"
        if len(path.split("/")) <= (4 if path.startswith("/apis") else 3):
            return self._discovery(path)
        if path.endswith("/subjectaccessreviews"):
            return {"status": {"allowed": self.behaviour.may(body["spec"])}}
        return fresh(self._object(method, _target(self, path), query, body, content_type))

    def _discovery(self, path: str) -> Object:
        if path == "/apis":
            groups = sorted({k.api_version for k in self.kinds if "/" in k.api_version})
            versions = [{"groupVersion": g, "version": g.split("/")[1]} for g in groups]
            return {
                "groups": [
                    {
                        "name": v["groupVersion"].split("/")[0],
                        "versions": [v],
                        "preferredVersion": v,
                    }
                    for v in versions
                ]
            }
        version = path.removeprefix("/apis/").removeprefix("/api/")
        mine = [k for k in self.kinds if k.api_version == version]
        return {
            "resources": [
                {"name": k.plural, "kind": k.kind, "namespaced": k.namespaced, "verbs": VERBS}
                for k in mine
            ]
        }

    def _object(self, method: str, at: Target, query: Object, body: Any, content: str) -> Any:
        match method:
            case "GET":
                return self._read(at, query)
            case "POST":
                placed = {"metadata": body["metadata"] | at.placed()}
                return self.create(at.head() | body | placed)
            case "PUT":
                return self._put(at.key, body)
            case "PATCH":
                return self._patch(at, body, content, "dryRun" in query)
        return self._delete(at, query, (body or {}).get("propagationPolicy") == "Orphan")

    def _read(self, at: Target, query: Object) -> Any:
        if at.sub == "log":
            return self.behaviour.logs(self, self._found(at.key))
        return self._found(at.key) if at.name else self._list(at, query)

    def _delete(self, at: Target, query: Object, orphan: bool) -> Object:
        for key in [at.key] if at.name else [self.key(o) for o in self._list(at, query)["items"]]:
            if key in self.objects or at.name:
                self.remove(key, orphan)
        return {"status": "Success"}

    def _found(self, key: Name) -> Object:
        if key not in self.objects:
            raise _refusal(404, "NotFound", f'{key[0]} "{key[2]}" not found')
        return self.objects[key]

    def _list(self, at: Target, query: Object) -> Object:
        wanted = dict(p.split("=") for p in query.get("labelSelector", "").split(",") if p)
        found = [
            {"apiVersion": at.kind.api_version} | item
            for item in self.all(at.kind.kind, at.namespace or None)
            if wanted.items() <= (item["metadata"].get("labels") or {}).items()
        ]
        return {"metadata": {"resourceVersion": str(self._count)}, "items": found}

    def _put(self, key: Name, body: Object) -> Object:
        version = self._found(key)["metadata"]["resourceVersion"]
        if self.conflicts or body["metadata"].get("resourceVersion", version) != version:
            self.conflicts = max(0, self.conflicts - 1)
            raise _refusal(409, "Conflict", f'{key[0]} "{key[2]}": the object has been modified')
        return self.store(key, body)

    def _patch(self, at: Target, body: Any, content: str, dry: bool) -> Object:
        if content == APPLY:
            return self._apply(at, body, dry)
        key = at.key
        if at.sub == "ephemeralcontainers":
            return self._helper(self._found(key), body)
        try:
            return self.store(key, PATCHES[content](self._found(key), body))
        except ValueError as error:
            raise _refusal(422, "Invalid", f"the server rejected our request: {error}") from error

    def _apply(self, at: Target, body: Object, dry: bool) -> Object:
        if dry:
            self._admit(body)
            return body
        key, item = at.key, body | {"metadata": body["metadata"] | at.placed()}
        last = self._applied.get(key)
        self._applied[key] = fresh(item)
        if key not in self.objects:
            return self.create(item)
        return self.store(key, merge(self.objects[key], without_what_is_missing(last, item)))

    def _helper(self, pod: Object, body: Object) -> Object:
        added = body["spec"]["ephemeralContainers"]
        pod["spec"].setdefault("ephemeralContainers", []).extend(added)
        state: Object = {"running": {}} if self.behaviour.helpers_start else {"waiting": {}}
        statuses = [{"name": each["name"], "state": state} for each in added]
        pod["status"]["ephemeralContainerStatuses"] = statuses
        return pod


class Target(NamedTuple):
    """What a path names."""

    kind: Kind
    namespace: str
    name: str
    sub: str

    @property
    def key(self) -> Name:
        return self.kind.kind, self.namespace, self.name

    def placed(self) -> Object:
        return {"namespace": self.namespace} if self.namespace else {}

    def head(self) -> Object:
        return {"apiVersion": self.kind.api_version, "kind": self.kind.kind}


def _target(fake: FakeKubernetes, path: str) -> Target:
    parts = path.strip("/").split("/")
    version, parts = ("v1", parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2:
        namespace, parts = parts[1], parts[2:]
    plural, name, sub = (*parts, "", "")[:3]
    for kind in fake.kinds:
        if (kind.api_version, kind.plural) == (version, plural):
            return Target(kind, namespace, name, sub)
    raise _refusal(404, "NotFound", "the server could not find the requested resource")


def _tidy(meta: Object) -> Object:
    """Without what is empty, as the server answers it."""
    optional = ("labels", "annotations", "finalizers", "ownerReferences")
    return {k: v for k, v in meta.items() if v or k not in optional}


def _at(item: Any, path: Sequence[str]) -> Any:
    for key in path:
        item = (item or {}).get(key)
    return item


def _refusal(code: int, reason: str, message: str) -> ApiError:
    return ApiError(code, {"reason": reason, "message": message}, "fake")


class FakeApi(KubeApi):
    """The product's own client on a fake cluster."""

    def __init__(self, kubernetes: FakeKubernetes) -> None:
        super().__init__(Path("fake"))
        self.kubernetes = kubernetes
        self.closed = False

    async def __aenter__(self) -> Self:
        return self

    async def close(self) -> None:
        self.closed = True

    async def request(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None,
        content_type: str = "application/json", timeout: float = 30.0,
    ) -> Any:  # fmt: skip
        return self.kubernetes.answer(method, path, query or {}, body, content_type)

    async def exec(
        self, pod: str, namespace: str, command: Sequence[str], container: str = "",
        timeout: float = 10.0,
    ) -> ExecResult:  # fmt: skip
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
        found = self.kubernetes.answer("GET", path, {}, None, "")
        return self.kubernetes.behaviour.exec(self.kubernetes, found, [*command, container])
