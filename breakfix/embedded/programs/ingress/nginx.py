"""The nginx inside of an ingress controller: endpoints and certificates change without reload."""

from __future__ import annotations

import ssl
from datetime import timedelta
from functools import cached_property

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.ingress.model import ANY_HOST, DEFAULT_BACKEND
from breakfix.embedded.programs.ingress.template import BALANCER
from breakfix.embedded.programs.nginx.exchange import Exchange
from breakfix.embedded.programs.nginx.logs import Logs
from breakfix.embedded.programs.nginx.master import Nginx
from breakfix.embedded.programs.nginx.server import Server
from breakfix.embedded.programs.nginx.upstreams import Upstream
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import Serving

TRIES = 3  # proxy_next_upstream_tries
OWN_404 = ("127.0.0.1", 8181)
VERSION = "1.27.1"


class StandardLogs(Logs):
    """Both logs go to the container's streams, as the image's links lead there."""

    async def put(self, path: str, text: str) -> None:
        """Write a line."""
        if path == "/var/log/nginx/access.log":
            await self.process.out(text)
        elif path == "/var/log/nginx/error.log":
            await self.process.err(text)
        else:
            await super().put(path, text)


class IngressNginx(Nginx):
    """`upstreams` are by the name of a backend, `contexts` by host."""

    def __init__(self, process: Process) -> None:
        super().__init__(process, Options())
        self.version = VERSION
        self.logs = StandardLogs(process, Options())
        self.backends: dict[str, Upstream] = {}
        self.contexts: dict[str, ssl.SSLContext] = {}

    @property
    def server_header(self) -> str:
        """None."""
        return ""

    def set_endpoints(self, endpoints: dict[str, list[tuple[str, int]]]) -> None:
        """The servers of each backend from now on."""
        for name, servers in endpoints.items():
            known = self.backends.get(name)
            if known is None or known.servers != servers:
                self.backends[name] = Upstream(name, servers)
        for name in self.backends.keys() - endpoints.keys():
            del self.backends[name]

    def group(self, exchange: Exchange, authority: str) -> Upstream | None:
        """The backend that the location has named; as many of its servers as are tried."""
        if authority != BALANCER:
            return super().group(exchange, authority)
        name = exchange.value("proxy_upstream_name")
        found = self.backends.get(name) or Upstream(name)
        if not found.servers:
            return Upstream(name, [OWN_404] if name == DEFAULT_BACKEND else [])
        order = found.order()
        picked = [order[at % len(order)] for at in range(TRIES)]
        return Upstream(name, picked)

    # -- TLS -----------------------------------------------------------------------------

    def certified(self, servers: list[Server]) -> None:
        """They are not in the configuration: the controller has them."""

    @cached_property
    def _fake(self) -> ssl.SSLContext:
        return server_context(*fake_pair(self.process))

    def tls(self, address: str, port: int) -> ssl.SSLContext | None:
        if not any(
            x[:2] == (address, port) and x[3] for s in self.cycle.servers for x in s.listens
        ):
            return None
        return self._fake

    def by_name(self, shown: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Show the certificate of the host that a client asks for."""
        host = (name or "").lower()
        wild = "*." + host.partition(".")[2]
        found = self.contexts.get(host) or self.contexts.get(wild) or self.contexts.get(ANY_HOST)
        shown.context = found or self._fake

    async def begin(self) -> Serving:
        """Listen, with the configuration that is there. Raises ConfigError."""
        self._fake.sni_callback = self.by_name
        self.serving = serving = Serving(self.process, capable=True)
        await self.load()
        await self.bind(serving)
        return serving


def fake_pair(process: Process) -> tuple[bytes, bytes]:
    """The certificate where there is no better one: for no host that anybody has."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    from breakfix.embedded.auth.certificates import new_key, private_pem

    key, now = new_key(), process.host.clock.now()
    name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme Co"),
        x509.NameAttribute(
            NameOID.COMMON_NAME, "Kubernetes Ingress Controller Fake Certificate"
        ),
    ])  # fmt: skip
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now)
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ingress.local")]), False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM), private_pem(key)
