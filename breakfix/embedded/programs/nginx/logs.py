"""nginx's error log and access log."""

from __future__ import annotations

import posixpath

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.nginx.config import Directive
from breakfix.embedded.programs.nginx.exchange import Exchange
from breakfix.embedded.programs.nginx.variable_names import fill
from breakfix.embedded.programs.options import Options

ERRORS = "/var/log/nginx/error.log"
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
_WORKER = 28  # how far its process id is from the master's
_LEVELS = ("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg")


class Logs:
    """Of one master with its workers."""

    def __init__(self, process: Process, options: Options) -> None:
        self.process, self.options = process, options
        self.path = options.get("e") or ERRORS
        self.level = "error"
        self.formats: dict[str, str] = {}

    @property
    def worker_pid(self) -> int:
        """The process id of its worker."""
        return self.process.pid + _WORKER

    def read(self, root: Directive, http: Directive) -> None:
        """What the configuration says of logs."""
        self.formats = {"combined": COMBINED}
        for found in http.all("log_format"):
            rest = [a for a in found.args[1:] if not a.startswith("escape=")]
            self.formats[found.args[0]] = "".join(rest)
        self.path, self.level = self.options.get("e") or ERRORS, "error"
        wanted = http.find("error_log") or root.find("error_log")
        if wanted is not None:
            self.path = wanted.args[0]
            self.level = wanted.args[1] if len(wanted.args) > 1 else "error"

    async def say(self, level: str, text: str) -> None:
        """Before the logs are open: to the default error log and, if it is another, stderr."""
        await self.log(level, text, path=self.options.get("e") or ERRORS)
        if self.options.get("e") != "stderr":
            await self.process.err(f"nginx: [{level}] {text}\n")

    async def log(self, level: str, text: str, worker: bool = False, path: str = "") -> None:
        """A line in the error log, where its level is asked for."""
        if _LEVELS.index(level) < _LEVELS.index(self.level) and not path:
            return
        pid = self.worker_pid if worker else self.process.pid
        stamp = self.process.host.clock.now().strftime("%Y/%m/%d %H:%M:%S")
        await self.put(path or self.path, f"{stamp} [{level}] {pid}#{pid}: {text}\n")

    async def put(self, path: str, text: str) -> None:
        """Write to a log: a stream of the process or a file."""
        try:
            real = getattr(self.process.files, "readlink", lambda p: p)(path) \
                if path.startswith("/var/log/nginx/") else path  # fmt: skip
        except OSError:
            real = path
        if real in ("stderr", "/dev/stderr", "/proc/self/fd/2"):
            await self.process.err(text)
        elif real in ("/dev/stdout", "/proc/self/fd/1", "/proc/1/fd/1"):
            await self.process.out(text)
        elif real not in ("/dev/null", "off"):
            try:
                self.process.files.append(posixpath.join("/etc/nginx", real), text.encode())
            except OSError:
                return

    async def access(self, exchange: Exchange) -> None:
        """The access log's line: empty values are shown as -."""
        location = exchange.location or exchange.server.top
        for found in location.settings("access_log") or [Directive("access_log", [
                "/var/log/nginx/access.log"], "", 0)]:  # fmt: skip
            if found.args[0] == "off":
                return
            name = next((a for a in found.args[1:] if "=" not in a), "combined")
            pattern = self.formats.get(name, COMBINED)
            line = fill(pattern, lambda name: _shown(exchange, name))
            await self.put(found.args[0], line + "\n")


def _shown(exchange: Exchange, name: str) -> str:
    """What was set to be empty is; what has no value is -."""
    return exchange.value(name) or ("" if name in exchange.own else "-")
