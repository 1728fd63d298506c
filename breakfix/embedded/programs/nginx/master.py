"""nginx's master: its configuration, start and reload."""

from __future__ import annotations

import posixpath
import signal
import ssl

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.nginx.certificates import check_certificates, context
from breakfix.embedded.programs.nginx.config import Config, ConfigError, Directive, Loader
from breakfix.embedded.programs.nginx.cycle import Cycle, read_cycle
from breakfix.embedded.programs.nginx.exchange import Exchange
from breakfix.embedded.programs.nginx.leaving import leave_on_signals
from breakfix.embedded.programs.nginx.listening import open_sockets
from breakfix.embedded.programs.nginx.logs import Logs
from breakfix.embedded.programs.nginx.paths import write_pid
from breakfix.embedded.programs.nginx.resolver import CachingResolver
from breakfix.embedded.programs.nginx.server import Server, one_default_each, same_names
from breakfix.embedded.programs.nginx.upstreams import Upstream
from breakfix.embedded.programs.nginx.worker import Worker
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import Serving

CONF = "/etc/nginx/nginx.conf"


class Nginx:
    """One master with its workers."""

    process: Process
    version: str

    def __init__(self, process: Process, options: Options) -> None:
        self.process, self.options = process, options
        self.version = process.env.get("NGINX_VERSION") or "1.27.5"
        self.path = posixpath.join("/etc/nginx", options.get("c") or CONF)
        self.logs = Logs(process, options)
        self.cycle = Cycle(Config(Directive("", [], "", 0, [])))
        self.resolver = CachingResolver(process)
        self.worker = Worker(self)
        self.serving: Serving | None = None

    @property
    def signature(self) -> str:
        """Who it says it is: without its version where server_tokens is off."""
        tokens = self.cycle.config.http.find("server_tokens")
        return "nginx" if tokens and tokens.args[0] == "off" else f"nginx/{self.version}"

    @property
    def server_header(self) -> str:
        """The Server header, "" for none."""
        return self.signature

    def group(self, exchange: Exchange, authority: str) -> Upstream | None:
        """The servers behind a name, for one request."""
        del exchange
        return self.cycle.upstreams.get(authority)

    def tls(self, address: str, port: int) -> ssl.SSLContext | None:
        """How connections to an address are secured, if they are."""
        for server in self.cycle.servers:
            if any(x[:2] == (address, port) and x[3] for x in server.listens):
                return context(self.process.files, posixpath.dirname(self.path), server)
        return None

    # -- configuration -------------------------------------------------------------------

    async def load(self) -> None:
        """Read it all anew. Raises ConfigError."""
        extra = self.options.get("g").strip()
        config = Loader(self.process.files, posixpath.dirname(self.path)).load(self.path, extra)
        await self._warn_user(config)
        cycle = await read_cycle(self.process, config)
        self.certified(cycle.servers)
        one_default_each(cycle.servers)
        for words in same_names(cycle.servers):
            await self.logs.say("warn", words)
        self.cycle = cycle
        self.logs.read(config.root, config.http)

    def certified(self, servers: list[Server]) -> None:
        """Who speaks TLS has a certificate. Raises ConfigError."""
        check_certificates(self.process.files, posixpath.dirname(self.path), servers)

    async def _warn_user(self, config: Config) -> None:
        user = config.root.find("user")
        if user is not None and self.process.who.uid != 0:
            words = ('the "user" directive makes sense only if the master process runs with '
                     f"super-user privileges, ignored{user.where}")  # fmt: skip
            await self.logs.say("warn", words)

    # -- running -------------------------------------------------------------------------

    async def bind(self, serving: Serving) -> None:
        """Listen on all addresses. Raises ConfigError."""
        await open_sockets(serving, self.cycle.servers, self.worker.serve, self.logs)

    async def try_to_bind(self) -> None:
        """Before it goes to the background: are its addresses free? Raises ConfigError."""
        serving = Serving(self.process)
        try:
            await self.bind(serving)
        finally:
            for listener in serving.listeners:
                listener.close()

    async def reload(self) -> None:
        """SIGHUP: the new configuration, or the old one on."""
        await self.logs.log("notice", "signal 1 (SIGHUP) received, reconfiguring")
        await self.logs.log("notice", "reconfiguring")
        if error := await self.reload_or_keep():
            await self.logs.log("emerg", error)

    async def reload_or_keep(self) -> str:
        """Read it anew; why that failed, when the old one stays."""
        old = self.cycle
        try:
            await self.load()
            if self.serving is not None:
                await self.bind(self.serving)
        except ConfigError as error:
            self.cycle = old
            self.logs.read(old.config.root, old.config.http)
            return str(error)
        return ""

    async def run(self) -> int:
        """Serve until it is stopped."""
        self.serving = serving = Serving(self.process)
        try:
            await self.bind(serving)
            write_pid(self.process, self.cycle.config.root)
        except ConfigError as error:
            serving.close()
            await self.logs.say("emerg", str(error))
            return 1
        self.process.title = f"nginx: master process {' '.join(self.process.argv)}"
        await self._say_started()
        self.process.handlers[signal.SIGHUP] = lambda: serving.begin(self.reload())
        leave_on_signals(self.logs, serving)
        return await serving.run()

    async def _say_started(self) -> None:
        for text in (
            'using the "epoll" event method',
            f"nginx/{self.version}",
            "OS: Linux 6.8.0",
            "getrlimit(RLIMIT_NOFILE): 1048576:1048576",
            "start worker processes",
            f"start worker process {self.logs.worker_pid}",
        ):
            await self.logs.log("notice", text)
