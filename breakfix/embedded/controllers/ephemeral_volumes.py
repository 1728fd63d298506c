"""Claims of generic ephemeral volumes: made for each pod, and its own."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import CLAIMS
from breakfix.embedded.controllers.writes import owner_reference
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, controller_of, is_going, name_of, namespace_of


class EphemeralVolumeController(Controller):
    """The ephemeral-volume-controller."""

    name = "ephemeral-volume-controller"
    component = "ephemeral_volume"
    first_retry = 1.0

    def watch(self) -> None:
        """Pods with such volumes, and their claims that are deleted."""
        self.on("pods", self._pod)
        self.client.subscribe(CLAIMS, self._claim)

    def _pod(self, change: Change) -> list[Key]:
        volumes = change.new["spec"].get("volumes") or []
        return itself(change) if any("ephemeral" in v for v in volumes) else []

    def _claim(self, change: Change) -> None:
        owner = controller_of(change.new)
        if change.type == "DELETED" and owner and owner["kind"] == "Pod":
            self.add((namespace_of(change.new), owner["name"]))

    async def sync(self, key: Key) -> None:
        """Make the claims that a pod misses."""
        pod = self.client.get("pods", key[1], key[0])
        if pod is None or is_going(pod):
            return
        for volume in pod["spec"].get("volumes") or []:
            if "ephemeral" not in volume:
                continue
            try:
                await self._make(pod, volume)
            except StatusError as error:
                text = f"ephemeral volume {volume['name']}: {error}"
                self.event(pod, "Warning", "FailedBinding", text)
                raise

    async def _make(self, pod: Object, volume: Object) -> None:
        name, namespace = f"{name_of(pod)}-{volume['name']}", namespace_of(pod)
        found = self.client.get(CLAIMS, name, namespace)
        if found is not None:
            owner = controller_of(found)
            if owner is None or owner["uid"] != pod["metadata"]["uid"]:
                whose = f"for pod {namespace}/{name_of(pod)} (pod is not owner)"
                text = f"PVC {namespace}/{name} was not created {whose}"
                raise StatusError(409, "Conflict", text)
            return
        template = clone(volume["ephemeral"]["volumeClaimTemplate"])
        known = template.get("metadata") or {}
        meta = {k: known[k] for k in ("labels", "annotations") if known.get(k)}
        meta |= {"name": name, "namespace": namespace,
                 "ownerReferences": [owner_reference(pod, "v1", "Pod")]}  # fmt: skip
        try:
            await self.client.create(CLAIMS, {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta,
                "spec": template["spec"],
            })  # fmt: skip
        except StatusError as error:
            text = f"create PVC {name}: {error}"
            raise StatusError(error.code, error.reason, text) from error
