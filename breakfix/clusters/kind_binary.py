"""The `kind` and `docker` programs: what breakfix asks of them, one method a command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from breakfix.clusters.base import Progress
from breakfix.clusters.install import how_to_start_docker
from breakfix.clusters.kind_steps import KindSteps
from breakfix.clusters.process import Programs, missing
from breakfix.errors import ClusterError, CommandError

ANSWER_SECONDS = 15.0


@dataclass(frozen=True)
class KindBinary:
    """kind, and the docker beneath it."""

    programs: Programs

    async def check(self) -> None:
        """Raises ClusterError, with the next step, where kind or docker is of no use."""
        for name in ("docker", "kind"):
            if self.programs.find(name) is None:
                raise missing(name, self.programs.platform)
        await self.docker_version()

    async def docker_version(self) -> str:
        """The version of the Docker engine. Raises ClusterError where it does not answer."""
        command = ["docker", "version", "--format", "{{.Server.Version}}"]
        try:
            return (await self.programs.run(command, timeout=ANSWER_SECONDS)).strip()
        except CommandError as error:
            start = how_to_start_docker(self.programs.platform, error.output)
            raise ClusterError(
                f"Docker is installed but its engine does not answer: {_last(error.output)}",
                f"Start it: {start}",
            ) from error

    async def version(self) -> str:
        """The version of kind itself, as `0.30.0`. Raises ClusterError where there is none."""
        words = (await self.programs.run(["kind", "version"], timeout=ANSWER_SECONDS)).split()
        return words[1].lstrip("v") if len(words) > 1 else ""

    async def clusters(self) -> list[str]:
        """The names of all kind clusters, whoever made them."""
        return (await self.programs.run(["kind", "get", "clusters"])).split()

    async def create(
        self, name: str, config: Path, kubeconfig: Path, image: str, progress: Progress
    ) -> None:
        """Make a cluster; kind's steps are shown as they come. Raises CommandError."""
        command = ["kind", "create", "cluster", "--name", name, "--config", str(config)]
        command += ["--kubeconfig", str(kubeconfig), *(["--image", image] if image else [])]
        with KindSteps(progress) as steps:
            await self.programs.run(command, steps.line)

    async def delete(self, name: str, kubeconfig: Path) -> None:
        """Take a cluster away, and its entry in this kubeconfig."""
        command = ["kind", "delete", "cluster", "--name", name, "--kubeconfig", str(kubeconfig)]
        await self.programs.run(command)

    async def export_kubeconfig(self, name: str, kubeconfig: Path) -> None:
        """Write a cluster's kubeconfig anew."""
        command = ["kind", "export", "kubeconfig", "--name", name, "--kubeconfig", str(kubeconfig)]
        await self.programs.run(command)

    async def start_nodes(self, name: str) -> None:
        """Start the cluster's containers; those that run are left as they are."""
        nodes = (await self.programs.run(["kind", "get", "nodes", "--name", name])).split()
        if nodes:
            await self.programs.run(["docker", "start", *nodes])

    async def mounts(self, name: str) -> list[Path]:
        """What of this machine is mounted into the cluster's nodes."""
        nodes = (await self.programs.run(["kind", "get", "nodes", "--name", name])).split()
        if not nodes:
            return []
        each = "{{range .HostConfig.Binds}}{{println .}}{{end}}"
        binds = await self.programs.run(["docker", "inspect", "--format", each, *nodes])
        sources = (line.rsplit(":/", 1)[0] for line in binds.splitlines() if line.strip())
        return [Path(source) for source in sources]

    async def load_image(self, name: str, image: str) -> None:
        """Copy an image from the local Docker into all nodes of the cluster."""
        await self.programs.run(["kind", "load", "docker-image", image, "--name", name])


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
