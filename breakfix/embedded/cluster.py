"""A whole cluster: API server, controllers, scheduler and nodes in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from breakfix.embedded.aggregation.aggregator import Aggregator
from breakfix.embedded.assembly.admission import admission_chain
from breakfix.embedded.assembly.bootstrap import bootstrap
from breakfix.embedded.assembly.custom import CustomResources
from breakfix.embedded.assembly.moving import Moving
from breakfix.embedded.assembly.pod_api import PodApi
from breakfix.embedded.assembly.pods import Pods
from breakfix.embedded.assembly.reviews import add_reviews
from breakfix.embedded.assembly.webhook_services import NetworkCaller
from breakfix.embedded.audit import AuditLog
from breakfix.embedded.auth.authentication import Authenticator
from breakfix.embedded.auth.keys import Keys, load_or_create
from breakfix.embedded.auth.kubeconfig import kubeconfig, kubeconfig_text
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.tls import server_context
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.clock import Clock, PacedClock
from breakfix.embedded.network.types import Stream
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.events import Recorder
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.subresources import Subresources
from breakfix.embedded.server import pace
from breakfix.embedded.server.app import App
from breakfix.embedded.server.documents import Documents
from breakfix.embedded.server.in_memory import Answered, ask
from breakfix.embedded.server.running import Listener
from breakfix.embedded.server.verbs import Resources
from breakfix.embedded.storage.sqlite import SqliteJournal, StateError
from breakfix.embedded.storage.store import Store
from breakfix.embedded.users import LOOPBACK

COMPACT_EVERY = 300.0  # s, as the real API server has etcd forget


@dataclass(frozen=True)
class Options:
    """What somebody wants. A cluster with a directory goes on after its process ends."""

    name: str = "embedded"
    nodes: int = 3
    directory: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    zones: tuple[str, ...] = ()  # of the nodes, in turn; none, as in kind


class EmbeddedCluster:
    """`async with EmbeddedCluster(Options()) as cluster:` and use cluster.kubeconfig."""

    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        self.options = options or Options()
        self.clock = clock or PacedClock()
        self._journal = self._open_journal()  # first: it holds the directory for this server
        self.store = self._load()
        self.keys = self._keys()
        self.registry = Registry(self.store, self.clock)
        self.subresources = Subresources(self.registry)
        self.rbac = Rbac(self.store)
        self.audit = AuditLog(self.clock, self._file("audit.log"))
        self.client = self._client()
        self.tokens = Tokens(self.keys.token_key, self.client, self.clock.now)
        self.webhooks = NetworkCaller(self.client, self._dial, self.clock, self._look_up)
        self.custom = CustomResources(self.registry, self.client, self.webhooks)
        self.registry.chain.plugins += admission_chain(
            self.client, self.rbac, self.registry.catalogue, self.webhooks
        )
        self.resources = Resources(self.registry, self.subresources)
        add_reviews(self.resources, self.subresources, self.tokens, self.rbac, self.clock)
        self.documents = Documents(self.registry.catalogue, self.tokens, self.custom.definitions)
        app = App(
            self.resources, self.documents, Authenticator(self.tokens), self.rbac, self.audit
        )  # fmt: skip
        context = server_context(self.keys.authority, self.keys.server)
        self.listener = Listener(app, context, self.options.host, self.options.port)
        self.app = app
        self.aggregator = Aggregator(self.store, self.client, self._dial)
        app.elsewhere, self.documents.elsewhere = self.aggregator, self.aggregator.discovery
        if isinstance(self.clock, PacedClock):
            app.controls[pace.PATH] = pace.Pace(self.clock).answer
        api = PodApi(self.client, self.registry, self.tokens, self.rbac)
        self.pods = Pods(self.client, self.options.nodes, api, self.options.zones)
        self.pods.serve_api(self.listener)
        self.app.streams |= self.pods.streams(self.registry)
        self._tasks: list[asyncio.Task[None]] = []

    # -- parts ------------------------------------------------------------------------

    def _keys(self) -> Keys:
        if self.options.directory is None:
            return Keys.create(self.clock.now())
        return load_or_create(self.options.directory / "pki", self.clock.now())

    def _look_up(self, host: str) -> list[str]:
        """The addresses of a host that is not in the cluster."""
        return self.pods.network.outside.names.get(host, [])

    async def _dial(self, address: str, port: int) -> Stream:
        return await self.pods.dial(address, port)

    def _file(self, name: str) -> Path | None:
        return self.options.directory / name if self.options.directory else None

    def _open_journal(self) -> SqliteJournal | None:
        path = self._file("state.db")
        return SqliteJournal(path) if path else None

    def _load(self) -> Store:
        """What the journal kept. Raises StateError."""
        store = Store(self._journal)
        if self._journal:
            try:
                store.load(self._journal.version(), self._journal.objects())
            except StateError:
                self._journal.close()
                raise
        return store

    def _client(self) -> LocalClient:
        self._recorder = Recorder(self.clock)
        return LocalClient(
            self.registry, self.subresources, self._recorder, LOOPBACK, "kube-apiserver"
        )

    # -- life -------------------------------------------------------------------------

    @property
    def kubeconfig(self) -> str:
        """For the administrator, as YAML."""
        found = kubeconfig(
            self.options.name, self.listener.url, self.keys.authority.pem, self.keys.admin
        )
        return kubeconfig_text(found)

    async def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> Answered | None:
        """What the API server answers the administrator, without a connection; `target` is a
        path with its query. None where there is no answer as a whole (see server.in_memory)."""
        return await ask(self.app, method, target, headers, body, self._admin_certificate)

    @cached_property
    def _admin_certificate(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.keys.admin.certificate.public_bytes(Encoding.DER)

    async def start(self) -> None:
        """Serve; returns when the API answers and the default objects are there.

        Raises OSError for a port that is taken, StatusError where the state cannot be written.
        """
        try:
            await self._begin()
        except BaseException:
            await self.stop()
            raise

    async def _begin(self) -> None:
        bootstrap(
            self.store, self.registry.catalogue, self.clock, self.keys.authority.pem.decode(),
            self.aggregator.front_proxy.authority.pem.decode(),
        )  # fmt: skip
        moving = Moving(
            self.client, self.registry, self.rbac, self.tokens, self.keys, self.pods,
            self.aggregator,
        )  # fmt: skip
        await self._listen()
        self._tasks = [
            asyncio.create_task(work)
            for work in (
                self._recorder.run(),
                self._compact(),
                self._flush(),
                self.custom.run(),
                moving.run(),
            )
        ]

    async def _listen(self) -> None:
        """On the port of before, so that clients find a cluster again that was restarted."""
        last = self._file("port")
        if last and not self.options.port:
            with contextlib.suppress(OSError, ValueError):
                self.listener.port = int(last.read_text())
        try:
            await self.listener.start()
        except OSError:
            if self.options.port or not self.listener.port:
                raise
            self.listener.port = 0
            await self.listener.start()
        if last:
            last.write_text(f"{self.listener.port}\n")

    async def _compact(self) -> None:
        while True:
            version = self.store.version
            await self.clock.sleep(COMPACT_EVERY)
            self.store.compact(version)

    async def _flush(self) -> None:
        while True:
            await self.clock.sleep(1.0)
            self.audit.flush()

    async def stop(self) -> None:
        """End everything; a cluster with a directory can be started again."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.listener.stop()
        self.audit.close()
        if self._journal:
            self._journal.close()

    async def __aenter__(self) -> EmbeddedCluster:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
