"""The Node authorizer: a kubelet reads what the pods on its node refer to, and little else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.rules import Rule
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import name_of
from breakfix.embedded.selectors import fields

NODE, NODES = "system:node:", "system:nodes"
ROLE = "clusterroles.rbac.authorization.k8s.io", "system:node"
LEASES = "kube-node-lease"
_YES, _NO = Decision(True), Decision(False)
_READ, _OWN = ("get", "list", "watch"), ("get", "create", "update", "patch", "delete")


class NodeAuthorizer:
    """Has an opinion on users system:node:NAME in the group system:nodes."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        special: dict[tuple[str, str], Callable[[str, Attributes], Decision]] = {
            ("", "secrets"): self._read,
            ("", "configmaps"): self._read,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._get,
            ("storage.k8s.io", "volumeattachments"): self._get,
            ("", "serviceaccounts"): self._account,
            ("coordination.k8s.io", "leases"): _lease,
            ("storage.k8s.io", "csinodes"): _csi_node,
            ("", "nodes"): _node,
            ("", "pods"): self._pod,
        }
        self._special = special

    def decide(self, asked: Attributes) -> Decision:
        """Allowed, or no opinion with the reason."""
        if NODES not in asked.user.groups:
            return _NO
        node = asked.user.name.removeprefix(NODE)
        if not node:
            return Decision(False, f'unknown node for user "{asked.user.name}"')
        special = None if asked.path else self._special.get((asked.group, asked.resource))
        if special is not None:
            return special(node, asked)
        role = self.reader.get(*ROLE)
        rules = (role or {}).get("rules") or []
        return _YES if any(Rule(rule).allows(asked) for rule in rules) else _NO

    # -- kinds that pods refer to ------------------------------------------------------

    def _read(self, node: str, asked: Attributes) -> Decision:
        if asked.verb not in _READ:
            return Decision(False, "can only read resources of this type")
        if asked.subresource:
            return Decision(False, "cannot read subresource")
        if not asked.namespace:
            return Decision(False, "can only read namespaced object of this type")
        return self._related(node, asked)

    def _get(self, node: str, asked: Attributes) -> Decision:
        if asked.verb != "get":
            return Decision(False, "can only get individual resources of this type")
        if asked.subresource:
            return Decision(False, "cannot get subresource")
        return self._related(node, asked)

    def _claim(self, node: str, asked: Attributes) -> Decision:
        if asked.subresource != "status":
            return self._get(node, asked)
        if asked.verb not in ("update", "patch"):
            return Decision(False, "can only get/update/patch this type")
        return self._related(node, asked)

    def _account(self, node: str, asked: Attributes) -> Decision:
        if asked.verb == "get" and not asked.subresource:
            return self._read(node, asked)
        if asked.verb != "create" or not asked.name:
            return Decision(False, "can only create tokens for individual service accounts")
        if asked.subresource != "token":
            return Decision(False, "can only create token subresource of serviceaccount")
        return self._related(node, asked)

    def _pod(self, node: str, asked: Attributes) -> Decision:
        match asked.subresource, asked.verb:
            case "", "get":
                return self._get(node, asked)
            case "", "list" | "watch":
                if ("spec.nodeName", node, True) in fields(asked.field_selector):
                    return _YES
                why = "can only list/watch pods with spec.nodeName field selector"
                return self._related(node, asked) if asked.name else Decision(False, why)
            case ("", "create" | "delete") | ("status", "update" | "patch") | (
                "eviction", "create",
            ):  # fmt: skip
                return _YES
        return _NO

    def _related(self, node: str, asked: Attributes) -> Decision:
        if not asked.name:
            return Decision(False, "No Object name found")
        if asked.resource == "volumeattachments":
            item = self.reader.get("volumeattachments.storage.k8s.io", asked.name) or {}
            found = (item.get("spec") or {}).get("nodeName") == node
        else:
            found = (asked.resource, asked.name) in self._references(node, asked.namespace)
        why = f"no relationship found between node '{node}' and this object"
        return _YES if found else Decision(False, why)

    def _references(self, node: str, namespace: str) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for pod in self.reader.list("pods", namespace):
            spec = pod.get("spec") or {}
            if spec.get("nodeName") == node:
                found.add(("pods", name_of(pod)))
                found.update(_named(spec))
        if not namespace:
            found.update(self._volumes(node))
        return found

    def _volumes(self, node: str) -> Iterator[tuple[str, str]]:
        for pod in self.reader.list("pods"):
            if pod["spec"].get("nodeName") != node:
                continue
            for resource, name in _named(pod["spec"]):
                if resource == "persistentvolumeclaims":
                    claim = self.reader.get(resource, name, pod["metadata"]["namespace"]) or {}
                    yield "persistentvolumes", (claim.get("spec") or {}).get("volumeName", "")


_KEYS = {
    "secretName": "secrets", "secretRef": "secrets", "secretKeyRef": "secrets",
    "secret": "secrets", "configMap": "configmaps", "configMapRef": "configmaps",
    "configMapKeyRef": "configmaps", "claimName": "persistentvolumeclaims",
    "serviceAccountName": "serviceaccounts",
}  # fmt: skip


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """What a pod's spec names, wherever it does: (resource, name)."""
    if isinstance(value, list):
        for part in value:
            yield from _named(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key == "imagePullSecrets":
                yield from (("secrets", s.get("name", "")) for s in part or [])
            elif key in _KEYS:
                name = part.get("name") if isinstance(part, dict) else part
                yield from [(_KEYS[key], name)] if name else []
            yield from _named(part)


def _lease(node: str, asked: Attributes) -> Decision:
    if asked.verb not in _OWN:
        return Decision(False, "can only get, create, update, patch, or delete a node lease")
    if asked.namespace != LEASES:
        return Decision(False, f'can only access leases in the "{LEASES}" system namespace')
    if asked.verb != "create" and asked.name != node:
        why = "can only access node lease with the same name as the requesting node"
        return Decision(False, why)
    return _YES


def _csi_node(node: str, asked: Attributes) -> Decision:
    if asked.verb not in _OWN:
        return Decision(False, "can only get, create, update, patch, or delete a CSINode")
    if asked.subresource:
        return Decision(False, "cannot authorize CSINode subresources")
    if asked.verb != "create" and asked.name != node:
        return Decision(False, "can only access CSINode with the same name as the requesting node")
    return _YES


def _node(node: str, asked: Attributes) -> Decision:
    if asked.subresource == "status":
        return _YES if asked.verb in ("update", "patch") else _NO
    if asked.subresource or asked.verb not in (*_READ, "create", "update", "patch"):
        return _NO
    if asked.verb not in _READ or asked.name == node:
        return _YES
    other = f"read '{asked.name}'" if asked.name else "read all nodes"
    return Decision(False, f"node '{node}' cannot {other}, only its own Node object")
