"""Takes out of what a server says all that is of this one cluster, moment or machine."""

from __future__ import annotations

from typing import Any

OF_THE_CLUSTER = {"default", "kube-node-lease", "kube-public", "kube-system", "local-path-storage"}
_METADATA = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink")
_OWN_ANNOTATIONS = (
    "deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
)  # fmt: skip
_SECRETS = ("-----BEGIN", "jws-kubeconfig")
_CONTROL_PLANE = "CONTROL-PLANE"


def clean_schema(schema: Any) -> Any:
    """Without prose; a property that is named "description" stays."""
    if isinstance(schema, list):
        return [clean_schema(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {k: clean_schema(v) for k, v in value.items()}
        if key == "properties"
        else clean_schema(value)
        for key, value in schema.items()
        if key != "description"
    }


def is_of_the_cluster(item: dict[str, Any]) -> bool:
    """Is it one that every fresh cluster has under the same name?"""
    metadata = item["metadata"]
    namespace = metadata.get("namespace", "")
    if item["kind"] == "Namespace":
        return metadata["name"] in OF_THE_CLUSTER
    if item["kind"] in ("Endpoints", "EndpointSlice"):
        return bool(metadata["name"] == "kubernetes")
    return not namespace or namespace in OF_THE_CLUSTER


def clean_object(item: dict[str, Any]) -> dict[str, Any]:
    """As someone would write it, with the status only where the control plane gives it."""
    metadata = {k: v for k, v in item["metadata"].items() if k not in _METADATA}
    metadata.pop("ownerReferences", None)
    _drop_annotations(metadata)
    found = item | {"metadata": metadata}
    if item["kind"] in ("Deployment", "DaemonSet"):
        found.pop("status", None)
        metadata.pop("generation", None)
    if item["kind"] == "ConfigMap":
        _clean_data(found)
    if item["kind"] in ("Endpoints", "EndpointSlice"):
        _clean_addresses(found)
    return _without_times(found)  # type: ignore[no-any-return]


def _drop_annotations(metadata: dict[str, Any]) -> None:
    """Those that a controller or kubectl writes by itself."""
    annotations = metadata.pop("annotations", None) or {}
    kept = {k: v for k, v in annotations.items() if k not in _OWN_ANNOTATIONS}
    if kept:
        metadata["annotations"] = kept


def _clean_data(item: dict[str, Any]) -> None:
    """Certificates, tokens and the configuration of this one cluster: the names alone."""
    item["data"] = {
        key: "" if _is_particular(key, value) else value
        for key, value in sorted((item.get("data") or {}).items())
    }


def _is_particular(key: str, value: str) -> bool:
    marks = ("https://", "certificate-authority", "since", "clusterConfiguration")
    return any(s in value or s in key for s in (*_SECRETS, "ClusterConfiguration", *marks))


def _clean_addresses(item: dict[str, Any]) -> None:
    for subset in item.get("subsets") or []:
        for address in subset["addresses"]:
            address["ip"] = _CONTROL_PLANE
    for endpoint in item.get("endpoints") or []:
        endpoint["addresses"] = [_CONTROL_PLANE]


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k != "lastTransitionTime"}
    return [_without_times(v) for v in value] if isinstance(value, list) else value
