"""One nginx: its configuration, start and reload."""

from __future__ import annotations

import itertools
import posixpath
import signal
import ssl

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError, Resolver
from breakfix.embedded.network.types import ResetError, Serve, Stream
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.nginx.certificates import check_certificates
from breakfix.embedded.programs.nginx.checks import check, check_authority
from breakfix.embedded.programs.nginx.config import (
    Config,
    ConfigError,
    Directive,
    Loader,
    seconds,
    walk,
)
from breakfix.embedded.programs.nginx.exchange import NO_ANSWER, Exchange
from breakfix.embedded.programs.nginx.leaving import leave_on_signals
from breakfix.embedded.programs.nginx.logs import Logs
from breakfix.embedded.programs.nginx.pages import page
from breakfix.embedded.programs.nginx.proxy import Upstream, read_upstreams, resolve_upstream
from breakfix.embedded.programs.nginx.server import (
    Location,
    Server,
    known_variable,
    one_default_each,
    read_servers,
    same_names,
    variables_of,
)
from breakfix.embedded.programs.nginx.site import answer
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import Serving

CONF = "/etc/nginx/nginx.conf"
_TEMPS = {"client_body_temp_path": "client_temp", "proxy_temp_path": "proxy_temp",
          "fastcgi_temp_path": "fastcgi_temp", "uwsgi_temp_path": "uwsgi_temp",
          "scgi_temp_path": "scgi_temp"}  # fmt: skip
_BIND_TRIES, _BIND_PAUSE = 5, 0.5


class Nginx:
    """One master with its workers."""

    process: Process
    version: str

    def __init__(self, process: Process, options: Options) -> None:
        self.process, self.options = process, options
        self.version = process.env.get("NGINX_VERSION") or "1.27.5"
        self.path = posixpath.join("/etc/nginx", options.get("c") or CONF)
        self.logs = Logs(process, options)
        self.config = Config(Directive("", [], "", 0, []))
        self.servers: list[Server] = []
        self.upstreams: dict[str, Upstream] = {}
        self.known: dict[str, list[tuple[str, int]]] = {}
        self.maps: dict[str, Directive] = {}
        self.types: dict[str, str] = {}
        self.serving: Serving | None = None
        self._cache: dict[str, tuple[float, list[str]]] = {}
        self._numbers = itertools.count(1)
        self.requests = 0

    @property
    def signature(self) -> str:
        """Who it says it is: without its version where server_tokens is off."""
        http = self.config.root.find("http")
        tokens = http.find("server_tokens") if http else None
        return "nginx" if tokens and tokens.args[0] == "off" else f"nginx/{self.version}"

    @property
    def server_header(self) -> str:
        """The Server header, "" for none."""
        return self.signature

    def group(self, exchange: Exchange, authority: str) -> Upstream | None:
        """The servers behind a name, for one request."""
        del exchange
        return self.upstreams.get(authority)

    # -- configuration -------------------------------------------------------------------

    async def load(self) -> None:
        """Read it all anew. Raises ConfigError."""
        extra = self.options.get("g").strip()
        config = Loader(self.process.files, posixpath.dirname(self.path)).load(self.path, extra)
        await self._warn_user(config)
        check(config.root)
        http = config.root.find("http") or Directive("http", [], self.path, 0, [])
        maps = {m.args[1].lstrip("$"): m for m in http.all("map") + http.all("geo") if m.args[1:]}
        servers = read_servers(http)
        upstreams = await read_upstreams(self.process, http)
        known: dict[str, list[tuple[str, int]]] = {}
        for found in _proxies(http):
            await self._proxy(found, upstreams, known)
        self._variables(http, set(maps))
        self.certified(servers)
        one_default_each(servers)
        for words in same_names(servers):
            await self.logs.say("warn", words)
        self.config, self.servers, self.upstreams = config, servers, upstreams
        self.known, self.maps = known, maps
        self.types = {e: t.name for block in http.all("types") for t in block.block or []
                      for e in t.args}  # fmt: skip
        self.logs.read(config.root, http)

    def certified(self, servers: list[Server]) -> None:
        """Who speaks TLS has a certificate. Raises ConfigError."""
        check_certificates(self.process.files, posixpath.dirname(self.path), servers)

    async def _warn_user(self, config: Config) -> None:
        user = config.root.find("user")
        if user is not None and self.process.who.uid != 0:
            words = ('the "user" directive makes sense only if the master process runs with '
                     f"super-user privileges, ignored{user.where}")  # fmt: skip
            await self.logs.say("warn", words)

    async def _proxy(
        self, found: Directive, upstreams: dict[str, Upstream],
        known: dict[str, list[tuple[str, int]]],
    ) -> None:  # fmt: skip
        target = found.args[0]
        scheme, mark, rest = target.partition("://")
        if "$" in target:
            return
        if not mark or scheme not in ("http", "https"):
            raise ConfigError(f"invalid URL prefix{found.where}")
        authority = rest.partition("/")[0]
        check_authority(authority, found)
        if authority not in upstreams and not authority.startswith("unix:"):
            port = 443 if scheme == "https" else 80
            host = authority.rpartition(":")[0] if ":" in authority else authority
            try:
                known[authority] = await resolve_upstream(
                    self.process, authority, port, found.where
                )
            except ConfigError:
                words = f'host not found in upstream "{host}"{found.where}'
                raise ConfigError(words) from None

    def _variables(self, http: Directive, own: set[str]) -> None:
        names: list[str] = []

        def look(found: Directive) -> None:
            if found.name == "set":
                own.add(found.args[0].lstrip("$"))
            if found.name in ("location", "server_name", "rewrite", "if"):
                own.update(part.split(">")[0] for a in found.args
                           for part in a.split("(?<")[1:] + a.split("(?P<")[1:])  # fmt: skip
                return
            for text in found.args:
                names.extend(variables_of(text))

        walk(http, look)
        for name in names:
            if not known_variable(name, own):
                raise ConfigError(f'unknown "{name}" variable')

    # -- running -------------------------------------------------------------------------

    def paths(self) -> None:
        """Make the temporary directories. Raises ConfigError."""
        http, files = self.config.root.find("http"), self.process.files
        if self.config.root.find("events") is None:
            raise ConfigError('no "events" section in configuration')
        if http is None:
            return
        self._log_files()
        for name, folder in _TEMPS.items():
            found = http.find(name)
            path = found.args[0] if found else f"/var/cache/nginx/{folder}"
            if files.exists(path):
                continue
            try:
                files.mkdir(path)
            except OSError as error:
                words = f'mkdir() "{path}" failed ({error.errno}: {error.strerror})'
                raise ConfigError(words) from None
            self._own(path)

    def _log_files(self) -> None:
        """Raises ConfigError for a log whose directory is not there."""

        def look(one: Directive) -> None:
            if one.name in ("access_log", "error_log"):
                self._can_open(one.args[0])

        walk(self.config.root, look)

    def _can_open(self, path: str) -> None:
        folder = posixpath.dirname(path)
        if path.startswith("/") and "$" not in path and not self.process.files.is_dir(folder):
            raise ConfigError(f'open() "{path}" failed (2: No such file or directory)')

    def _own(self, path: str) -> None:
        chown, who = getattr(self.process.files, "chown", None), self.process.who
        if who.uid != 0 or chown is None:
            return
        try:
            chown(path, 101, None)
        except OSError as error:
            words = f'chown("{path}", 101) failed ({error.errno}: {error.strerror})'
            raise ConfigError(words) from None

    def pid_file(self) -> None:
        """Raises ConfigError."""
        found = self.config.root.find("pid")
        path = found.args[0] if found else "/run/nginx.pid"
        try:
            self.process.files.write(path, f"{self.process.pid}\n".encode())
        except OSError as error:
            words = f'open() "{path}" failed ({error.errno}: {error.strerror})'
            raise ConfigError(words) from None

    async def try_to_bind(self) -> None:
        """Before it goes to the background: are its addresses free? Raises ConfigError."""
        serving = Serving(self.process)
        try:
            await self.bind(serving)
        finally:
            for listener in serving.listeners:
                listener.close()

    async def bind(self, serving: Serving) -> None:
        """Listen on all addresses, in five tries. Raises ConfigError."""
        wanted = dict.fromkeys((a, p) for s in self.servers for a, p, _, _ in s.listens)
        open_ = {(getattr(x, "address", ""), x.port): x for x in serving.listeners}
        for key, listener in open_.items():
            if key not in wanted:
                listener.close()
                serving.listeners.remove(listener)
        left = [w for w in wanted if w not in open_]
        for _ in range(_BIND_TRIES):
            left = [w for w in left if not await self._listens(serving, *w)]
            if not left:
                return
            await self.logs.log("notice", "try again to bind() after 500ms")
            await self.process.host.clock.sleep(_BIND_PAUSE)
        raise ConfigError("still could not bind()")

    async def _listens(self, serving: Serving, address: str, port: int) -> bool:
        """Listen there; says whether it does. Raises ConfigError where it never can."""
        try:
            serving.tcp(port, self._serve(address, port), address)
        except OSError as error:
            text = f"bind() to {address}:{port} failed ({error.errno}: {error.strerror})"
            if isinstance(error, PermissionError) or "assign" in str(error.strerror):
                raise ConfigError(text) from None
            await self.logs.say("emerg", text)
            return False
        return True

    def _serve(self, address: str, port: int) -> Serve:
        async def serve(end: Stream) -> None:
            number = next(self._numbers)

            async def handle(request: Request) -> Response:
                return await self.handle(request, address, port, number)

            bad = Response([("Content-Type", "text/html")], page(400, self.signature), 400)
            tls = self._tls(address, port)
            server = HttpServer(handle, self.process.host.clock, self.server_header, tls, bad)
            await server.serve(end)

        return serve

    def _tls(self, address: str, port: int) -> ssl.SSLContext | None:
        for server in self.servers:
            for one, number, _, tls in server.listens:
                if (one, number) == (address, port) and tls:
                    return self._context(server)
        return None

    def _context(self, server: Server) -> ssl.SSLContext:
        from breakfix.embedded.network.tls import server_context

        files = self.process.files
        certificate = files.read(server.top.word("ssl_certificate"))
        return server_context(certificate, files.read(server.top.word("ssl_certificate_key")))

    async def handle(self, request: Request, address: str, port: int, number: int) -> Response:
        """Answer one request and write it down."""
        self.requests += 1
        server = self.choose(request, address, port)
        exchange = Exchange(self, server, request, number)
        exchange.started = self.process.host.clock.monotonic()
        exchange.response = response = await answer(exchange)
        await self.logs.access(exchange)
        if response.status == NO_ANSWER:
            raise ResetError("444")
        return response

    def choose(self, request: Request, address: str, port: int) -> Server:
        """By Host; the default server else."""
        fitting = [s for s in self.servers if any(x[:2] == (address, port) for x in s.listens)]
        host = request.header("host").lower()
        if host.rpartition(":")[2].isdigit():
            host = host.rpartition(":")[0]
        best = max(fitting, key=lambda s: s.named(host))
        if best.named(host):
            return best
        marked = [s for s in fitting if any(x[:2] == (address, port) and x[2] for x in s.listens)]
        return (marked or fitting)[0]

    async def resolve(self, host: str, location: Location) -> list[str]:
        """A name of a proxy_pass with variables. Raises ResolveError."""
        found = location.setting("resolver")
        if found is None:
            raise ResolveError("REFUSED", f"no resolver defined to resolve {host}")
        clock = self.process.host.clock
        kept = self._cache.get(host)
        if kept and kept[0] > clock.monotonic():
            return kept[1]
        options = dict(a.partition("=")[::2] for a in found.args if "=" in a)
        servers = [a.rpartition(":")[0] if ":" in a else a for a in found.args if "=" not in a]
        resolver = Resolver(self.process.host.network, self.process.host.space, "", "")
        timeout = seconds(location.word("resolver_timeout", "30s"))
        reply = await resolver.ask(servers[0], host + ".", "A", timeout)
        addresses = reply.data("A")
        if not addresses:
            outcome = "NXDOMAIN" if reply.outcome == "NODATA" else reply.outcome
            raise ResolveError(outcome, host)
        self._cache[host] = (clock.monotonic() + seconds(options.get("valid", "5s")), addresses)
        return addresses

    def status(self) -> bytes:
        """stub_status."""
        n = self.requests
        return (f"Active connections: 1 \nserver accepts handled requests\n {n} {n} {n} \n"
                "Reading: 0 Writing: 1 Waiting: 0 \n").encode()  # fmt: skip

    async def reload(self) -> None:
        """SIGHUP: the new configuration, or the old one on."""
        await self.logs.log("notice", "signal 1 (SIGHUP) received, reconfiguring")
        await self.logs.log("notice", "reconfiguring")
        if error := await self.reload_or_keep():
            await self.logs.log("emerg", error)

    async def reload_or_keep(self) -> str:
        """Read it anew; why that failed, when the old one stays."""
        old = (self.config, self.servers, self.upstreams, self.known, self.maps)
        try:
            await self.load()
            if self.serving is not None:
                await self.bind(self.serving)
        except ConfigError as error:
            self.config, self.servers, self.upstreams, self.known, self.maps = old
            return str(error)
        return ""

    async def run(self) -> int:
        """Serve until it is stopped."""
        self.serving = serving = Serving(self.process)
        try:
            await self.bind(serving)
            self.pid_file()
        except ConfigError as error:
            serving.close()
            await self.logs.say("emerg", str(error))
            return 1
        self.process.title = f"nginx: master process {' '.join(self.process.argv)}"
        for text in (
            'using the "epoll" event method',
            f"nginx/{self.version}",
            "OS: Linux 6.8.0",
            "getrlimit(RLIMIT_NOFILE): 1048576:1048576",
            "start worker processes",
        ):
            await self.logs.log("notice", text)
        worker = self.process.pid + 28
        await self.logs.log("notice", f"start worker process {worker}")
        self.process.handlers[signal.SIGHUP] = lambda: serving.begin(self.reload())
        leave_on_signals(self.logs, serving)
        return await serving.run()


def _proxies(http: Directive) -> list[Directive]:
    found: list[Directive] = []

    def look(one: Directive) -> None:
        if one.name == "proxy_pass":
            found.append(one)

    walk(http, look)
    return found
