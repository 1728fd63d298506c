"""Claims in use by a pod, and volumes in use by a claim, are not deleted yet."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume import claims_in
from breakfix.embedded.controllers.persistent_volume_match import CLAIMS, VOLUMES, phase_of
from breakfix.embedded.controllers.pod_helpers import is_finished
from breakfix.embedded.controllers.writes import drop_finalizer, patch_metadata
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


class _Protection(Controller):
    resource = ""
    finalizer = ""

    async def sync(self, key: Key) -> None:
        """Put the finalizer on what stays; take it off what goes and is not used."""
        item = self.client.get(self.resource, key[1], key[0])
        if item is None:
            return
        finalizers = item["metadata"].get("finalizers") or []
        if not is_going(item):
            if self.finalizer not in finalizers:
                body = {"finalizers": [*finalizers, self.finalizer]}
                await patch_metadata(self.client, self.resource, item, body)
        elif self.finalizer in finalizers and not self.is_used(item):
            await drop_finalizer(self.client, self.resource, item, self.finalizer)

    def is_used(self, item: Object) -> bool:
        """Does something still need it?"""
        raise NotImplementedError


class PVCProtectionController(_Protection):
    """The pvc-protection controller."""

    name = "persistentvolumeclaim-protection-controller"
    account = "pvc-protection-controller"
    resource, finalizer = CLAIMS, CLAIM_FINALIZER

    def watch(self) -> None:
        """Claims, and pods that stop using them."""
        self.on(CLAIMS, itself)
        self.client.subscribe("pods", lambda change: self.add(*self._freed(change)))

    def _freed(self, change: Change) -> list[Key]:
        if change.type != "DELETED" and not is_finished(change.new):
            return []
        return [(namespace_of(change.new), name) for name in claims_in(change.new)]

    def is_used(self, item: Object) -> bool:
        """Does a pod on a node, that has not ended, mount it?"""
        return any(
            p["spec"].get("nodeName") and not is_finished(p) and name_of(item) in claims_in(p)
            for p in self.client.list("pods", namespace_of(item))
        )


class PVProtectionController(_Protection):
    """The pv-protection controller."""

    name = "persistentvolume-protection-controller"
    account = "pv-protection-controller"
    resource, finalizer = VOLUMES, VOLUME_FINALIZER

    def watch(self) -> None:
        """Volumes."""
        self.on(VOLUMES, itself)

    def is_used(self, item: Object) -> bool:
        """Is it bound?"""
        return phase_of(item) == "Bound"
