"""The store of an ingress controller: what it watches, and which changes are for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from breakfix.embedded.client import Change
from breakfix.embedded.csi.api import Api
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.programs.ingress.events import record
from breakfix.embedded.programs.ingress.model import (
    CLASSES,
    INGRESSES,
    SLICES,
    Rules,
    UnfitError,
    check_class,
)
from breakfix.embedded.programs.klog import Log, quoted
from breakfix.embedded.programs.sockets import Serving

WATCHED = {INGRESSES: "*v1.Ingress", CLASSES: "*v1.IngressClass", "services": "*v1.Service",
           SLICES: "*v1.EndpointSlice", "secrets": "*v1.Secret", "configmaps":
           "*v1.ConfigMap"}  # fmt: skip
_RETRY = 5.0  # s


class Store:
    """`changed` is set when there is something new; `serving` ends what is begun here."""

    def __init__(
        self, api: Api, klog: Log, rules: Rules, serving: Serving, changed: asyncio.Event
    ) -> None:
        self._api, self._klog, self._rules = api, klog, rules
        self._serving, self._dirty = serving, changed

    async def synced(self) -> None:
        """Until everything may be watched."""
        for resource, kind in WATCHED.items():
            while (error := self._refused(resource)) is not None:
                place = "k8s.io/client-go/informers/factory.go:160"
                words = f'"Failed to watch" err={quoted(f"failed to list {kind}: {error}")}'
                await self._klog.error("reflector.go:200", f"{words} logger={quoted(place)}")
                await self._serving.process.host.clock.sleep(_RETRY)

    def _refused(self, resource: str) -> StatusError | None:
        try:
            self._api.may_watch(resource)
        except StatusError as error:
            return error
        return None

    def watch(self) -> None:
        """Be told of every change."""
        for resource in WATCHED:
            seen = self._ingress_changed if resource == INGRESSES else self._changed
            self._api.subscribe(resource, seen)
        for item in self._api.list(INGRESSES, self._rules.namespace):
            self._seen(item)
        self._dirty.set()

    def _changed(self, _: Change) -> None:
        self._dirty.set()

    def _ingress_changed(self, change: Change) -> None:
        before = change.old
        same = before is not None and before["spec"] == change.new["spec"] \
            and _annotations(before) == _annotations(change.new)  # fmt: skip
        if change.type == "DELETED":
            self._dirty.set()
        elif not same:
            self._seen(change.new)
            self._dirty.set()

    def _seen(self, item: Object) -> None:
        """A new one, or a new version of one."""
        where = f'ingress="{namespace_of(item)}/{name_of(item)}"'
        try:
            name = check_class(self._api, item, self._rules)
        except UnfitError as why:
            words = '"Ignoring ingress because of error while validating ingress class"'
            self._say(self._klog.info("store.go:436", f"{words} {where} error={quoted(str(why))}"))
            return
        self._say(self._klog.info("store.go:440", f'"Found valid IngressClass" {where} '
                  f'ingressclass="{name or "_"}"'))  # fmt: skip
        record(self._api, item, "Sync", "Scheduled for sync")

    def _say(self, line: Awaitable[None]) -> None:
        """A line, from where nothing can be awaited."""
        self._serving.begin(line)


def _annotations(item: Object) -> Object:
    found: Object = item["metadata"].get("annotations") or {}
    return found
