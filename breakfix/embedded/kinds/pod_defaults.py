"""What a reader sees in a pod or a pod template that its writer left out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from breakfix.embedded import quantities
from breakfix.embedded.kinds.pod_volume_defaults import default_volume
from breakfix.embedded.objects import Object

_REFERENCE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:\.|_|__|-+|/)[a-z0-9]+)*(?::[\w][\w.-]{0,127})?"
)
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_CONTAINER = {
    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
}  # fmt: skip
_SPEC = {
    "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
}  # fmt: skip
_GRACE = 30  # seconds


def default_pod_template(template: Object) -> None:
    """The defaults of a PodTemplateSpec."""
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def default_pod_spec(spec: Object) -> None:
    """The defaults that pods and templates share."""
    _fill(spec, _SPEC)
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = _GRACE
    if account := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in spec.get("volumes") or ():
        default_volume(volume)
    for kind in _CONTAINERS:
        for container in spec.get(kind) or ():
            _default_container(container)


def default_pod(pod: Object) -> None:
    """The defaults of a Pod: those of its spec, and what only pods get."""
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or ():
            _default_requests(container["resources"])
            if spec.get("hostNetwork"):
                _default_host_ports(container)
    if spec.get("resources"):
        _default_pod_requests(spec)
    spec.setdefault("enableServiceLinks", True)
    pod.setdefault("status", {})


def _fill(item: Object, defaults: dict[str, Any]) -> None:
    for key, value in defaults.items():
        if not item.get(key):
            item[key] = value


def _default_container(container: Object) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    _fill(container, _CONTAINER)
    for found in container.setdefault("resources", {}).values():
        if isinstance(found, dict):
            round_quantities(found)
    for port in container.get("ports") or ():
        port["protocol"] = port.get("protocol") or "TCP"
    for variable in container.get("env") or ():
        if source := variable.get("valueFrom"):
            _default_source(source)
    _default_probes(container)


def _default_probes(container: Object) -> None:
    for kind in _PROBES:
        if probe := container.get(kind):
            _default_probe(probe)
    for handler in (container.get("lifecycle") or {}).values():
        _default_http(handler)


def round_quantities(quantities_by_name: Object) -> None:
    """Resource lists are rounded up to thousandths."""
    for name, text in quantities_by_name.items():
        if isinstance(text, str) and text[-1:] in ("n", "u"):
            quantities_by_name[name] = f"{quantities.milli(text)}m"


def _default_source(source: Object) -> None:
    if field := source.get("fieldRef"):
        field.setdefault("apiVersion", "v1")
    if resource := source.get("resourceFieldRef"):
        resource.setdefault("divisor", "0")


def _default_probe(probe: Object) -> None:
    _fill(probe, _PROBE)
    _default_http(probe)
    if (grpc := probe.get("grpc")) is not None:
        grpc.setdefault("service", "")


def _default_http(handler: Any) -> None:
    if isinstance(handler, dict) and (http := handler.get("httpGet")) is not None:
        _fill(http, {"path": "/", "scheme": "HTTP"})


@lru_cache(maxsize=4096)
def pull_policy(image: str) -> str:
    """Always for `latest` (or no tag at all), else IfNotPresent."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    latest = tag == "latest" or (not tag and not digest)
    return "Always" if latest and _REFERENCE.fullmatch(name) else "IfNotPresent"


def _default_requests(resources: Object) -> None:
    """A limit without a request is also the request."""
    if limits := resources.get("limits"):
        resources["requests"] = {**limits, **(resources.get("requests") or {})}


def _default_host_ports(container: Object) -> None:
    for port in container.get("ports") or ():
        if not port.get("hostPort"):
            port["hostPort"] = port.get("containerPort", 0)


def _default_pod_requests(spec: Object) -> None:
    """Requests of the whole pod: what the containers ask, else the pod's limits."""
    resources = spec["resources"]
    limits = resources.get("limits") or {}
    if not limits:
        return
    requests = dict(resources.get("requests") or {})
    for name, total in aggregate_requests(spec).items():
        if name in ("cpu", "memory"):
            requests.setdefault(name, total)
    for name, limit in limits.items():
        requests.setdefault(name, limit)
    resources["requests"] = requests


def aggregate_requests(spec: Object, kind: str = "requests") -> dict[str, str]:
    """What all containers of a pod need together: the sum of those that run at the same
    time, or more where an init container needs more."""
    running: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        asked = _milli_of(container, kind)
        if container.get("restartPolicy") == "Always":
            _add(running, asked)
        total = dict(running)
        if container.get("restartPolicy") != "Always":
            _add(total, asked)
        peak = {k: max(peak.get(k, 0), total.get(k, 0)) for k in {**peak, **total}}
    for container in spec.get("containers") or ():
        _add(running, _milli_of(container, kind))
    total = {k: max(peak.get(k, 0), running.get(k, 0)) for k in {**running, **peak}}
    styles = _styles(spec, kind)
    return {k: quantities.show(_decimal(v), styles.get(k, "DecimalSI")) for k, v in total.items()}


def _decimal(milli: int) -> Any:
    return quantities.parse(f"{milli}m")


def _milli_of(container: Object, kind: str) -> dict[str, int]:
    found = (container.get("resources") or {}).get(kind) or {}
    return {name: quantities.milli(text) for name, text in found.items()}


def _styles(spec: Object, kind: str) -> dict[str, str]:
    return {
        name: quantities.style(text)
        for group in ("initContainers", "containers")
        for container in spec.get(group) or ()
        for name, text in ((container.get("resources") or {}).get(kind) or {}).items()
    }


def _add(totals: dict[str, int], more: dict[str, int]) -> None:
    for name, value in more.items():
        totals[name] = totals.get(name, 0) + value


def drop_disabled_fields(spec: Object) -> None:
    """Fields of features that are off in v1.34 by default: they are silently not stored."""
    spec.pop("hostnameOverride", None)
    for volume in spec.get("volumes") or ():
        volume.pop("image", None)
        for source in (volume.get("projected") or {}).get("sources") or ():
            source.pop("clusterTrustBundle", None)
            source.pop("podCertificate", None)
    for kind in _CONTAINERS:
        for container in spec.get(kind) or ():
            _drop_of_container(container, keep_always=kind == "initContainers")


def _drop_of_container(container: Object, keep_always: bool) -> None:
    container.pop("restartPolicyRules", None)
    if not (keep_always and container.get("restartPolicy") == "Always"):
        container.pop("restartPolicy", None)
    (container.get("lifecycle") or {}).pop("stopSignal", None)
    for variable in container.get("env") or ():
        (variable.get("valueFrom") or {}).pop("fileKeyRef", None)
