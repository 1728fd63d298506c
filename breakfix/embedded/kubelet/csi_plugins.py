"""CSI drivers on a node: found by their sockets, written down in the CSINode."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.client import Client
from breakfix.embedded.csi.registering import Registration
from breakfix.embedded.csi.sockets import Listening, behind
from breakfix.embedded.csi.types import Driver, NodeFacts, RpcError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.machine.volumes import Volume
from breakfix.embedded.objects import Object, clone, labels_of, name_of

CSI_NODES = "csinodes.storage.k8s.io"
REGISTRY = "/var/lib/kubelet/plugins_registry"
PERIOD = 1.0  # s between looks at the registry
MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins"
_IN_TREE = ("aws-ebs", "azure-disk", "azure-file", "cinder", "gce-pd", "portworx-volume",
            "vsphere-volume")  # fmt: skip
RETRIES = 5


class RegistrationError(Exception):
    """A driver cannot be registered; the words go to its registrar."""


class CsiPlugins:
    """Of one node, whose files have the sockets."""

    def __init__(self, client: Client, node: str, files: Volume) -> None:
        self._client, self._node, self._files = client, node, files
        self._sockets: dict[str, tuple[Listening, Registration]] = {}
        self._endpoints: dict[str, str] = {}  # of drivers that are registered
        self.changed: Callable[[], None] = lambda: None

    # -- who is there ------------------------------------------------------------------

    def driver(self, name: str) -> Driver:
        """A registered driver. Raises MountError where it is not, RpcError where it is mute."""
        if name not in self._endpoints:
            raise MountError(f"driver name {name} not found in the list of registered CSI drivers")
        path = self._endpoints[name]
        found = behind(self._files.at(path))
        if found is None or not isinstance(found.server, Driver):
            how = f"dial unix {path}: connect: connection refused"
            text = f'connection error: desc = "transport: Error while dialing: {how}"'
            raise RpcError("Unavailable", text)
        return found.server

    def forget(self) -> None:
        """The kubelet starts anew: it will find again what is there."""
        self._sockets.clear()
        self._endpoints.clear()

    async def run(self) -> None:
        """Look for drivers until cancelled."""
        while True:
            try:
                await self.look()
            except StatusError:
                self._sockets.clear()  # all is tried again
            await self._client.clock.sleep(PERIOD)

    async def look(self) -> None:
        """Register who has come, unregister who has gone. Raises StatusError."""
        node = self._client.get("nodes", self._node)
        if node is not None and self._client.get(CSI_NODES, self._node) is None:
            await self._client.create(CSI_NODES, _csi_node(node))
        found = self._present()
        for path, (listening, registration) in list(self._sockets.items()):
            if found.get(path) is not listening:
                del self._sockets[path]
                await self._unregister(registration)
        for path, new in found.items():
            if path not in self._sockets and isinstance(new.server, Registration):
                self._sockets[path] = new, new.server
                await self._register(new.server)

    def _present(self) -> dict[str, Listening]:
        folder = self._files.at(REGISTRY)
        if folder is None or not folder.children:
            return {}
        there = {name: behind(folder.entry(name)) for name in folder.names()}
        return {name: found for name, found in there.items() if found is not None}

    # -- registering -------------------------------------------------------------------

    async def _register(self, asked: Registration) -> None:
        try:
            found = behind(self._files.at(asked.endpoint))
            if found is None or not isinstance(found.server, Driver):
                how = f"dial unix {asked.endpoint}: connect: no such file or directory"
                text = f'connection error: desc = "transport: Error while dialing: {how}"'
                raise RegistrationError(
                    f'failed to get NodeGetInfo from driver "{asked.name}": '
                    f"{RpcError('Unavailable', text)}"
                )
            facts = await found.server.node_facts()
        except (RegistrationError, RpcError) as error:
            text = f"RegisterPlugin error -- plugin registration failed with err: {error}"
            asked.answer(text)
            return
        self._endpoints[asked.name] = asked.endpoint
        await self._write(asked.name, facts)
        asked.answer()
        self.changed()

    async def _unregister(self, gone: Registration) -> None:
        self._endpoints.pop(gone.name, None)
        await self._write(gone.name, None)

    async def _write(self, driver: str, facts: NodeFacts | None) -> None:
        """Say in the CSINode and in the node's labels what there is. Raises StatusError."""
        if facts is not None and facts.topology:
            await self._label(dict(facts.topology))
        for left in range(RETRIES, 0, -1):
            item = self._client.get(CSI_NODES, self._node)
            if item is None:
                return
            changed = clone(item)
            others = [d for d in item["spec"].get("drivers") or [] if d["name"] != driver]
            changed["spec"]["drivers"] = others + ([_entry(driver, facts)] if facts else [])
            try:
                await self._client.update(CSI_NODES, changed)
                return
            except StatusError as error:
                if error.reason != "Conflict" or left == 1:
                    raise

    async def _label(self, topology: dict[str, str]) -> None:
        node = self._client.get("nodes", self._node)
        if node is not None and not topology.items() <= labels_of(node).items():
            body = {"metadata": {"labels": topology}}
            await self._client.patch("nodes", self._node, "", body)


def _csi_node(node: Object) -> Object:
    owner = {"apiVersion": "v1", "kind": "Node", "name": name_of(node),
             "uid": node["metadata"].get("uid", "")}  # fmt: skip
    plugins = ",".join(f"kubernetes.io/{name}" for name in _IN_TREE)
    meta = {"name": name_of(node), "annotations": {MIGRATED: plugins}, "ownerReferences": [owner]}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": meta,
            "spec": {"drivers": []}}  # fmt: skip


def _entry(driver: str, facts: NodeFacts) -> Object:
    found: Object = {"name": driver, "nodeID": facts.id,
                     "topologyKeys": sorted(facts.topology or ()) or None}  # fmt: skip
    if facts.limit > 0:
        found["allocatable"] = {"count": facts.limit}
    return found
