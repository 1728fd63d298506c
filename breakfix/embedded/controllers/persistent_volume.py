"""The volume binder: claims and volumes find each other. Volumes have keys ("", name)."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Key, itself, key_of
from breakfix.embedded.controllers.persistent_volume_match import (
    BETA_PROVISIONER,
    BOUND_BY,
    CLAIMS,
    CLASSES,
    COMPLETED,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    best_match,
    class_of,
    is_for,
    mismatch,
    phase_of,
)
from breakfix.embedded.controllers.persistent_volume_writes import VolumeWriter
from breakfix.embedded.objects import Object, annotations_of, clone, name_of, namespace_of

RESYNC = 15.0  # seconds until a claim that waits is looked at again
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class PersistentVolumeController(VolumeWriter):
    """The persistentvolume-binder-controller."""

    name = "persistentvolume-binder-controller"
    component = "persistentvolume-controller"
    account = "persistent-volume-binder"

    def watch(self) -> None:
        """Claims, volumes, and classes that claims wait for."""
        self.on(VOLUMES, self._volume)
        self.on(CLAIMS, self._claim)
        self.client.subscribe(CLASSES, lambda _: self.add(*self._pending()))

    def _volume(self, change: Change) -> list[Key]:
        ref = change.new["spec"].get("claimRef")
        keys = [("", name_of(change.new))]
        if ref and ref.get("namespace"):
            return [*keys, (ref["namespace"], ref["name"])]
        return [*keys, *self._pending()] if phase_of(change.new) == "Available" else keys

    def _claim(self, change: Change) -> list[Key]:
        volume = change.new["spec"].get("volumeName")
        return [*itself(change), *([("", volume)] if volume else [])]

    def _pending(self) -> list[Key]:
        return [key_of(c) for c in self.client.list(CLAIMS) if phase_of(c) == "Pending"]

    async def sync(self, key: Key) -> None:
        """One claim or one volume."""
        if not key[0]:
            volume = self.client.get(VOLUMES, key[1])
            if volume is not None:
                await self._sync_volume(volume)
            return
        claim = self.client.get(CLAIMS, key[1], key[0])
        if claim is None:
            return
        if COMPLETED in annotations_of(claim):
            await self._sync_bound(claim)
            return
        await self._sync_unbound(claim)
        now = self.client.get(CLAIMS, key[1], key[0])
        if now is not None and phase_of(now) == "Pending":
            self.add_after(key, RESYNC)

    # -- claims ----------------------------------------------------------------------------

    async def _sync_bound(self, claim: Object) -> None:
        name = claim["spec"].get("volumeName")
        volume = self.client.get(VOLUMES, name) if name else None
        if volume is None:
            what = "its PersistentVolume" if name else "reference to PersistentVolume"
            text = f"Bound claim has lost {what}. Data on the volume is lost!"
            await self._lose(claim, "ClaimLost", text)
        elif not volume["spec"].get("claimRef") or is_for(volume, claim):
            await self.bind(volume, claim)
        else:
            text = "Two claims are bound to the same volume, this one is bound incorrectly"
            await self._lose(claim, "ClaimMisbound", text)

    async def _lose(self, claim: Object, reason: str, message: str) -> None:
        if phase_of(claim) != "Lost":
            await self.set_claim_phase(claim, "Lost")
            self.event(claim, "Warning", reason, message)

    async def _sync_unbound(self, claim: Object) -> None:
        name = claim["spec"].get("volumeName")
        if name:
            await self._take_named(claim, name)
            return
        delayed = self._is_delayed(claim)
        volume = best_match(self.client.list(VOLUMES), claim, only_bound=delayed)
        if volume is not None:
            await self.bind(volume, claim)
        elif await self._give_default_class(claim):
            return
        elif delayed and SELECTED_NODE not in annotations_of(claim):
            self._tell_waiting(claim)
        elif class_of(claim):
            await self._provision(claim)
        else:
            self.event(
                claim, "Normal", "FailedBinding",
                "no persistent volumes available for this claim and no storage class is set",
            )  # fmt: skip
        if volume is None and not (claim.get("status") or {}).get("phase"):
            await self.set_claim_phase(claim, "Pending")

    async def _take_named(self, claim: Object, name: str) -> None:
        volume = self.client.get(VOLUMES, name)
        if volume is None:
            return
        if is_for(volume, claim):
            await self.bind(volume, claim)
        elif volume["spec"].get("claimRef"):
            message = f'volume "{name}" already bound to a different claim.'
            self.event(claim, "Warning", "FailedBinding", message)
        elif why := mismatch(volume, claim):
            message = f'Cannot bind to requested volume "{name}": {why}'
            self.event(claim, "Warning", "VolumeMismatch", message)
        else:
            await self.bind(volume, claim)

    def _is_delayed(self, claim: Object) -> bool:
        found = self.client.get(CLASSES, class_of(claim)) if class_of(claim) else None
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    async def _give_default_class(self, claim: Object) -> bool:
        if claim["spec"].get("storageClassName") is not None or class_of(claim):
            return False
        defaults = [
            c for c in self.client.list(CLASSES) if annotations_of(c).get(DEFAULT_CLASS) == "true"
        ]
        if not defaults:
            return False
        newest = max(defaults, key=lambda c: c["metadata"].get("creationTimestamp", ""))
        changed = clone(claim)
        changed["spec"]["storageClassName"] = name_of(newest)
        await self.client.update(CLAIMS, changed)
        return True

    def _tell_waiting(self, claim: Object) -> None:
        pods = [
            name_of(p)
            for p in self.client.list("pods", namespace_of(claim))
            if not p["spec"].get("nodeName") and name_of(claim) in claims_in(p)
        ]
        if not pods:
            text = "waiting for first consumer to be created before binding"
            self.event(claim, "Normal", "WaitForFirstConsumer", text)
            return
        text = f"waiting for pod{'s' if len(pods) > 1 else ''} {','.join(pods)} to be scheduled"
        self.event(claim, "Normal", "WaitForPodScheduled", text)

    async def _provision(self, claim: Object) -> None:
        name = class_of(claim)
        found = self.client.get(CLASSES, name)
        if found is None:
            message = f'storageclass.storage.k8s.io "{name}" not found'
            self.event(claim, "Warning", "ProvisioningFailed", message)
            return
        provisioner = found["provisioner"]
        if provisioner.startswith("kubernetes.io/"):
            message = f"no volume plugin matched name: {provisioner}"
            self.event(claim, "Warning", "ProvisioningFailed", message)
            return
        if annotations_of(claim).get(PROVISIONER) != provisioner:
            changed = clone(claim)
            changed["metadata"].setdefault("annotations", {}).update(
                {PROVISIONER: provisioner, BETA_PROVISIONER: provisioner}
            )
            claim = await self.client.update(CLAIMS, changed)
        self.event(
            claim, "Normal", "ExternalProvisioning",
            "Waiting for a volume to be created either by the external provisioner "
            f"'{provisioner}' or manually by the system administrator. If volume creation is "
            "delayed, please verify that the provisioner is running and correctly registered.",
        )  # fmt: skip

    # -- volumes ---------------------------------------------------------------------------

    async def _sync_volume(self, volume: Object) -> None:
        ref = volume["spec"].get("claimRef")
        if not ref or not ref.get("uid"):
            await self.set_volume_phase(volume, "Available")
            return
        claim = self.client.get(CLAIMS, ref["name"], ref["namespace"])
        if claim is None or claim["metadata"]["uid"] != ref["uid"]:
            await self._release(volume)
        elif claim["spec"].get("volumeName") == name_of(volume):
            await self.set_volume_phase(volume, "Bound")
        elif not claim["spec"].get("volumeName"):
            self.add(key_of(claim))
        elif PROVISIONED_BY in annotations_of(volume) and _policy(volume) == "Delete":
            await self._release(volume)
        else:
            await self.unbind(volume)

    async def _release(self, volume: Object) -> None:
        if phase_of(volume) not in ("Released", "Failed"):
            volume = await self.set_volume_phase(volume, "Released")
        if _policy(volume) == "Recycle":
            self.event(volume, "Normal", "VolumeRecycled", "Volume recycled")
            changed = clone(volume)
            changed["metadata"].setdefault("annotations", {})[BOUND_BY] = "yes"
            await self.unbind(changed)
        elif _policy(volume) == "Delete" and PROVISIONED_BY not in annotations_of(volume):
            await self._delete(volume)

    async def _delete(self, volume: Object) -> None:
        """What no provisioner made, the binder deletes itself, if it knows how."""
        path = (volume["spec"].get("hostPath") or {}).get("path")
        if phase_of(volume) == "Failed":
            return
        if path is not None and path.startswith("/tmp/"):  # noqa: S108 - as the real one does
            await self.client.delete(VOLUMES, name_of(volume))
            return
        text = (
            f"host_path deleter only supports /tmp/.+ but received provided {path}"
            if path is not None
            else f'error getting deleter volume plugin for volume "{name_of(volume)}": '
            "no deletable volume plugin matched"
        )
        await self.set_volume_phase(volume, "Failed", text)
        self.event(volume, "Warning", "VolumeFailedDelete", text)


def _policy(volume: Object) -> str:
    return volume["spec"].get("persistentVolumeReclaimPolicy") or "Retain"


def claims_in(pod: Object) -> list[str]:
    """The names of the claims that a pod uses."""
    found = []
    for volume in pod["spec"].get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            found.append(volume["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in volume:
            found.append(f"{name_of(pod)}-{volume['name']}")
    return found
