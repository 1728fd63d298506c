"""An ingress-nginx controller: brings its nginx up to date with the cluster."""

from __future__ import annotations

import asyncio

from breakfix.embedded.csi.api import Api
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object
from breakfix.embedded.programs.ingress.config import rendered
from breakfix.embedded.programs.ingress.events import record
from breakfix.embedded.programs.ingress.model import Builder, Model, Rules, ours
from breakfix.embedded.programs.ingress.nginx import IngressNginx
from breakfix.embedded.programs.ingress.secrets import certificates, write_password_files
from breakfix.embedded.programs.klog import Log

CONF = "/etc/nginx/nginx.conf"
PAUSE = 1 / 0.3  # s between two syncs: --sync-rate-limit
LINE = "-" * 79


class IngressController:
    """One process. `pod` is its own; `changed` is set when there is something to sync."""

    def __init__(self, process: Process, api: Api, flags: dict[str, str], pod: Object) -> None:
        self.process, self.api, self.flags, self.pod = process, api, flags, pod
        self.klog = Log(process)
        self.rules = Rules(
            flags["ingress-class"], flags["controller-class"],
            flags["watch-ingress-without-class"] == "true", flags["watch-namespace"],
        )  # fmt: skip
        self.nginx = IngressNginx(process)
        self.changed = asyncio.Event()
        self._text = ""
        self._warned: set[str] = set()

    @property
    def ports(self) -> tuple[int, int]:
        """Of HTTP and HTTPS."""
        return int(self.flags["http-port"]), int(self.flags["https-port"])

    async def work(self) -> None:
        """Bring nginx up to date whenever something has changed."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            await self.sync()
            await self.process.host.clock.sleep(PAUSE)

    async def sync(self) -> None:
        """Once."""
        model = Builder(self.api, self.flags["default-backend-service"]).build(
            ours(self.api, self.rules)
        )
        await self._warn(model)
        write_password_files(self.api, self.process.files, model)
        await self._set_certificates(model)
        written = rendered(model, self.ports)
        if written != self._text:
            await self._reload(written)
        self.nginx.set_endpoints(model.endpoints)

    async def _warn(self, model: Model) -> None:
        for words in model.warnings:
            if words not in self._warned:
                await self.klog.warn("controller.go:1216", words)
        self._warned = set(model.warnings)

    async def _set_certificates(self, model: Model) -> None:
        found, warnings = certificates(self.api, model, self.flags["default-ssl-certificate"])
        for words in warnings:
            if words not in self._warned:
                await self.klog.warn("controller.go:1451", words)
                self._warned.add(words)
        self.nginx.contexts = found

    async def _reload(self, written: str) -> None:
        first = not self._text
        words = '"Configuration changes detected, backend reload required"'
        await self.klog.info("controller.go:196", words)
        self.process.files.write(CONF, written.encode())
        if error := await self.nginx.reload_or_keep():
            await self._say_failed(error)
            return
        self._text = written
        await self.klog.info("controller.go:216", '"Backend successfully reloaded"')
        if first:
            await self.klog.info("controller.go:227", '"Initial sync, sleeping for 1 second"')
        words = "NGINX reload triggered due to a change in configuration"
        record(self.api, self.pod, "RELOAD", words)

    async def _say_failed(self, error: str) -> None:
        await self.klog.error("controller.go:215", "Unexpected failure reloading the backend:"
                              f"\n{LINE}\nError: exit status 1\n{error}\n{LINE}")  # fmt: skip
        words = f"Error reloading NGINX: exit status 1 {error}"
        record(self.api, self.pod, "RELOAD", words, "Warning")
