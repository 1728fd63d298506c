"""How metrics-server asks the kubelets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from breakfix.embedded.csi.api import TOKEN, Api
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.certificate_checks import (
    UntrustedError,
    authorities,
    check_server,
    shown_by,
)
from breakfix.embedded.network.resolving import ResolveError, is_address
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import NetworkError, TimedOutError
from breakfix.embedded.objects import Object, condition, name_of
from breakfix.embedded.programs.agnhost.common import dial_words, lookup_words
from breakfix.embedded.programs.http.client import exchange
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response, reason
from breakfix.embedded.programs.klog import Log, quoted
from breakfix.embedded.programs.metrics_server.store import Batch, decoded
from breakfix.embedded.programs.sockets import addresses, connect, within

AUTHORITY = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


class ScrapeError(Exception):
    """A node told nothing; the words of Go's client."""


@dataclass(frozen=True)
class Settings:
    """The flags about kubelets. `timeout` in seconds."""

    address_types: tuple[str, ...]
    insecure: bool = False
    authority: str = AUTHORITY
    port: int = 10250
    status_port: bool = False
    timeout: float = 13.5


class Scraper:
    """Asks all nodes at once."""

    def __init__(self, process: Process, api: Api, settings: Settings, klog: Log) -> None:
        self._process, self._api, self._settings, self._klog = process, api, settings, klog

    async def scrape(self) -> Batch:
        """What those told that answered."""
        nodes = list(self._api.list("nodes"))
        found = Batch()
        for batch in await asyncio.gather(*(self._node(n) for n in nodes)):
            found.nodes |= batch.nodes
            found.pods |= batch.pods
        return found

    async def _node(self, node: Object) -> Batch:
        name = name_of(node)
        try:
            batch = decoded(await self._text(node), name)
        except ScrapeError as error:
            await self._failed(node, str(error))
            return Batch()
        batch.pods = {k: c for k, c in batch.pods.items() if self._is_on(k, name)}
        return batch

    def _is_on(self, key: tuple[str, str], node: str) -> bool:
        pod = self._api.get("pods", key[1], key[0])
        return pod is not None and pod["spec"].get("nodeName") == node

    async def _failed(self, node: Object, why: str) -> None:
        if (condition(node, "Ready") or {}).get("status") != "True":
            return
        words, more = '"Failed to scrape node', ""
        if "deadline exceeded" in why:
            words += ", timeout to access kubelet"
            more = f' timeout="{self._settings.timeout:g}s"'
        await self._klog.error(
            "scraper.go:149", f'{words}" err={quoted(why)} node="{name_of(node)}"{more}'
        )

    # -- one request ---------------------------------------------------------------------

    def _place(self, node: Object) -> tuple[str, int]:
        """Raises ScrapeError."""
        status = node.get("status") or {}
        known = status.get("addresses") or []
        for kind in self._settings.address_types:
            for each in known:
                if each["type"] == kind:
                    return each["address"], self._port(status)
        types = " ".join(self._settings.address_types)
        words = f"node {name_of(node)} had no addresses that matched types [{types}]"
        raise ScrapeError(words)

    def _port(self, status: Object) -> int:
        endpoint = (status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}
        return int((self._settings.status_port and endpoint.get("Port")) or self._settings.port)

    async def _text(self, node: Object) -> str:
        """Raises ScrapeError."""
        host, port = self._place(node)
        url = f'Get "https://{host}:{port}/metrics/resource"'
        try:
            work = self._exchange(host, port)
            response = await within(self._process, self._settings.timeout, work)
        except ResolveError as error:
            words = f"dial tcp: {lookup_words(self._process, error)}"
            raise ScrapeError(f"{url}: {words}") from None
        except TimedOutError:
            raise ScrapeError(f"{url}: context deadline exceeded") from None
        except NetworkError as error:
            raise ScrapeError(f"{url}: {dial_words(error, 'tcp', f'{host}:{port}')}") from None
        except UntrustedError as error:
            words = f"tls: failed to verify certificate: {error}"
            raise ScrapeError(f"{url}: {words}") from None
        except (TlsError, BadMessageError):
            raise ScrapeError(f"{url}: EOF") from None
        if response.status != 200:  # noqa: PLR2004
            status = f"{response.status} {reason(response.status)}"
            raise ScrapeError(f"request failed, status: {quoted(status)}")
        return response.body.decode()

    async def _exchange(self, host: str, port: int) -> Response:
        process, files = self._process, self._process.files
        address = host if is_address(host) else (await addresses(process, host))[0]
        stream = await connect(process, address, port, self._settings.timeout)
        try:
            secured = TlsStream(stream, client_context(verify=False), host)
            await secured.start()
            if not self._settings.insecure:
                roots = authorities(files.read(self._settings.authority))
                check_server(shown_by(secured.ssl), roots, host, process.host.clock.now())
            token = files.read(TOKEN).decode()
            headers = [("Host", f"{host}:{port}"), ("User-Agent", "metrics-server/v0.8.0"),
                       ("Authorization", f"Bearer {token}"), ("Connection", "close")]  # fmt: skip
            return await exchange(secured, Request(headers, target="/metrics/resource"))
        finally:
            stream.close()
