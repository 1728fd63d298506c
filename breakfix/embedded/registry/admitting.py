"""The chain of admission plugins, in order."""

from __future__ import annotations

from collections.abc import Sequence

from breakfix.embedded.admission.base import AdmissionRequest, Operation, Plugin
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.served import Served


class Chain:
    """All plugins; a plugin that refuses ends the request."""

    def __init__(self, plugins: Sequence[Plugin] = ()) -> None:
        self.plugins = list(plugins)
        self._counted, self._parts = 0, dict[str, list[Plugin]]()

    async def mutate(self, request: AdmissionRequest) -> None:
        """Let each change the object."""
        for plugin in self._doing("mutate"):
            await plugin.mutate(request)

    async def validate(self, request: AdmissionRequest) -> None:
        """Let each judge it; those that already agreed are told of a refusal."""
        done: list[Plugin] = []
        try:
            for plugin in self._doing("validate"):
                await plugin.validate(request)
                done.append(plugin)
        except BaseException:
            for earlier in done:
                await earlier.settle(request, stored=False)
            raise

    async def settle(self, request: AdmissionRequest, stored: bool) -> None:
        """Tell each how it ended."""
        for plugin in self._doing("settle"):
            await plugin.settle(request, stored)

    def _doing(self, part: str) -> list[Plugin]:
        """The plugins that have something of their own to do there."""
        if self._counted != len(self.plugins):
            self._counted, self._parts = len(self.plugins), {}
        if part not in self._parts:
            base = getattr(Plugin, part)
            self._parts[part] = [p for p in self.plugins if getattr(type(p), part) is not base]
        return self._parts[part]


def request_for(
    served: Served, asked: Asked, operation: Operation, item: Object | None, old: Object | None
) -> AdmissionRequest:
    """The admission request of a write."""
    return AdmissionRequest(
        operation, served.resource, asked.subresource, asked.namespace, asked.name, item, old,
        asked.user, asked.options, asked.dry_run, asked.warnings, asked.annotations,
    )  # fmt: skip
