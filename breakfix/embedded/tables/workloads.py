"""The cells of workloads and of what limits and scales them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, controller_of, is_going, name_of, parse_time
from breakfix.embedded.selectors import as_text
from breakfix.embedded.tables.durations import age, human, since


def template_cells(template: Object | None) -> list[Any]:
    """The names and the images of a template's containers."""
    containers = ((template or {}).get("spec") or {}).get("containers") or []
    return [
        ",".join(c["name"] for c in containers),
        ",".join(c.get("image", "") for c in containers),
    ]


def shown_labels(labels: dict[str, str] | None) -> str:
    """A map of labels as a text."""
    return ",".join(f"{k}={v}" for k, v in sorted((labels or {}).items())) or "<none>"


def shown_selector(selector: Object | None) -> str:
    """A LabelSelector as a text."""
    return as_text(selector) or "<none>"


def _of(item: Object) -> tuple[Object, Object]:
    return item.get("spec") or {}, item.get("status") or {}


def podtemplate(item: Object, now: datetime) -> list[Any]:
    """PodTemplate."""
    del now
    template = item.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    return [name_of(item), *template_cells(template), shown_labels(labels)]


def replicas(item: Object, now: datetime) -> list[Any]:
    """ReplicaSet and ReplicationController."""
    spec, status = _of(item)
    old = item["kind"] == "ReplicationController" if "kind" in item else False
    selector = spec.get("selector")
    plain = old or not selector or not {"matchLabels", "matchExpressions"} & selector.keys()
    return [
        name_of(item), spec.get("replicas", 0), status.get("replicas", 0),
        status.get("readyReplicas", 0), age(item, now), *template_cells(spec.get("template")),
        shown_labels(selector) if plain else shown_selector(selector),
    ]  # fmt: skip


def deployment(item: Object, now: datetime) -> list[Any]:
    """Deployment."""
    spec, status = _of(item)
    return [
        name_of(item), f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0), status.get("availableReplicas", 0), age(item, now),
        *template_cells(spec.get("template")), as_text(spec.get("selector")),
    ]  # fmt: skip


def statefulset(item: Object, now: datetime) -> list[Any]:
    """StatefulSet."""
    spec, status = _of(item)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name_of(item), ready, age(item, now), *template_cells(spec.get("template"))]


def daemonset(item: Object, now: datetime) -> list[Any]:
    """DaemonSet."""
    spec, status = _of(item)
    template = spec.get("template") or {}
    counts = (
        "desiredNumberScheduled", "currentNumberScheduled", "numberReady",
        "updatedNumberScheduled", "numberAvailable",
    )  # fmt: skip
    return [
        name_of(item), *(status.get(c, 0) for c in counts),
        shown_labels((template.get("spec") or {}).get("nodeSelector")), age(item, now),
        *template_cells(template), shown_selector(spec.get("selector")),
    ]  # fmt: skip


def controllerrevision(item: Object, now: datetime) -> list[Any]:
    """ControllerRevision."""
    owner, name = controller_of(item), "<none>"
    if owner:
        group = owner["apiVersion"].rpartition("/")[0]
        kind = f"{owner['kind']}.{group}" if group else owner["kind"]
        name = f"{kind.lower()}/{owner['name']}"
    return [name_of(item), name, item.get("revision", 0), age(item, now)]


_JOB_STATES = (
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _job_state(item: Object, status: Object) -> str:
    held = {c["type"] for c in status.get("conditions") or [] if c["status"] == "True"}
    if "Complete" in held:
        return "Complete"
    if "Failed" in held:
        return "Failed"
    if is_going(item):
        return "Terminating"
    return next((shown for kind, shown in _JOB_STATES if kind in held), "Running")


def _completions(spec: Object, status: Object) -> str:
    done, parallelism = status.get("succeeded", 0), spec.get("parallelism") or 0
    if spec.get("completions") is not None:
        return f"{done}/{spec['completions']}"
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def job(item: Object, now: datetime) -> list[Any]:
    """Job."""
    spec, status = _of(item)
    took = ""
    if started := status.get("startTime"):
        ended = status.get("completionTime")
        until = parse_time(ended) if ended else now
        took = human((until - parse_time(started)).total_seconds())
    return [
        name_of(item), _job_state(item, status), _completions(spec, status), took, age(item, now),
        *template_cells(spec.get("template")), shown_selector(spec.get("selector")),
    ]  # fmt: skip


def cronjob(item: Object, now: datetime) -> list[Any]:
    """CronJob."""
    spec, status = _of(item)
    job_spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = status.get("lastScheduleTime")
    suspend = spec.get("suspend")
    return [
        name_of(item), spec.get("schedule", ""), spec.get("timeZone") or "<none>",
        "<unset>" if suspend is None else str(bool(suspend)), len(status.get("active") or []),
        since(last, now) if last else "<none>", age(item, now),
        *template_cells(job_spec.get("template")), shown_selector(job_spec.get("selector")),
    ]  # fmt: skip


def disruption_budget(item: Object, now: datetime) -> list[Any]:
    """PodDisruptionBudget."""
    spec, status = _of(item)
    return [
        name_of(item), str(spec.get("minAvailable", "N/A")), str(spec.get("maxUnavailable", "N/A")),
        status.get("disruptionsAllowed", 0), age(item, now),
    ]  # fmt: skip


def scale(item: Object, now: datetime) -> list[Any]:
    """Scale, of any resource."""
    spec, status = _of(item)
    return [name_of(item), spec.get("replicas", 0), status.get("replicas", 0), age(item, now)]


CELLS = {
    "podtemplates": podtemplate,
    "replicationcontrollers": replicas,
    "replicasets.apps": replicas,
    "deployments.apps": deployment,
    "statefulsets.apps": statefulset,
    "daemonsets.apps": daemonset,
    "controllerrevisions.apps": controllerrevision,
    "jobs.batch": job,
    "cronjobs.batch": cronjob,
    "poddisruptionbudgets.policy": disruption_budget,
    "scale": scale,
}
