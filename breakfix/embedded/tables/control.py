"""The cells of nodes, namespaces, events, configuration, access and admission."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, condition, labels_of, name_of
from breakfix.embedded.tables.durations import age, human, since

_ROLE, _OLD_ROLE = "node-role.kubernetes.io/", "kubernetes.io/role"


def _roles(item: Object) -> str:
    found = {k.removeprefix(_ROLE) for k in labels_of(item) if k.startswith(_ROLE)}
    found.add(labels_of(item).get(_OLD_ROLE, ""))
    return ",".join(sorted(found - {""})) or "<none>"


def _address(status: Object, kind: str) -> str:
    known = status.get("addresses") or []
    return next((a["address"] for a in known if a["type"] == kind), "<none>")


def node(item: Object, now: datetime) -> list[Any]:
    """Node."""
    status = item.get("status") or {}
    ready, info = condition(item, "Ready"), status.get("nodeInfo") or {}
    state = ("Ready" if ready["status"] == "True" else "NotReady") if ready else "Unknown"
    if (item.get("spec") or {}).get("unschedulable"):
        state += ",SchedulingDisabled"
    wide = ("osImage", "kernelVersion", "containerRuntimeVersion")
    return [
        name_of(item), state, _roles(item), age(item, now), info.get("kubeletVersion", ""),
        _address(status, "InternalIP"), _address(status, "ExternalIP"),
        *(info.get(field) or "<unknown>" for field in wide),
    ]  # fmt: skip


def namespace(item: Object, now: datetime) -> list[Any]:
    """Namespace."""
    return [name_of(item), (item.get("status") or {}).get("phase", ""), age(item, now)]


def event(item: Object, now: datetime) -> list[Any]:
    """Event, in the shape of either group."""
    first = item.get("firstTimestamp") or item.get("deprecatedFirstTimestamp")
    last = item.get("lastTimestamp") or item.get("deprecatedLastTimestamp")
    first_shown = since(first or item.get("eventTime"), now)
    last_shown = since(last, now) if last else first_shown
    count = item.get("count") or item.get("deprecatedCount") or 1
    if series := item.get("series"):
        last_shown, count = since(series.get("lastObservedTime"), now), series.get("count", 0)
    about = item.get("involvedObject") or item.get("regarding") or {}
    target = about.get("kind", "").lower() + (f"/{about['name']}" if about.get("name") else "")
    return [
        last_shown, item.get("type", ""), item.get("reason", ""), target,
        about.get("fieldPath", ""), _source(item),
        (item.get("message") or item.get("note") or "").strip(), first_shown, count, name_of(item),
    ]  # fmt: skip


def _source(item: Object) -> str:
    source = item.get("source") or item.get("deprecatedSource") or {}
    component = (
        source.get("component")
        or item.get("reportingComponent")
        or item.get("reportingController")
        or ""
    )
    host = source.get("host") or item.get("reportingInstance") or ""
    return f"{component}, {host}" if host else str(component)


def secret(item: Object, now: datetime) -> list[Any]:
    """Secret."""
    return [name_of(item), item.get("type", ""), len(item.get("data") or {}), age(item, now)]


def configmap(item: Object, now: datetime) -> list[Any]:
    """ConfigMap."""
    size = len(item.get("data") or {}) + len(item.get("binaryData") or {})
    return [name_of(item), size, age(item, now)]


def serviceaccount(item: Object, now: datetime) -> list[Any]:
    """ServiceAccount."""
    return [name_of(item), len(item.get("secrets") or []), age(item, now)]


def componentstatus(item: Object, now: datetime) -> list[Any]:
    """ComponentStatus."""
    del now
    for found in item.get("conditions") or []:
        if found["type"] == "Healthy":
            state = "Healthy" if found["status"] == "True" else "Unhealthy"
            return [name_of(item), state, found.get("message", ""), found.get("error", "")]
    return [name_of(item), "Unknown", "", ""]


def quota(item: Object, now: datetime) -> list[Any]:
    """ResourceQuota."""
    status = item.get("status") or {}
    used, shown = status.get("used") or {}, {True: list[str](), False: list[str]()}
    for resource, hard in sorted((status.get("hard") or {}).items()):
        limits = resource.startswith("limits.")
        shown[limits].append(f"{resource}: {used.get(resource, '0')}/{hard}")
    return [name_of(item), ", ".join(shown[False]), ", ".join(shown[True]), age(item, now)]


def binding(item: Object, now: datetime) -> list[Any]:
    """RoleBinding and ClusterRoleBinding."""
    role, subjects = item.get("roleRef") or {}, item.get("subjects") or []
    accounts = [f"{s.get('namespace', '')}/{s['name']}" for s in subjects
                if s["kind"] == "ServiceAccount"]  # fmt: skip
    return [
        name_of(item), f"{role.get('kind', '')}/{role.get('name', '')}", age(item, now),
        ", ".join(s["name"] for s in subjects if s["kind"] == "User"),
        ", ".join(s["name"] for s in subjects if s["kind"] == "Group"), ", ".join(accounts),
    ]  # fmt: skip


def _csr_state(status: Object) -> str:
    kinds = {c["type"] for c in status.get("conditions") or []}
    state = "Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"
    state += ",Failed" if "Failed" in kinds else ""
    return state + (",Issued" if status.get("certificate") else "")


def signing_request(item: Object, now: datetime) -> list[Any]:
    """CertificateSigningRequest."""
    spec = item.get("spec") or {}
    seconds = spec.get("expirationSeconds")
    return [
        name_of(item), age(item, now), spec.get("signerName") or "<none>",
        spec.get("username", ""), "<none>" if seconds is None else human(seconds),
        _csr_state(item.get("status") or {}),
    ]  # fmt: skip


CELLS = {
    "nodes": node,
    "namespaces": namespace,
    "events": event,
    "events.events.k8s.io": event,
    "secrets": secret,
    "configmaps": configmap,
    "serviceaccounts": serviceaccount,
    "componentstatuses": componentstatus,
    "resourcequotas": quota,
    "rolebindings.rbac.authorization.k8s.io": binding,
    "clusterrolebindings.rbac.authorization.k8s.io": binding,
    "certificatesigningrequests.certificates.k8s.io": signing_request,
}
