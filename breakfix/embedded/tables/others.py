"""The cells of the kinds that few people list: admission, flow control, devices, leases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, condition, is_going, name_of
from breakfix.embedded.selectors import as_text
from breakfix.embedded.tables.durations import age


def _spec(item: Object) -> Object:
    found: Object = item.get("spec") or {}
    return found


def webhooks(item: Object, now: datetime) -> list[Any]:
    """Both kinds of webhook configuration."""
    return [name_of(item), len(item.get("webhooks") or []), age(item, now)]


def policy(item: Object, now: datetime) -> list[Any]:
    """ValidatingAdmissionPolicy and MutatingAdmissionPolicy."""
    spec = _spec(item)
    rules = spec.get("validations") or spec.get("mutations") or []
    kind = spec.get("paramKind")
    shown = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"
    return [name_of(item), len(rules), shown, age(item, now)]


def policy_binding(item: Object, now: datetime) -> list[Any]:
    """The bindings of both."""
    spec = _spec(item)
    parameters, shown = spec.get("paramRef") or {}, "<unset>"
    if parameters.get("name"):
        shown = f"{parameters.get('namespace') or '*'}/{parameters['name']}"
    elif parameters.get("selector") is not None:
        shown = as_text(parameters["selector"])
    return [name_of(item), spec.get("policyName", ""), shown, age(item, now)]


def priorityclass(item: Object, now: datetime) -> list[Any]:
    """PriorityClass."""
    return [
        name_of(item), item.get("value", 0), bool(item.get("globalDefault")), age(item, now),
        item.get("preemptionPolicy", ""),
    ]  # fmt: skip


def runtimeclass(item: Object, now: datetime) -> list[Any]:
    """RuntimeClass."""
    return [name_of(item), item.get("handler", ""), age(item, now)]


def lease(item: Object, now: datetime) -> list[Any]:
    """Lease."""
    return [name_of(item), _spec(item).get("holderIdentity") or "", age(item, now)]


def lease_candidate(item: Object, now: datetime) -> list[Any]:
    """LeaseCandidate."""
    fields = ("leaseName", "binaryVersion", "emulationVersion")
    return [name_of(item), *(_spec(item).get(f, "") for f in fields), age(item, now)]


def flowschema(item: Object, now: datetime) -> list[Any]:
    """FlowSchema."""
    spec = _spec(item)
    return [
        name_of(item), (spec.get("priorityLevelConfiguration") or {}).get("name", ""),
        spec.get("matchingPrecedence", 0),
        (spec.get("distinguisherMethod") or {}).get("type") or "<none>", age(item, now),
        (condition(item, "Dangling") or {}).get("status", "?"),
    ]  # fmt: skip


def prioritylevel(item: Object, now: datetime) -> list[Any]:
    """PriorityLevelConfiguration."""
    spec = _spec(item)
    limited = spec.get("limited")
    queuing = ((limited or {}).get("limitResponse") or {}).get("queuing")
    return [
        name_of(item), spec.get("type", ""),
        "<none>" if limited is None else limited.get("nominalConcurrencyShares", 0),
        *("<none>" if queuing is None else queuing.get(field, 0)
          for field in ("queues", "handSize", "queueLengthLimit")),
        age(item, now),
    ]  # fmt: skip


def named(item: Object, now: datetime) -> list[Any]:
    """DeviceClass and ResourceClaimTemplate: a name and an age."""
    return [name_of(item), age(item, now)]


def claim(item: Object, now: datetime) -> list[Any]:
    """ResourceClaim."""
    status = item.get("status") or {}
    states = ["deleted"] if is_going(item) else []
    if status.get("allocation"):
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    elif not states:
        states = ["pending"]
    return [name_of(item), ",".join(states), age(item, now)]


def resourceslice(item: Object, now: datetime) -> list[Any]:
    """ResourceSlice."""
    spec = _spec(item)
    pool = (spec.get("pool") or {}).get("name", "")
    return [name_of(item), spec.get("nodeName") or "", spec.get("driver", ""), pool, age(item, now)]


def trustbundle(item: Object, now: datetime) -> list[Any]:
    """ClusterTrustBundle."""
    del now
    return [name_of(item), _spec(item).get("signerName") or "<none>"]


def pod_certificate(item: Object, now: datetime) -> list[Any]:
    """PodCertificateRequest."""
    del now
    fields = ("podName", "serviceAccountName", "nodeName", "signerName")
    kinds = [c["type"] for c in (item.get("status") or {}).get("conditions") or []]
    state = next((k for k in reversed(kinds) if k in ("Issued", "Denied", "Failed")), "Pending")
    return [name_of(item), *(_spec(item).get(f, "") for f in fields), state]


def apiservice(item: Object, now: datetime) -> list[Any]:
    """APIService: served here, or by which Service."""
    service, found = _spec(item).get("service"), condition(item, "Available")
    shown = f"{service.get('namespace')}/{service.get('name')}" if service else "Local"
    state = found["status"] if found else "Unknown"
    if found and state != "True":
        state = f"{state} ({found.get('reason', '')})"
    return [name_of(item), shown, state, age(item, now)]


_ADMISSION = "admissionregistration.k8s.io"
CELLS = {
    f"mutatingwebhookconfigurations.{_ADMISSION}": webhooks,
    f"validatingwebhookconfigurations.{_ADMISSION}": webhooks,
    f"validatingadmissionpolicies.{_ADMISSION}": policy,
    f"mutatingadmissionpolicies.{_ADMISSION}": policy,
    f"validatingadmissionpolicybindings.{_ADMISSION}": policy_binding,
    f"mutatingadmissionpolicybindings.{_ADMISSION}": policy_binding,
    "priorityclasses.scheduling.k8s.io": priorityclass,
    "runtimeclasses.node.k8s.io": runtimeclass,
    "leases.coordination.k8s.io": lease,
    "leasecandidates.coordination.k8s.io": lease_candidate,
    "flowschemas.flowcontrol.apiserver.k8s.io": flowschema,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": prioritylevel,
    "deviceclasses.resource.k8s.io": named,
    "resourceclaimtemplates.resource.k8s.io": named,
    "resourceclaims.resource.k8s.io": claim,
    "resourceslices.resource.k8s.io": resourceslice,
    "clustertrustbundles.certificates.k8s.io": trustbundle,
    "podcertificaterequests.certificates.k8s.io": pod_certificate,
    "apiservices.apiregistration.k8s.io": apiservice,
}
