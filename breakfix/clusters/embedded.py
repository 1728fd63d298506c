"""The backend `embedded`: breakfix's own Kubernetes, in a process of its own.

The process goes on when breakfix ends, and its state when the process ends: a start finds
the one or the other. Its directory holds the state, the keys, the log and its number, and a
file for each reason to keep the process; without one it ends when nobody has used it for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from breakfix.clock import Clock, SystemClock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.audit import AuditLog
from breakfix.clusters.base import AuditEvent, Progress
from breakfix.clusters.consent import adopt, read_consent
from breakfix.clusters.identity import person
from breakfix.clusters.node_log import file_log
from breakfix.clusters.private_files import private_directory, write_private
from breakfix.clusters.process_lock import process_lock
from breakfix.clusters.readiness import answers, wait_until_ready
from breakfix.clusters.requests import Connect
from breakfix.errors import ClusterError
from breakfix.settings import Settings

WARM_SECONDS = 2.0
START_SECONDS = 30.0
END_SECONDS = 5.0
POLL = 0.02
UNUSED_SECONDS = 1200  # after which one that nobody uses ends; its state stays


class EmbeddedCluster:
    """One embedded cluster by its short name; `nodes` counts when it is made.

    Starts and ends of one cluster at the same time are told from each other by a lock.
    """

    hurries = True

    def __init__(
        self, short_name: str, settings: Settings, *, nodes: int = 1, connect: Connect = KubeApi,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._short = short_name
        self._settings = settings
        self._asked_nodes = nodes
        self._connect = connect
        self._clock = clock or SystemClock()
        self._directory = settings.data_dir / "embedded" / short_name
        self._kubeconfig = settings.kubeconfig_dir / f"embedded-{short_name}"
        self._audit = AuditLog(file_log(self._directory / "audit.log"))

    @property
    def name(self) -> str:
        return f"embedded:{self._short}"

    @property
    def kubeconfig(self) -> Path:
        return self._kubeconfig

    async def start(self, progress: Progress) -> None:
        if not await self._answers():
            with self._alone("breakfix cluster up"), progress("Starting the embedded cluster"):
                await self._start()
            async with self._connect(self.kubeconfig) as api:
                await wait_until_ready(api, self.name, progress, self._clock)
        async with self._connect(self.kubeconfig) as api:  # one in the foreground has none yet
            if await read_consent(api, WARM_SECONDS) is None:
                await adopt(api, self.name, person(), self._clock, made=True, nodes=self._nodes())

    async def stop(self, progress: Progress) -> None:
        if not self._directory.is_dir() and not self.kubeconfig.is_file():
            raise ClusterError(
                f"there is no cluster {self.name}", "`breakfix cluster list` shows what there is."
            )
        with self._alone("breakfix cluster down"), progress(f"Deleting the cluster {self.name}"):
            await self._end()
            shutil.rmtree(self._directory, ignore_errors=True)
            self.kubeconfig.unlink(missing_ok=True)

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:
        return await self._audit.since(since)

    @property
    def stopped(self) -> bool:
        return self._process() is None

    def keep_up(self, reason: str) -> None:
        with contextlib.suppress(ClusterError):  # then it may end, and is started when needed
            write_private(self._kept(reason), "")

    def may_end(self, reason: str) -> None:
        with contextlib.suppress(OSError):
            self._kept(reason).unlink(missing_ok=True)

    def _kept(self, reason: str) -> Path:
        return self._directory / f"keep-{reason}"

    # -- the process ------------------------------------------------------------------

    async def _answers(self) -> bool:
        if not self.kubeconfig.is_file():
            return False
        try:
            async with self._connect(self.kubeconfig) as api:
                return await answers(api, WARM_SECONDS)
        except ClusterError:
            return False

    def command(self, port: int = 0) -> list[str]:
        """What serves this cluster."""
        return [
            sys.executable, "-m", "breakfix.embedded", "--name", f"breakfix-{self._short}",
            "--nodes", str(self._nodes()), "--directory", str(self._directory),
            "--kubeconfig", str(self.kubeconfig), "--port", str(port),
        ]  # fmt: skip

    def become(self) -> NoReturn:
        """Replace this process by the cluster's. Raises ClusterError where it is up already."""
        if self._process() is not None:
            raise ClusterError(
                f"{self.name} is up already",
                f"`export KUBECONFIG=$(breakfix cluster kubeconfig {self.name})` uses it; "
                f"`breakfix cluster down {self.name}` deletes it.",
            )
        self._prepare()
        write_private(self._directory / "pid", f"{os.getpid()}\n")
        command = self.command()
        os.execv(command[0], command)  # noqa: S606

    async def _start(self) -> None:
        """Raises ClusterError with the end of its log where it does not come up."""
        await self._end()
        self._prepare()
        process = self._spawn()
        write_private(self._directory / "pid", f"{process.pid}\n")
        deadline = self._clock.monotonic() + START_SECONDS
        while not self.kubeconfig.is_file():
            if process.poll() is not None or self._clock.monotonic() > deadline:
                process.kill()
                raise self._not_started()
            await self._clock.sleep(POLL)

    def _prepare(self) -> None:
        """Its directory, which remembers how many nodes it was made with."""
        private_directory(self._directory)
        private_directory(self.kubeconfig.parent)
        self.kubeconfig.unlink(missing_ok=True)
        write_private(self._directory / "nodes", f"{self._nodes()}\n")

    def _nodes(self) -> int:
        with contextlib.suppress(OSError, ValueError):
            return int((self._directory / "nodes").read_text())
        return self._asked_nodes

    def _alone(self, command: str) -> AbstractContextManager[None]:
        return process_lock(f"{self.name}-process", command, self._settings, self._clock)

    def _spawn(self) -> subprocess.Popen[bytes]:
        log = self._directory / "log"
        command = [*self.command(), "--unused", str(UNUSED_SECONDS)]
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True, cwd="/" if os.name == "posix" else None,
            )  # fmt: skip

    def _not_started(self) -> ClusterError:
        with contextlib.suppress(OSError):
            last = (self._directory / "log").read_text(errors="replace").strip().splitlines()[-1:]
            why = "".join(last).removeprefix("the embedded cluster cannot be started: ")
            return ClusterError(
                f"{self.name} does not come up: {why or 'it says nothing'}",
                f"Its log is {self._directory / 'log'}; `breakfix cluster down {self.name}` "
                "deletes it with all that is on it.",
            )
        return ClusterError(f"{self.name} does not come up")

    async def _end(self) -> None:
        """End its process, if one is left."""
        number = self._process()
        if number is None:
            return
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, sent)
            if await self._ended(number):
                break
        (self._directory / "pid").unlink(missing_ok=True)

    def _process(self) -> int | None:
        try:
            number = int((self._directory / "pid").read_text())
            line = Path(f"/proc/{number}/cmdline")
            if line.parent.parent.is_dir() and b"breakfix.embedded" not in line.read_bytes():
                return None  # the number has gone to another process
            os.kill(number, 0)
        except (OSError, ValueError):
            return None
        return number

    @staticmethod
    async def _ended(number: int) -> bool:
        for _ in range(int(END_SECONDS / 0.05)):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)  # noqa: ASYNC222 - it does not wait
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return True
            await asyncio.sleep(0.05)
        return False
