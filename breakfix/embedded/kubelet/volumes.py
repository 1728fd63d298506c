"""The volumes of one pod: set up before its containers, and kept up to date."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.client import Client
from breakfix.embedded.kubelet.csi_volumes import CsiVolumes
from breakfix.embedded.kubelet.downward import Facts
from breakfix.embedded.kubelet.host_paths import claimed_path, sub_path, volume_path
from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.kubelet.payloads import (
    KINDS,
    File,
    MountError,
    Sources,
    files_of,
    token_owners,
)
from breakfix.embedded.kubelet.small_limits import check_room
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.kubelet.sub_paths import CONFIG_ERROR, make_sub_path, sub_path_of
from breakfix.embedded.kubelet.tokens import PodTokens
from breakfix.embedded.machine.volumes import Mount, Volume
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.quantities import value


class PodVolumes:
    """`facts` may change (the pod's address comes later)."""

    def __init__(
        self, pod: Object, client: Client, storage: Storage, node: str, facts: Facts,
        csi: CsiVolumes | None = None,
    ) -> None:  # fmt: skip
        self._csi = csi
        self.pod, self.facts = pod, facts
        self._client, self._storage, self._node = client, storage, node
        self._tokens = PodTokens(pod, client)
        self._mounts: dict[str, Mount] = {}
        self._files: dict[str, dict[str, File]] = {}

    @property
    def _group(self) -> int | None:
        group: int | None = (self.pod["spec"].get("securityContext") or {}).get("fsGroup")
        return group

    @property
    def missing(self) -> list[str]:
        """Names of those that are not set up."""
        known = [v["name"] for v in self.pod["spec"].get("volumes") or []]
        return [name for name in known if name not in self._mounts]

    async def set_up(self) -> list[tuple[str, str]]:
        """Set up what is missing: names and reasons of those that failed."""
        failed = []
        for volume in self.pod["spec"].get("volumes") or []:
            if volume["name"] in self._mounts:
                continue
            try:
                made = await self._make(volume)
                made.source = made.source or volume_path(self.pod, volume)
                self._mounts[volume["name"]] = made
            except MountError as error:
                failed.append((volume["name"], str(error)))
        return failed

    async def refresh(self) -> None:
        """Write anew what has changed of ConfigMaps, Secrets, tokens and fields of the pod."""
        for volume in self.pod["spec"].get("volumes") or []:
            if volume["name"] in self._files and volume["name"] in self._mounts:
                try:
                    files = await files_of(volume, self._sources())
                except MountError:
                    continue  # what was there stays
                if files != self._files[volume["name"]]:
                    self._publish(self._mounts[volume["name"]].volume, volume, files)

    def on_node(self, path: str) -> bool:
        """Is there such a file on the node?"""
        return self._storage.of_node(self._node).at(path) is not None

    def used(self) -> dict[str, int]:
        """Bytes in those that belong to the pod alone, by name."""
        others = {"hostPath", "persistentVolumeClaim", "ephemeral", "csi"}
        volumes = self.pod["spec"].get("volumes") or []
        own = [v["name"] for v in volumes if not v.keys() & others]
        return {name: self._mounts[name].volume.used for name in own if name in self._mounts}

    def release(self) -> None:
        """The pod has ended: drivers take back what is theirs."""
        if self._csi is not None:
            self._csi.release(self.pod)

    def _sources(self) -> Sources:
        return Sources(self.pod, self._client, self.facts, self._tokens.token)

    async def _make(self, volume: Object) -> Mount:
        if any(kind in volume for kind in KINDS):
            files = await files_of(volume, self._sources())
            check_room(self.pod, volume, files, self._client.clock)
            memory = "secret" in volume or "projected" in volume
            made = Volume(volume["name"], memory=memory, mode=_mode(memory))
            self._publish(made, volume, files)
            return Mount(made, read_only=True)
        if "hostPath" in volume:
            return self._storage.host_path(self._node, volume["hostPath"])
        if "persistentVolumeClaim" in volume or "ephemeral" in volume:
            return await self._claimed(volume)
        if "csi" in volume and self._csi is not None:
            inline, _ = await self._csi.inline(self.pod, volume["name"], volume["csi"])
            self._own(inline)
            return Mount(inline, bool(volume["csi"].get("readOnly")))
        return Mount(self._empty(volume))

    async def _claimed(self, volume: Object) -> Mount:
        own = {"claimName": f"{name_of(self.pod)}-{volume['name']}"}
        source = volume.get("persistentVolumeClaim") or own
        found = self._storage.volume_of(self.pod, source, self._client)
        read_only = bool(source.get("readOnly"))
        if "csi" in found["spec"] and self._csi is not None:
            files, owned = await self._csi.mount(self.pod, found, read_only)
            mount = Mount(files)
        else:
            mount, owned = self._storage.mounted(self._node, found)
        if owned:
            self._own(mount.volume)
        mount.read_only, mount.source = read_only, claimed_path(self.pod, found)
        return mount

    def _empty(self, volume: Object) -> Volume:
        """An emptyDir; and any kind that is made of nothing else here."""
        source = volume.get("emptyDir") or {}
        limit = source.get("sizeLimit")
        memory = source.get("medium") == "Memory"
        size = value(limit) if limit and memory else None
        made = Volume(volume["name"], limit=size or None, memory=memory, mode=_mode(memory),
                      at=self._now())  # fmt: skip
        self._own(made)
        return made

    def _now(self) -> float:
        return self._client.clock.now().timestamp()

    def _own(self, volume: Volume) -> None:
        if self._group is not None:
            volume.give_group(self._group)

    def _publish(self, made: Volume, volume: Object, files: dict[str, File]) -> None:
        self._files[volume["name"]] = files
        group = self._group
        more = 0 if group is None else 0o440
        made.publish(
            {path: data for path, (data, _) in files.items()},
            modes={path: mode | more for path, (_, mode) in files.items()},
            owners=token_owners(volume, self.pod), gid=group or 0,
            at=self._now(),
        )  # fmt: skip

    # -- in a container ----------------------------------------------------------------

    def mounts(self, container: Object, env: Mapping[str, str]) -> dict[str, object]:
        """By path, for the runtime. Raises StartError."""
        found: dict[str, object] = {}
        for number, wanted in enumerate(container.get("volumeMounts") or []):
            mount = self._mounts.get(wanted["name"])
            if mount is None:
                text = f'cannot find volume "{wanted["name"]}" to mount into container'
                raise StartError(CONFIG_ERROR, f'{text} "{container["name"]}"')
            read_only = mount.read_only or bool(wanted.get("readOnly"))
            made = Mount(mount.volume, read_only, mount.sub_path.rstrip("/"), mount.source)
            if path := sub_path_of(wanted, env):
                self._narrow(made, path, container["name"], wanted["name"], number)
            found[wanted["mountPath"]] = made
        return found

    def _narrow(self, made: Mount, path: str, container: str, volume: str, number: int) -> None:
        """To a part of the volume. Raises StartError."""
        if not make_sub_path(made.volume, made.sub_path, path, self._now()):
            text = f'failed to prepare subPath for volumeMount "{volume}" of container'
            raise StartError(CONFIG_ERROR, f'{text} "{container}"')
        made.sub_path = "/".join(p for p in (made.sub_path, path) if p)
        made.source = sub_path(self.pod, volume, container, number)


def _mode(memory: bool) -> int:
    """Anyone may write; in memory, nobody may remove what is another's."""
    return 0o1777 if memory else 0o777
