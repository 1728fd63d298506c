"""Where Ingresses are reached: status.loadBalancer, written by the leader."""

from __future__ import annotations

import asyncio
import re

from breakfix.embedded.clock import Clock
from breakfix.embedded.csi.api import Api
from breakfix.embedded.csi.election import Election
from breakfix.embedded.errors import StatusError
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.objects import Object, clone, condition, labels_of, name_of, namespace_of
from breakfix.embedded.programs.ingress.model import INGRESSES, Rules, ours
from breakfix.embedded.programs.klog import Log

INTERVAL = 60.0  # s
_OF_POD = ("pod-template-hash", "controller-revision-hash", "pod-template-generation")


class Status:
    """`service` as namespace/name, `address` a list of names and addresses; else the nodes'."""

    def __init__(
        self, api: Api, klog: Log, rules: Rules, pod: Object, service: str, address: str
    ) -> None:
        self._api, self._klog, self._rules, self._pod = api, klog, rules, pod
        self._service, self._address = service, address

    async def lead(self, election: Election, clock: Clock) -> None:
        """Write them now and then, while this one is the leader."""
        while True:
            await election.win()
            keeping = asyncio.ensure_future(election.keep())
            try:
                while not keeping.done():
                    await self.write()
                    timer = asyncio.ensure_future(clock.sleep(INTERVAL))
                    await asyncio.wait((keeping, timer), return_when=asyncio.FIRST_COMPLETED)
                    timer.cancel()
            finally:
                keeping.cancel()

    async def write(self, *, gone: bool = False) -> None:
        """To all that say something else; `gone`: they are reached nowhere any more."""
        try:
            wanted = [] if gone else self._addresses()
        except StatusError as error:
            await self._klog.error(
                "queue.go:131", f'"requeuing" err="{error}" key="&ObjectMeta{{Name:sync status}}"'
            )
            return
        for item in ours(self._api, self._rules):
            balancer = (item.get("status") or {}).get("loadBalancer") or {}
            if (balancer.get("ingress") or []) != wanted:
                await self._update(item, balancer.get("ingress") or [], wanted)

    async def _update(self, item: Object, old: list[Object], new: list[Object]) -> None:
        namespace, name = namespace_of(item), name_of(item)
        await self._klog.info(
            "status.go:304", f'"updating Ingress status" namespace="{namespace}" ingress="{name}" '
            f"currentValue={_shown(old)} newValue={_shown(new)}",
        )  # fmt: skip
        changed = clone(self._api.get(INGRESSES, name, namespace) or item)
        changed["status"] = {"loadBalancer": {"ingress": new} if new else {}}
        try:
            await self._api.update_status(INGRESSES, changed)
        except StatusError as error:
            await self._klog.warn("status.go:309", f"error updating ingress rule: {error}")

    # -- where ---------------------------------------------------------------------------

    def _addresses(self) -> list[Object]:
        """Raises StatusError."""
        if self._address:
            found = [_entry(a) for a in re.split(r",\s*", self._address)]
        elif self._service:
            namespace, _, name = self._service.partition("/")
            found = _of_service(self._api.fetch("services", name, namespace))
        else:
            found = self._of_nodes()
        return sorted(found, key=lambda e: (e.get("hostname", ""), e.get("ip", "")))

    def _of_nodes(self) -> list[Object]:
        """Those that ready pods of this controller run on."""
        own = {k: v for k, v in labels_of(self._pod).items() if k not in _OF_POD}
        found: dict[str, Object] = {}
        for pod in self._api.list("pods", namespace_of(self._pod)):
            ready = (condition(pod, "Ready") or {}).get("status") == "True"
            if ready and own.items() <= labels_of(pod).items():
                name = pod["spec"].get("nodeName", "")
                node = self._api.get("nodes", name) or {}
                address = _node_address(node) or name
                found[address] = _entry(address)
        return list(found.values())


def _node_address(node: Object) -> str:
    known = {a["type"]: a["address"] for a in (node.get("status") or {}).get("addresses") or []}
    return known.get("ExternalIP") or known.get("InternalIP") or ""


def _entry(place: str) -> Object:
    return {"ip": place} if is_address(place) else {"hostname": place}


def _of_service(service: Object) -> list[Object]:
    spec = service["spec"]
    outside = [{"ip": a} for a in spec.get("externalIPs") or []]
    match spec.get("type", "ClusterIP"):
        case "ExternalName":
            return [{"hostname": spec["externalName"]}]
        case "LoadBalancer":
            balancer = (service.get("status") or {}).get("loadBalancer") or {}
            told = [{k: i[k] for k in ("ip", "hostname") if i.get(k)}
                    for i in balancer.get("ingress") or []]  # fmt: skip
            return told + [e for e in outside if e not in told]
        case "NodePort" if outside:
            return outside
    return [{"ip": spec["clusterIP"]}]


def _shown(entries: list[Object]) -> str:
    inside = ",".join(
        "{" + ",".join(f'"{k}":"{v}"' for k, v in sorted(e.items())) + "}" for e in entries
    )
    return f"[{inside}]" if entries else "null"
