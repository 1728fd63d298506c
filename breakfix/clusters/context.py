"""The backend `context`: any context of the person's own kubeconfig.

breakfix works with a copy of that one context, in a file of its own; the person's
kubeconfig is only read. The cluster has to carry the marker (consent.py).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from breakfix.clusters import kubeconfig as kubeconfigs
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import AuditEvent, Progress, Stays
from breakfix.clusters.consent import read_consent, require_consent, withdraw
from breakfix.clusters.requests import Connect
from breakfix.settings import Settings

ANSWER_SECONDS = 15.0


class ContextCluster(Stays):
    """The cluster of one context; an empty name is the current context.

    Raises UsageError where the kubeconfig has no such context, or no current one.
    """

    hurries = False

    def __init__(
        self,
        context: str,
        settings: Settings,
        *,
        home: Path | None = None,
        connect: Connect = KubeApi,
    ) -> None:
        files = kubeconfigs.files(settings.kubeconfig, home or Path.home())
        self._config = kubeconfigs.minified(kubeconfigs.merged(files), context)
        self._settings = settings
        self._connect = connect

    @property
    def context(self) -> str:
        """The context's name in the person's kubeconfig."""
        return str(self._config["current-context"])

    @property
    def name(self) -> str:
        return f"context:{self.context}"

    @property
    def kubeconfig(self) -> Path:
        return self._settings.kubeconfig_dir / f"context-{_file_name(self.context)}"

    def write_kubeconfig(self) -> Path:
        """Write the copy, which changes nothing in the cluster: what `adopt` connects with."""
        kubeconfigs.write(self.kubeconfig, self._config)
        return self.kubeconfig

    async def start(self, progress: Progress) -> None:
        self.write_kubeconfig()
        with progress(f"Asking {self.name}"):
            async with self._connect(self.kubeconfig) as api:
                await require_consent(api, self.name, ANSWER_SECONDS)

    async def stop(self, progress: Progress) -> None:
        """Take breakfix's namespace and with it the consent away; the cluster stays."""
        self.write_kubeconfig()
        with progress(f"Withdrawing from {self.name}"):
            async with self._connect(self.kubeconfig) as api:
                if await read_consent(api, ANSWER_SECONDS) is not None:
                    await withdraw(api)
        self.kubeconfig.unlink(missing_ok=True)

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:  # noqa: ARG002
        return None


def _file_name(context: str) -> str:
    """A file name for any context name: readable, and different for different names."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", context)[-40:]
    if readable == context:
        return context
    return f"{readable}-{hashlib.sha256(context.encode()).hexdigest()[:8]}"
