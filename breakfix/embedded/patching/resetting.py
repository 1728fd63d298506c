"""Fields that a write says in vain, because the resource's strategy takes them back.

Nobody owns them by such a write. The sets are FieldsV1, as `after_write` and
`server_side_apply` take them.
"""

from __future__ import annotations

from breakfix.embedded.patching.nodes import Node

_STATUS: Node = {"f:status": {}}
_SPEC: Node = {"f:spec": {}}
_ALL_BUT_STATUS: Node = _SPEC | {"f:metadata": {}}

_PARTICULAR: dict[tuple[str, str], Node] = {
    ("deployments.apps", "status"): _SPEC | {"f:metadata": {"f:labels": {}}},
    ("pods", "status"):
        _SPEC | {"f:metadata": {"f:deletionTimestamp": {}, "f:ownerReferences": {}}},
    ("namespaces", "finalize"): _STATUS,
    ("certificatesigningrequests.certificates.k8s.io", ""): _SPEC | _STATUS,
    ("certificatesigningrequests.certificates.k8s.io", "status"):
        _SPEC | {"f:status": {"f:conditions": {}}},
    ("certificatesigningrequests.certificates.k8s.io", "approval"):
        _SPEC | {"f:status": {"f:certificate": {}}},
    **{(key, "status"): _ALL_BUT_STATUS for key in (
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        "volumeattachments.storage.k8s.io",
        "storageversions.internal.apiserver.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
        "apiservices.apiregistration.k8s.io",
    )},
}  # fmt: skip


def reset_fields(key: str, subresource: str, has_status: bool) -> Node | None:
    """For a resource as "deployments.apps" that has a /status or not; None for none."""
    found = _PARTICULAR.get((key, subresource))
    if found is not None:
        return found
    if subresource == "status":
        return _SPEC
    return _STATUS if has_status and not subresource else None
