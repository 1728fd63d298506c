"""What is there on this machine, what is missing, and the command that brings it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from breakfix.clusters.api import KubeApi
from breakfix.clusters.install import how_to_install, how_to_start_docker
from breakfix.clusters.kind import kubeconfig_of
from breakfix.clusters.kind_binary import KindBinary
from breakfix.clusters.kubectl import bundled_kubectl
from breakfix.clusters.private_files import write_private
from breakfix.clusters.process import Programs
from breakfix.clusters.readiness import answers
from breakfix.clusters.requests import Connect
from breakfix.errors import BreakfixError, ClusterError
from breakfix.settings import Settings

OLDEST_PYTHON = (3, 11)
OLDEST_KIND = (0, 27)  # reads /etc/containerd/certs.d by itself
LEAST_FREE = 10 * 1024**3  # a node image, what it unpacks to, and the workloads
LEAST_COLUMNS, LEAST_LINES = 80, 24


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `found` is what was seen, `need` what it is needed for, and
    `remedy` the command that helps where it is not `ok`."""

    name: str
    ok: bool
    found: str
    need: str
    remedy: str = ""


async def examine(
    settings: Settings,
    environ: Mapping[str, str],
    programs: Programs,
    *,
    connect: Connect = KubeApi,
) -> list[Finding]:
    """Look at everything that breakfix needs; nothing is installed or started."""
    docker = await _docker(programs)
    kind = await _kind(programs)
    findings = [_python(programs), _kubectl(programs), docker, kind]
    if docker.ok and programs.find("kind"):
        findings += await _clusters(settings, KindBinary(programs), connect)
    return [*findings, _data_dir(settings), _disk(settings), _terminal(environ)]


def _python(programs: Programs) -> Finding:
    ok = sys.version_info >= OLDEST_PYTHON
    remedy = "" if ok else how_to_install("python", programs.platform)
    return Finding("Python", ok, sys.version.split()[0], "breakfix runs on 3.11 or newer", remedy)


def _kubectl(programs: Programs) -> Finding:
    need = "the learner's tool in every round"
    found = programs.find("kubectl")
    if found is not None:
        return Finding("kubectl", True, found, need)
    bundled = bundled_kubectl()
    if bundled is not None:
        return Finding("kubectl", True, f"{bundled} (none on PATH, so breakfix's own)", need)
    return Finding("kubectl", False, "none", need, how_to_install("kubectl", programs.platform))


async def _docker(programs: Programs) -> Finding:
    need = "kind runs the nodes of a cluster as Docker containers"
    if programs.find("docker") is None:
        remedy = how_to_install("docker", programs.platform)
        return Finding("Docker", False, "not installed, or not on PATH", need, remedy)
    try:
        version = await KindBinary(programs).docker_version()
    except ClusterError as error:
        remedy = how_to_start_docker(programs.platform, error.message)
        return Finding("Docker", False, error.message, need, remedy)
    return Finding("Docker", True, f"engine {version}", need)


async def _kind(programs: Programs) -> Finding:
    need = "makes a real cluster on this machine"
    remedy = how_to_install("kind", programs.platform)
    path = programs.find("kind")
    if path is None:
        return Finding("kind", False, "not installed, or not on PATH", need, remedy)
    try:
        version = await KindBinary(programs).version()
    except BreakfixError as error:
        return Finding("kind", False, error.message, need, remedy)
    ok = _numbers(version) >= OLDEST_KIND
    oldest = "" if ok else f"; {'.'.join(map(str, OLDEST_KIND))} or newer is needed"
    return Finding("kind", ok, f"{version} at {path}{oldest}", need, "" if ok else remedy)


def _numbers(version: str) -> tuple[int, ...]:
    """`0.30.0-alpha+x` as (0, 30)."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


async def _clusters(settings: Settings, binary: KindBinary, connect: Connect) -> list[Finding]:
    """One finding for each kind cluster that this installation has a kubeconfig of."""
    try:
        names = await binary.clusters()
    except BreakfixError as error:
        return [Finding("kind clusters", False, error.message, "to play on")]
    ours = [name for name in names if kubeconfig_of(name, settings).is_file()]
    return await asyncio.gather(*(_cluster(name, settings, connect) for name in ours))


async def _cluster(name: str, settings: Settings, connect: Connect) -> Finding:
    title, need = f"cluster kind:{name}", "rounds are played on it"
    try:
        async with connect(kubeconfig_of(name, settings)) as api:
            ready = await answers(api)
    except ClusterError as error:
        remedy = f"breakfix cluster up kind:{name}"
        return Finding(title, False, error.message, need, remedy)
    found = "answers" if ready else "answers, but is not ready yet"
    return Finding(title, ready, found, need, "" if ready else "wait a little")


def _data_dir(settings: Settings) -> Finding:
    need = "history, kubeconfigs and snapshots are kept there"
    probe = settings.data_dir / ".writable"
    try:
        write_private(probe, "")
        probe.unlink()
    except (ClusterError, OSError) as error:
        remedy = "export BREAKFIX_HOME=DIRECTORY  (one that you may write to)"
        return Finding("data directory", False, str(error), need, remedy)
    return Finding("data directory", True, str(settings.data_dir), need)


def _disk(settings: Settings) -> Finding:
    need = "a node image and what runs in it take several GB"
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    found = f"{free / 1024**3:.0f} GB free"
    ok = free >= LEAST_FREE
    return Finding("disk", ok, found, need, "" if ok else "docker system prune")


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _terminal(environ: Mapping[str, str]) -> Finding:
    """The size is asked of the terminal itself; COLUMNS and LINES go before it."""
    need = f"the screen fits {LEAST_COLUMNS}x{LEAST_LINES} and more"
    term = environ.get("TERM", "")
    size = shutil.get_terminal_size((0, 0))
    found = f"{term or 'TERM is not set'}, {size.columns}x{size.lines}, {_colours(environ)}"
    if not size.columns:
        found = f"{term or 'TERM is not set'}, output is not a terminal"
        return Finding("terminal", True, found, need)
    ok = term != "dumb" and size.columns >= LEAST_COLUMNS and size.lines >= LEAST_LINES
    remedy = "" if ok else "enlarge the window; where TERM is dumb: export TERM=xterm-256color"
    return Finding("terminal", ok, found, need, remedy)


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environ.get("TERM", "") else "16 colours"
