"""CoreDNS's kubernetes plugin: records for Services, endpoints and pods."""

from __future__ import annotations

from breakfix.embedded.errors import StatusError
from breakfix.embedded.label_queries import parse as parse_labels
from breakfix.embedded.programs.coredns.chain import (
    ONCE,
    Fallthrough,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    closest,
    integer,
    origins,
)
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.coredns.data import data_of
from breakfix.embedded.programs.coredns.names import Names, NoSuchNameError
from breakfix.embedded.programs.coredns.records import Records

MAX_TTL = 3600
RETRY = 5.0  # s, until an API that refused is asked again


class Kubernetes(Plugin):
    """`kubernetes ZONES { pods, ttl, fallthrough, ... }`."""

    name = "kubernetes"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.names = Names()
        self.records = Records(self.server, self.names)
        self.fall = Fallthrough()

    # -- setup ---------------------------------------------------------------------------

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            self.zones = origins(c.rest(), self.zones)
            forward = [z for z in self.zones if not z.endswith(("in-addr.arpa.", "ip6.arpa."))]
            if not forward:
                raise SetupError("non-reverse zone name must be used")
            self.names.primary = forward[0]
            while c.next_block():
                self._option(c)
        if self.names.only and self.names.namespace_labels:
            raise c.token.parsing("namespaces and namespace_labels cannot both be set")
        self.server.ready.append((self.name, lambda: self.names.data is not None))
        self.server.startup.append(self._connect)

    def _option(self, c: Controller) -> None:
        word = c.val
        match word:
            case "pods":
                self._set_pods(c)
            case "ttl":
                self._set_ttl(c)
            case "fallthrough":
                self.fall.set(c.rest())
            case "namespaces":
                self.names.only.update(c.some())
            case "labels" | "namespace_labels":
                self._set_labels(word, " ".join(c.some()))
            case "endpoint_pod_names" | "noendpoints":
                if c.rest():
                    raise c.wrong_args()
                self.names.by_pod |= word == "endpoint_pod_names"
                self.names.endpoints &= word != "noendpoints"
            case _:
                self._other(c, word)

    def _set_ttl(self, c: Controller) -> None:
        self.records.ttl = integer(c.some()[0])
        if not 0 <= self.records.ttl <= MAX_TTL:
            raise c.token.parsing(f"ttl must be in range [0, 3600]: {self.records.ttl}")

    def _set_pods(self, c: Controller) -> None:
        mode = c.one()
        if mode not in ("disabled", "insecure", "verified"):
            words = "must be one of: disabled, verified, insecure"
            raise SetupError(f"wrong value for pods: {mode},  {words}")
        self.names.pods = mode

    def _set_labels(self, word: str, text: str) -> None:
        try:
            found = parse_labels(text)
        except StatusError as error:
            what = "label selector" if word == "labels" else "namespace_label selector"
            raise SetupError(f"unable to parse {what} value: '{text}': {error}") from error
        if word == "labels":
            self.names.labels = found
        else:
            self.names.namespace_labels = found

    def _other(self, c: Controller, word: str) -> None:
        args = c.rest()
        if word == "ignore":
            if args and args[0] != "empty_service":
                raise SetupError(f"unable to parse ignore value: '{args[0]}'")
            self.names.ignore_empty = bool(args)
        elif word in ("endpoint", "tls", "kubeconfig"):
            if not args:
                raise c.wrong_args()
        else:
            raise c.token.parsing(f"unknown property '{word}'")

    async def _connect(self) -> None:
        """Watch the API; without one the server starts all the same, and is not ready."""
        if self._try():
            return
        for _ in range(9):
            await self.server.clock.sleep(0.5)
            if self._try():
                return
            self.server.log(
                "INFO", "plugin/kubernetes: waiting for Kubernetes API before starting server"
            )
        self.server.log(
            "WARNING", "plugin/kubernetes: starting server with unsynced Kubernetes API"
        )
        self.server.background.append(self._keep_trying())

    async def _keep_trying(self) -> None:
        while not self._try():
            await self.server.clock.sleep(RETRY)

    def _try(self) -> bool:
        api = self.server.process.host.api
        if api is None:
            return False
        try:
            self.names.data = data_of(api)  # type: ignore[arg-type]
        except StatusError as error:
            words = f"Failed to watch: failed to list *v1.Service: {error}"
            self.server.log("ERROR", f"plugin/kubernetes: Unhandled Error: {words}")
            return False
        return True

    # -- answers -------------------------------------------------------------------------

    async def serve(self, query: Query, after: Next) -> Result:
        zone = closest(self.zones, query.name)
        if not zone:
            return await after(query)
        try:
            answers, extra = await self.records.of(query, zone)
        except NoSuchNameError:
            if self.fall.through(query.name):
                return await after(query)
            return self._empty(query, zone, "NXDOMAIN" if self.names.data else "SERVFAIL")
        if query.type in ("AXFR", "IXFR"):
            return Result(rcode="REFUSED")
        if not answers:
            return self._empty(query, zone, "NOERROR")
        return Result(query.message.reply(aa=True, answers=answers, extra=extra))

    def _empty(self, query: Query, zone: str, rcode: str) -> Result:
        return Result(query.message.reply(rcode, aa=True, authority=[self.records.soa(zone)]))
