"""What the attach-detach controller reads of nodes, and writes into their status."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, condition

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


class NodeStatuses(Controller):
    """The part of the controller that looks at nodes."""

    def _is_mounted(self, volume: Object, node: str) -> bool:
        found = self.client.get("nodes", node)
        used = ((found or {}).get("status") or {}).get("volumesInUse") or []
        return _unique(volume) in used

    def _is_lost(self, node: str, late: bool) -> bool:
        """Is the node to be taken for dead?"""
        found = self.client.get("nodes", node)
        if found is None:
            return True
        taints = found["spec"].get("taints") or []
        if any(t["key"] == OUT_OF_SERVICE for t in taints):
            return True
        ready = condition(found, "Ready")
        return late and (ready is None or ready["status"] != "True")

    async def _report(self, volume: Object, node: str, *, there: bool) -> bool:
        """Write what is attached into the node's status; was it something new?"""
        found, unique = self.client.get("nodes", node), _unique(volume)
        known = ((found or {}).get("status") or {}).get("volumesAttached") or []
        if found is None or any(v["name"] == unique for v in known) == there:
            return False
        new: list[Any] = [v for v in known if v["name"] != unique]
        new += [{"name": unique, "devicePath": ""}] if there else []
        body = {"status": {"volumesAttached": new or None}}
        try:
            await self.client.patch("nodes", node, "", body, "status")
        except StatusError as error:
            if error.reason != "NotFound":
                raise
        return True


def _unique(volume: Object) -> str:
    csi = volume["spec"]["csi"]
    return f"kubernetes.io/csi/{csi['driver']}^{csi['volumeHandle']}"
