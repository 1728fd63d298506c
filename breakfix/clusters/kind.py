"""The backend `kind`: a real cluster on this machine, made by the kind program.

A warm start asks only the API server. Docker is asked where the kubeconfig is missing
or nothing answers. Clusters are reused from round to round.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from breakfix.clock import Clock, SystemClock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.audit import AuditLog
from breakfix.clusters.base import AuditEvent, Progress, Stays
from breakfix.clusters.consent import Consent, adopt, read_consent, require_consent
from breakfix.clusters.identity import person
from breakfix.clusters.kind_binary import KindBinary
from breakfix.clusters.kind_config import LOG_OF_KUBELET, write_files
from breakfix.clusters.node_log import kubelet_log
from breakfix.clusters.private_files import private_directory, write_private
from breakfix.clusters.process import Programs
from breakfix.clusters.readiness import answers, wait_until_ready
from breakfix.clusters.requests import Connect, until
from breakfix.errors import ClusterError, CommandError, ConsentError
from breakfix.settings import Settings

DEFAULT_NAME = "breakfix"
WARM_SECONDS = 3.0
RESTART_SECONDS = 90.0
TRIES, SETTLE_SECONDS = 10, 5.0
_IN_USE = "is already in use by container"  # Docker's words for a name that is taken


class KindCluster(Stays):
    """One kind cluster. `nodes` is how many it needs at least (made with so many)."""

    hurries = False

    def __init__(
        self,
        short_name: str,
        settings: Settings,
        programs: Programs,
        *,
        nodes: int = 1,
        connect: Connect = KubeApi,
        clock: Clock | None = None,
    ) -> None:
        self._short = short_name
        self._settings = settings
        self._binary = KindBinary(programs)
        self._nodes = nodes
        self._connect = connect
        self._clock = clock or SystemClock()
        self._directory = settings.data_dir / "kind" / short_name
        self._unfinished = self._directory / "being-made"
        self._audit = AuditLog(
            kubelet_log(self.kubeconfig, f"{short_name}-control-plane", LOG_OF_KUBELET)
        )

    @property
    def name(self) -> str:
        return f"kind:{self._short}"

    @property
    def kubeconfig(self) -> Path:
        return kubeconfig_of(self._short, self._settings)

    async def start(self, progress: Progress) -> None:
        consent = await self._warm()
        if consent is None:
            consent = await self._cold(progress)
        if 0 < consent.nodes < self._nodes:
            raise self._too_small(consent.nodes)

    async def stop(self, progress: Progress) -> None:
        await self._binary.check()
        if self._short in await self._binary.clusters():
            if not await self._is_ours():
                raise self._not_ours()
            with progress(f"Deleting the cluster {self.name}"):
                await self._binary.delete(self._short, self.kubeconfig)
        self._forget()

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:
        return await self._audit.since(since)

    async def load_image(self, image: str, progress: Progress) -> None:
        """Copy an image from the local Docker into the nodes. Raises CommandError."""
        with progress(f"Loading the image {image}"):
            await self._binary.load_image(self._short, image)

    # -- starting ---------------------------------------------------------------------

    async def _warm(self) -> Consent | None:
        """The marker, where the cluster answers at once; None where it needs more."""
        if not self.kubeconfig.is_file() or self._unfinished.exists():
            return None
        try:
            async with self._connect(self.kubeconfig) as api:
                ready = await answers(api, WARM_SECONDS)
                return await read_consent(api, WARM_SECONDS) if ready else None
        except ClusterError:
            return None

    async def _cold(self, progress: Progress) -> Consent:
        with progress("Asking Docker and kind"):
            await self._binary.check()
            exists = self._short in await self._binary.clusters()
        if exists and self._unfinished.exists() and await self._is_ours():
            with progress("Deleting what is left of a start that was cut off"):
                await self._binary.delete(self._short, self.kubeconfig)
            exists = False
        return await (self._reuse(progress) if exists else self._create(progress))

    async def _reuse(self, progress: Progress) -> Consent:
        """Reach a cluster that is there: start its nodes, write its kubeconfig anew."""
        private_directory(self.kubeconfig.parent)
        with progress(f"Waiting for {self.name} to answer"):
            await self._bring_up()
            async with self._connect(self.kubeconfig) as api:
                if not await until(lambda: answers(api), self._clock, RESTART_SECONDS):
                    raise self._silent()
                return await require_consent(api, self.name)

    async def _bring_up(self) -> None:
        try:
            await self._binary.start_nodes(self._short)
            await self._binary.export_kubeconfig(self._short, self.kubeconfig)
        except CommandError as error:
            error.hint = self._silent().hint
            raise
        self.kubeconfig.chmod(0o600)

    async def _create(self, progress: Progress) -> Consent:
        private_directory(self.kubeconfig.parent)
        self.kubeconfig.unlink(missing_ok=True)
        config = write_files(self._directory, self._nodes, self._settings.image_mirror)
        write_private(self._unfinished, "")
        await self._make(config, progress)
        self.kubeconfig.chmod(0o600)
        consent = await self._finish(progress)
        self._unfinished.unlink()
        return consent

    async def _make(self, config: Path, progress: Progress) -> None:
        """Run kind; again while Docker is still busy with a start that was cut off."""
        image = self._settings.kind_node_image
        for tries_left in reversed(range(TRIES)):
            try:
                await self._binary.create(self._short, config, self.kubeconfig, image, progress)
                return
            except CommandError as error:
                if tries_left and _IN_USE in error.output:
                    await self._clear_away(progress)
                    continue
                self.kubeconfig.unlink(missing_ok=True)
                error.hint = "Run the command by hand to see more; `breakfix doctor` helps too."
                raise

    async def _clear_away(self, progress: Progress) -> None:
        """Give Docker time: a container that it is still making cannot be deleted yet."""
        with progress("Waiting for Docker to end what was cut off"):
            await self._clock.sleep(SETTLE_SECONDS)
            await self._binary.delete(self._short, self.kubeconfig)

    async def _finish(self, progress: Progress) -> Consent:
        async with self._connect(self.kubeconfig) as api:
            await wait_until_ready(api, self.name, progress, self._clock)
            with progress("Marking the cluster as breakfix's own"):
                return await adopt(
                    api, self.name, person(), self._clock, made=True, nodes=self._nodes
                )

    # -- stopping ---------------------------------------------------------------------

    async def _is_ours(self) -> bool:
        """True for a cluster that breakfix made, whether it answers or not.

        Its nodes mount our files, or (made from another data directory) the marker says so.
        """
        if self._directory.absolute() in [
            path.parent for path in await self._binary.mounts(self._short)
        ]:
            return True
        consent = await self._fresh_consent()
        return consent is not None and consent.made

    async def _fresh_consent(self) -> Consent | None:
        """The marker, by a kubeconfig fresh from kind; None too where nothing answers."""
        fresh = self.kubeconfig.with_name(f".{self._short}.fresh")
        private_directory(fresh.parent)
        try:
            await self._binary.export_kubeconfig(self._short, fresh)
            async with self._connect(fresh) as api:
                return await read_consent(api, WARM_SECONDS)
        except (ClusterError, CommandError):
            return None
        finally:
            fresh.unlink(missing_ok=True)

    def _forget(self) -> None:
        self.kubeconfig.unlink(missing_ok=True)
        shutil.rmtree(self._directory, ignore_errors=True)

    # -- errors -----------------------------------------------------------------------

    def _silent(self) -> ClusterError:
        return ClusterError(
            f"{self.name} is there but its API has not answered for {RESTART_SECONDS:g} s",
            f"`docker logs {self._short}-control-plane` says why; "
            f"`breakfix cluster down {self.name}` takes it away, the next start makes it anew.",
        )

    def _not_ours(self) -> ConsentError:
        return ConsentError(
            f"nothing was changed: {self.name} was not made by breakfix",
            f"If it is yours and may go: `kind delete cluster --name {self._short}`",
        )

    def _too_small(self, nodes: int) -> ClusterError:
        return ClusterError(
            f"{self.name} has {nodes} node(s), {self._nodes} are needed",
            f"Make another beside it: `breakfix cluster up kind:{self._short}-{self._nodes} "
            f"--nodes {self._nodes}`, or take this one away first: "
            f"`breakfix cluster down {self.name}`.",
        )


def kubeconfig_of(short_name: str, settings: Settings) -> Path:
    """Where the kubeconfig of a kind cluster is kept."""
    return settings.kubeconfig_dir / f"kind-{short_name}"
