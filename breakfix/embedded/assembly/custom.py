"""Custom resources: each CustomResourceDefinition is served while it is there."""

from __future__ import annotations

from breakfix.embedded.admission.webhooks_calling import Caller
from breakfix.embedded.client import Change
from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.errors import StatusError
from breakfix.embedded.extensions import columns
from breakfix.embedded.extensions.conversion import by_webhook, convert, renamed
from breakfix.embedded.extensions.naming import status_of
from breakfix.embedded.extensions.resources import established, resources_of
from breakfix.embedded.extensions.strategy import CustomStrategy
from breakfix.embedded.extensions.structural import version_of, with_metadata
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, clone, is_going, name_of, namespace_of
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.converting import Conversions
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.served import Served
from breakfix.embedded.server.openapi_custom import CustomDefinition

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


class CustomResources(Controller):
    """Serves what CRDs define, sets their status, and clears up when one is deleted."""

    name = "apiextensions"

    def __init__(self, registry: Registry, client: LocalClient, caller: Caller) -> None:
        super().__init__(client)
        self._caller = caller
        self._registry = registry
        self._catalogue = registry.catalogue
        self._definitions: dict[str, list[CustomDefinition]] = {}
        for crd in registry.store.list(CRDS):
            self._serve(crd)
        registry.store.subscribe(CRDS, self._changed)

    def definitions(self) -> list[CustomDefinition]:
        """For OpenAPI."""
        return [each for name in sorted(self._definitions) for each in self._definitions[name]]

    # -- serving ----------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        crd = change.new
        if change.type == "DELETED" or not established(crd):
            self._definitions.pop(name_of(crd), None)
            spec = crd["spec"]
            self._catalogue.set_custom(spec["group"], spec["names"]["plural"], [])
        elif change.old is None or _matters(change.old) != _matters(crd):
            self._serve(crd)

    def _serve(self, crd: Object) -> None:
        if not established(crd):
            return
        conversions = self._conversions(crd)
        served = [_served(crd, r, self.clock, conversions) for r in resources_of(crd)]
        self._definitions[name_of(crd)] = [_definition(crd, s.resource) for s in served]
        spec = crd["spec"]
        self._catalogue.set_custom(spec["group"], spec["names"]["plural"], served)

    def _conversions(self, crd: Object) -> Conversions | None:
        if not by_webhook(crd):
            return None

        async def ask(items: list[Object], api_version: str) -> list[Object]:
            return await convert(crd, items, api_version, self._caller)

        return Conversions(ask)

    # -- following --------------------------------------------------------------------

    def watch(self) -> None:
        self.on(CRDS, itself)

    async def sync(self, key: Key) -> None:
        crd = self.client.get(CRDS, key[1])
        if crd is None:
            return
        if is_going(crd):
            await self._clear(crd)
            return
        others = [c for c in self.client.list(CRDS) if name_of(c) != name_of(crd)]
        status = status_of(crd, others, self.clock.now())
        if status != crd.get("status"):
            await self.client.update_status(CRDS, clone(crd) | {"status": status})

    async def _clear(self, crd: Object) -> None:
        """Delete all its objects; the CRD goes after the last."""
        finalizers = crd["metadata"].get("finalizers") or []
        if CLEANUP not in finalizers:
            return
        resource = name_of(crd)
        for item in list(self.client.list(resource)):
            if not is_going(item):
                await self.client.delete(resource, name_of(item), namespace_of(item))
        if any(True for _ in self.client.list(resource)):
            self.add_after(("", resource), 0.05)
            return
        freed = clone(crd)
        freed["metadata"]["finalizers"] = [f for f in finalizers if f != CLEANUP]
        try:
            await self.client.update(CRDS, freed)
        except StatusError:
            self.add_after(("", resource), 0.05)


def _matters(crd: Object) -> tuple[object, ...]:
    names = (crd.get("status") or {}).get("acceptedNames")
    return crd["spec"], names, established(crd)


def _served(
    crd: Object, resource: Resource, clock: Clock, conversions: Conversions | None
) -> Served:
    strategy = CustomStrategy(crd, resource.version)
    storage = next(v["name"] for v in crd["spec"]["versions"] if v.get("storage"))
    definitions = columns.definitions(crd, resource.version)
    return Served(
        resource, strategy, strategy.schema, resource.key, f"{resource.group}/{storage}",
        conversions.known if conversions else renamed,
        (definitions, columns.cells(crd, resource.version, clock.now)),
        strategy.as_read, with_metadata(strategy.schema), conversions,
    )  # fmt: skip


def _definition(crd: Object, resource: Resource) -> CustomDefinition:
    version = version_of(crd, resource.version)
    names = crd["spec"]["names"]
    return CustomDefinition(
        resource.group, resource.version, resource.kind, resource.plural, resource.namespaced,
        (version.get("schema") or {}).get("openAPIV3Schema"), names.get("listKind", ""),
        tuple(s.name for s in resource.subresources),
    )  # fmt: skip
