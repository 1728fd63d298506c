"""APIServices of what this server serves itself: the groups of CRDs come and go with them."""

from __future__ import annotations

from breakfix.embedded.aggregation.services import APISERVICES
from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, is_going, labels_of

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"
GROUP_PRIORITY, VERSION_PRIORITY = 1000, 100


class Registration(Controller):
    """Keeps an APIService for each version that a CRD serves; keys are group and version."""

    name = "autoregister"

    def watch(self) -> None:
        """CRDs, and the APIServices that were made for them."""
        self.on(CRDS, _versions)
        self.client.subscribe(APISERVICES, self._service_changed)

    def _service_changed(self, change: Change) -> None:
        spec = change.new["spec"]
        key = (spec.get("group", ""), spec["version"])
        if _is_ours(change.new) or self._wanted(key):
            self.add(key)

    def _wanted(self, key: Key) -> bool:
        return any(
            crd["spec"]["group"] == key[0]
            and any(v["name"] == key[1] and v.get("served") for v in crd["spec"]["versions"])
            for crd in self.client.list(CRDS)
            if not is_going(crd)
        )

    async def sync(self, key: Key) -> None:
        """Make it, put it right, or take it away."""
        name = f"{key[1]}.{key[0]}"
        found, wanted = self.client.get(APISERVICES, name), self._wanted(key)
        if found is None and wanted:
            await self._create(name, key)
        elif found is not None and _is_ours(found):
            await self._correct(found, key, wanted)

    async def _create(self, name: str, key: Key) -> None:
        item = {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": name, "labels": {AUTOMANAGED: "true"}}, "spec": _spec(key),
        }  # fmt: skip
        try:
            await self.client.create(APISERVICES, item)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise

    async def _correct(self, found: Object, key: Key, wanted: bool) -> None:
        name = found["metadata"]["name"]
        if not wanted:
            await self.client.delete(APISERVICES, name, uid=found["metadata"]["uid"])
        elif found["spec"] != _spec(key):
            await self.client.update(APISERVICES, clone(found) | {"spec": _spec(key)})


def _spec(key: Key) -> Object:
    return {
        "group": key[0], "version": key[1], "groupPriorityMinimum": GROUP_PRIORITY,
        "versionPriority": VERSION_PRIORITY,
    }  # fmt: skip


def _is_ours(item: Object) -> bool:
    return labels_of(item).get(AUTOMANAGED) == "true"


def _versions(change: Change) -> list[Key]:
    """All that a CRD serves or has served."""
    found: dict[Key, None] = {}
    for crd in (change.new, change.old):
        for version in crd["spec"]["versions"] if crd else ():
            found[crd["spec"]["group"], version["name"]] = None  # type: ignore[index]
    return list(found)
