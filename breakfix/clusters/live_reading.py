"""Kubernetes objects read into a picture, in the words that kubectl uses.

The STATUS of a pod follows printPod of kubernetes/pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from breakfix.clusters.base import Object
from breakfix.clusters.live_edges import (
    Member,
    member,
    read_claim,
    read_ingress,
    read_nodes,
    read_policy,
    read_service,
    service_of,
)
from breakfix.clusters.live_picture import Happening, Node, Place, Pod, Shape, Workload

Store = Mapping[str, Mapping[str, Object]]
"""Objects by kind, then by namespace/name."""

CONTROLLERS = ("DaemonSet", "Deployment", "StatefulSet")
QUIET_NAMESPACES = frozenset({"", "kube-node-lease", "kube-public", "local-path-storage"})
SYSTEM_NAMESPACE, SYSTEM_WORKLOADS = "kube-system", frozenset({"coredns"})
WAITING_STATES = frozenset({"Pending", "ContainerCreating", "PodInitializing", "Terminating"})
Mine = Mapping[str, list[Object]]
"""The objects of one namespace by kind, each sorted by name."""


def places(store: Store, first: str) -> tuple[Place, ...]:
    """Every namespace with something to show: `first` first, kube-system last."""
    split = by_namespace(store)
    order = sorted(
        split.keys() - QUIET_NAMESPACES, key=lambda n: (n != first, n == SYSTEM_NAMESPACE, n)
    )
    found = (_place(name, split[name]) for name in order)
    return tuple(place for place in found if not place.empty)


def nodes(store: Store) -> tuple[Node, ...]:
    """The nodes by name."""
    return read_nodes(store.get("Node", {}).values(), store.get("Pod", {}).values())


def by_namespace(store: Store) -> dict[str, dict[str, list[Object]]]:
    """The store by namespace, then by kind; Events are left out."""
    found: dict[str, dict[str, list[Object]]] = {}
    for kind, items in store.items():
        if kind != "Event":
            for key in sorted(items):
                mine = found.setdefault(_namespace(items[key]), {})
                mine.setdefault(kind, []).append(items[key])
    return found


def _place(namespace: str, mine: Mine) -> Place:
    workloads = _workloads(mine)
    if namespace == SYSTEM_NAMESPACE:
        return Place(namespace, tuple(w for w in workloads if w.name in SYSTEM_WORKLOADS))
    members = list(_members(mine))
    pieces: dict[str, list[Object]] = {}
    for piece in mine.get("EndpointSlice", ()):
        pieces.setdefault(service_of(piece), []).append(piece)
    services = mine.get("Service", [])
    names = frozenset(map(_name, services))
    return Place(
        namespace,
        workloads,
        tuple(read_service(s, pieces.get(_name(s), ()), members) for s in services),
        tuple(read_claim(c, members) for c in mine.get("PersistentVolumeClaim", ())),
        tuple(read_policy(p, members) for p in mine.get("NetworkPolicy", ())),
        tuple(read_ingress(i, names) for i in mine.get("Ingress", ())),
    )


def _members(mine: Mine) -> Iterator[Member]:
    """Pods, and the templates of controllers: one that has no pods is still selected."""
    for pod in mine.get("Pod", ()):
        yield member(owner(pod)[1], pod)
    for kind in CONTROLLERS:
        for item in mine.get(kind, ()):
            yield member(_name(item), (item.get("spec") or {}).get("template") or {})


def _workloads(mine: Mine) -> tuple[Workload, ...]:
    owned: dict[tuple[str, str], list[Object]] = {}
    for pod in mine.get("Pod", ()):
        owned.setdefault(owner(pod), []).append(pod)
    found = [_controller(o, owned) for kind in CONTROLLERS for o in mine.get(kind, ())]
    found += [_job(job, owned) for job in mine.get("Job", ())]
    found += [_cron(cron) for cron in mine.get("CronJob", ())]
    known = {(w.kind, w.name) for w in found}
    for (kind, name), members in owned.items():
        if (kind, name) not in known:
            found.append(Workload(kind, name, len(members), tuple(map(read_pod, members))))
    return tuple(sorted(found, key=lambda w: (w.name, w.kind)))


def _job(job: Object, owned: Mapping[tuple[str, str], list[Object]]) -> Workload:
    """A Job by the STATUS column of `kubectl get jobs`, and its completions while it runs."""
    spec, status = job.get("spec") or {}, job.get("status") or {}
    true = [c["type"] for c in status.get("conditions") or () if c.get("status") == "True"]
    word = next((w for w in ("Complete", "Failed", "Suspended") if w in true), "Running")
    done, wanted = int(status.get("succeeded") or 0), int(spec.get("completions") or 1)
    pods = tuple(read_pod(pod) for pod in owned.get(("Job", _name(job)), ()))
    return Workload("Job", _name(job), wanted, pods, f"{done}/{wanted} {word}")


def _cron(cron: Object) -> Workload:
    """A CronJob with its schedule; its Jobs stand beside it."""
    spec = cron.get("spec") or {}
    halted = " suspended" if spec.get("suspend") else ""
    return Workload("CronJob", _name(cron), 0, (), f"{spec.get('schedule', '')}{halted}")


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
    word, spec = pod_status(pod), pod.get("spec", {})
    inside = [*spec.get("containers", ()), *(spec.get("initContainers") or ())]
    return Pod(
        _name(pod), word, ready, containers, restarts, _shape(word, ready, containers),
        str(spec.get("nodeName") or ""), _time(pod["metadata"].get("creationTimestamp")),
        tuple(str(c.get("name", "")) for c in inside),
    )  # fmt: skip


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


def happenings(store: Store, most: int = 500) -> tuple[Happening, ...]:
    """The newest events, the newest last; those without a time first."""
    # By the text of the time: thousands may be known, and only the newest are read.
    newest = sorted(store.get("Event", {}).values(), key=_last_seen)[-most:]
    found = [_happening(event) for event in newest]
    return tuple(sorted(found, key=lambda h: (h.at.timestamp() if h.at else 0.0, h.object)))


def _last_seen(event: Object) -> str:
    series = event.get("series") or {}
    at = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(at or event["metadata"].get("creationTimestamp") or "")


def _happening(event: Object) -> Happening:
    about = event.get("involvedObject", {})
    series = event.get("series") or {}
    return Happening(
        at=_time(_last_seen(event)),
        namespace=_namespace(event),
        type=str(event.get("type") or "Normal"),
        reason=str(event.get("reason") or ""),
        object=f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}",
        message=" ".join(str(event.get("message") or "").split()),
        count=int(series.get("count") or event.get("count") or 1),
        name=_name(event),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace") or "")


def _name(item: Object) -> str:
    return str(item["metadata"]["name"])
