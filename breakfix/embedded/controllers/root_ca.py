"""The ConfigMap kube-root-ca.crt in every namespace."""

from __future__ import annotations

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself_alive
from breakfix.embedded.controllers.service_accounts import active_namespace, create_in_namespace
from breakfix.embedded.objects import annotations_of, clone, name_of, namespace_of

NAME = "kube-root-ca.crt"
ANNOTATION = "kubernetes.io/description"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. "
    "No other usage is guaranteed across distributions of Kubernetes clusters."
)


class RootCa(Controller):
    """Publishes the cluster's CA, and puts it back where somebody changed it."""

    name = "root-ca-cert-publisher"

    def __init__(self, client: Client, ca_pem: bytes) -> None:
        super().__init__(client)
        self.data = {"ca.crt": ca_pem.decode()}

    def watch(self) -> None:
        self.on("namespaces", itself_alive)
        self.on("configmaps", _touched)

    async def sync(self, key: Key) -> None:
        namespace = key[1]
        if not active_namespace(self.client, namespace):
            return
        found = self.client.get("configmaps", NAME, namespace)
        if found is None:
            await create_in_namespace(self.client, "configmaps", {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": NAME, "namespace": namespace,
                             "annotations": {ANNOTATION: DESCRIPTION}},
                "data": self.data,
            })  # fmt: skip
        elif found.get("data") != self.data or not annotations_of(found).get(ANNOTATION):
            right = clone(found)
            right["data"] = self.data
            right["metadata"].setdefault("annotations", {})[ANNOTATION] = DESCRIPTION
            await self.client.update("configmaps", right)


def _touched(change: Change) -> list[Key]:
    if name_of(change.new) != NAME or change.type == "ADDED":
        return []
    return [("", namespace_of(change.new))]
