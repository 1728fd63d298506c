"""Kubernetes objects read into a picture, in the words that kubectl uses.

The STATUS of a pod follows printPod of kubernetes/pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from breakfix.clusters.base import Object
from breakfix.clusters.live_picture import (
    Claim,
    Happening,
    Place,
    Pod,
    Service,
    Shape,
    Workload,
)

Store = Mapping[str, Mapping[str, Object]]
"""Objects by kind, then by namespace/name."""

CONTROLLERS = ("DaemonSet", "Deployment", "StatefulSet")
QUIET_NAMESPACES = frozenset({"kube-node-lease", "kube-public", "local-path-storage"})
SYSTEM_NAMESPACE, SYSTEM_WORKLOADS = "kube-system", frozenset({"coredns"})
WAITING_STATES = frozenset({"Pending", "ContainerCreating", "PodInitializing", "Terminating"})


def places(store: Store, first: str) -> tuple[Place, ...]:
    """Every namespace with something to show: `first` first, kube-system last."""
    names = {_namespace(o) for kind in store if kind != "Event" for o in store[kind].values()}
    order = sorted(names - QUIET_NAMESPACES, key=lambda n: (n != first, n == SYSTEM_NAMESPACE, n))
    found = (_place(store, name) for name in order)
    return tuple(p for p in found if p.workloads or p.services or p.claims or p.policies)


def _place(store: Store, namespace: str) -> Place:
    if namespace == SYSTEM_NAMESPACE:
        every = _workloads(store, namespace)
        return Place(namespace, tuple(w for w in every if w.name in SYSTEM_WORKLOADS))
    return Place(
        namespace,
        _workloads(store, namespace),
        tuple(_service(store, s) for s in _of(store, "Service", namespace)),
        tuple(_claim(c) for c in _of(store, "PersistentVolumeClaim", namespace)),
        tuple(_name(p) for p in _of(store, "NetworkPolicy", namespace)),
    )


def _workloads(store: Store, namespace: str) -> tuple[Workload, ...]:
    pods = _of(store, "Pod", namespace)
    owned: dict[tuple[str, str], list[Object]] = {}
    for pod in pods:
        owned.setdefault(owner(pod), []).append(pod)
    found = [_controller(o, owned) for kind in CONTROLLERS for o in _of(store, kind, namespace)]
    known = {(w.kind, w.name) for w in found}
    for (kind, name), members in owned.items():
        if (kind, name) not in known:
            found.append(Workload(kind, name, len(members), tuple(map(read_pod, members))))
    return tuple(sorted(found, key=lambda w: (w.name, w.kind)))


def _controller(item: Object, owned: Mapping[tuple[str, str], list[Object]]) -> Workload:
    kind, name = item["kind"], _name(item)
    if kind == "DaemonSet":
        desired = item.get("status", {}).get("desiredNumberScheduled", 0)
    else:
        desired = item.get("spec", {}).get("replicas", 1)
    pods = tuple(read_pod(pod) for pod in owned.get((kind, name), ()))
    return Workload(kind, name, int(desired), pods)


def owner(pod: Object) -> tuple[str, str]:
    """(kind, name) of the controller that stands for a pod; a ReplicaSet named after a
    template hash stands for its Deployment."""
    meta = pod["metadata"]
    refs = [r for r in meta.get("ownerReferences", ()) if r.get("controller")]
    if not refs:
        return "Pod", meta["name"]
    kind, name = refs[0]["kind"], refs[0]["name"]
    suffix = "-" + meta.get("labels", {}).get("pod-template-hash", "\n")
    if kind == "ReplicaSet" and name.endswith(suffix):
        return "Deployment", name.removesuffix(suffix)
    return kind, name


def read_pod(pod: Object) -> Pod:
    """A pod as a line of `kubectl get pods`."""
    status = pod.get("status", {})
    states = status.get("containerStatuses", [])
    ready = sum(bool(c.get("ready")) for c in states)
    containers = len(pod.get("spec", {}).get("containers", ())) or len(states)
    restarts = sum(int(c.get("restartCount", 0)) for c in states)
    word = pod_status(pod)
    return Pod(_name(pod), word, ready, containers, restarts, _shape(word, ready, containers))


def pod_status(pod: Object) -> str:
    """The STATUS column of `kubectl get pods`."""
    status = pod.get("status", {})
    word = str(status.get("reason") or status.get("phase") or "Unknown")
    conditions = status.get("conditions", ())
    if any(c.get("reason") == "SchedulingGated" for c in conditions):
        word = "SchedulingGated"
    initialising = _init_status(pod)
    word = initialising or _container_status(status.get("containerStatuses", ()), word)
    if pod["metadata"].get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return word


def _init_status(pod: Object) -> str:
    """`Init:...` while an init container has not done its part, else nothing."""
    spec = {c["name"]: c for c in pod.get("spec", {}).get("initContainers", ())}
    for index, container in enumerate(pod.get("status", {}).get("initContainerStatuses", ())):
        state = container.get("state", {})
        sidecar = spec.get(container["name"], {}).get("restartPolicy") == "Always"
        if (state.get("terminated") or {}).get("exitCode") == 0:
            continue
        if sidecar and container.get("started"):
            continue
        if state.get("terminated"):
            return f"Init:{_ended(state['terminated'])}"
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason not in ("", "PodInitializing"):
            return f"Init:{reason}"
        return f"Init:{index}/{len(spec)}"
    return ""


def _container_status(states: Iterable[dict[str, Any]], word: str) -> str:
    running = False
    for container in reversed(list(states)):
        state = container.get("state", {})
        if (state.get("waiting") or {}).get("reason"):
            word = state["waiting"]["reason"]
        elif state.get("terminated"):
            word = _ended(state["terminated"])
        elif container.get("ready") and state.get("running") is not None:
            running = True
    return "Running" if word == "Completed" and running else word


def _ended(terminated: Mapping[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _shape(word: str, ready: int, containers: int) -> Shape:
    if word == "Running":
        return Shape.READY if ready >= containers else Shape.RUNNING
    if word in ("Completed", "Succeeded"):
        return Shape.DONE
    counting = word.startswith("Init:") and word[5:6].isdigit()
    return Shape.WAITING if word in WAITING_STATES or counting else Shape.FAILING


def _service(store: Store, service: Object) -> Service:
    name, namespace = _name(service), _namespace(service)
    slices = (
        s
        for s in _of(store, "EndpointSlice", namespace)
        if s["metadata"].get("labels", {}).get("kubernetes.io/service-name") == name
    )
    # The ready condition may be absent, which means true (discovery.k8s.io/v1).
    addresses = {
        address
        for found in slices
        for endpoint in found.get("endpoints") or ()
        if endpoint.get("conditions", {}).get("ready") is not False
        for address in endpoint.get("addresses", ())
    }
    spec = service.get("spec", {})
    kind = "Headless" if spec.get("clusterIP") == "None" else spec.get("type", "ClusterIP")
    return Service(name, kind, len(addresses))


def _claim(claim: Object) -> Claim:
    return Claim(_name(claim), str(claim.get("status", {}).get("phase") or "Pending"))


def happenings(store: Store) -> tuple[Happening, ...]:
    """All events, the newest last; those without a time first."""
    found = [_happening(event) for event in store.get("Event", {}).values()]
    return tuple(sorted(found, key=lambda h: (h.at.timestamp() if h.at else 0.0, h.object)))


def _happening(event: Object) -> Happening:
    about = event.get("involvedObject", {})
    series = event.get("series") or {}
    at = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return Happening(
        at=_time(at or event["metadata"].get("creationTimestamp")),
        namespace=_namespace(event),
        type=str(event.get("type") or "Normal"),
        reason=str(event.get("reason") or ""),
        object=f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}",
        message=" ".join(str(event.get("message") or "").split()),
        count=int(series.get("count") or event.get("count") or 1),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _of(store: Store, kind: str, namespace: str) -> list[Object]:
    items = store.get(kind, {})
    return [items[key] for key in sorted(items) if _namespace(items[key]) == namespace]


def _namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace") or "")


def _name(item: Object) -> str:
    return str(item["metadata"]["name"])
