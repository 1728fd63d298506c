"""A cluster that is open for a game: reached, consented, known, and held by this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from breakfix.clock import Clock
from breakfix.clusters import lease
from breakfix.clusters.api import ApiError, KubeApi
from breakfix.clusters.base import Capabilities, Cluster, Progress
from breakfix.clusters.capabilities import probe
from breakfix.clusters.consent import Consent, require_consent
from breakfix.clusters.hurry import hurrying
from breakfix.clusters.identity import install_id, person
from breakfix.clusters.known import remember_capabilities
from breakfix.clusters.process import Programs
from breakfix.clusters.process_lock import process_lock
from breakfix.clusters.readiness import answers
from breakfix.clusters.select import resolve
from breakfix.errors import ClusterError
from breakfix.scenario.spec import Spec
from breakfix.settings import Settings

ANSWER_TIMEOUT = 5.0
ROUND = "round"  # a reason to keep a cluster up


@dataclass(frozen=True)
class Machine:
    """What a game needs of the machine it runs on; `command` is told to other processes
    that want the same cluster."""

    settings: Settings
    programs: Programs
    clock: Clock
    home: Path
    command: str


@dataclass(frozen=True)
class Session:
    """An open cluster. `place` names it for good: a cluster that is made anew under the
    same name is another place. Close `held` to let it go."""

    cluster: Cluster
    api: KubeApi
    consent: Consent
    capabilities: Capabilities
    place: str
    held: AsyncExitStack

    async def hold(self, machine: Machine, round_id: str) -> None:
        """Hold the cluster for a round. Raises ClusterError where somebody else does."""
        holder = lease.Holder(person(), round_id, install_id(machine.settings))
        await lease.hold(self.api, self.cluster.name, holder, machine.clock)
        self.cluster.keep_up(ROUND)

    async def release(self, machine: Machine) -> None:
        """Let others play here again."""
        await lease.release(self.api, self.cluster.name, install_id(machine.settings))
        self.cluster.may_end(ROUND)


class Opener(Protocol):
    """How a lobby comes to a session: open_session, or a test's own."""

    async def __call__(
        self, machine: Machine, spec: str, progress: Progress, nodes: int = 1, start: bool = True
    ) -> Session:
        """See open_session."""


def nodes_needed(spec: Spec) -> int:
    """How many nodes a scenario asks for."""
    asked = [name.removeprefix("nodes-") for name in spec.requires if name.startswith("nodes-")]
    return max([1, *(int(number) for number in asked)])


async def open_session(
    machine: Machine, spec: str, progress: Progress, nodes: int = 1, start: bool = True
) -> Session:
    """Open the cluster that is meant; made or started first unless `start` is false.

    Raises ClusterError (nothing there, held by another process), ConsentError.
    """
    cluster, reason = await resolve(
        spec, machine.settings, machine.programs, nodes=nodes, home=machine.home
    )
    return await open_cluster(machine, cluster, reason, progress, start)


async def open_cluster(
    machine: Machine, cluster: Cluster, reason: str, progress: Progress, start: bool = True,
    connect: Callable[[Path], KubeApi] | None = None,
) -> Session:  # fmt: skip
    """Open this cluster; as open_session. `connect` takes its kubeconfig."""
    settings = machine.settings
    async with AsyncExitStack() as stack:
        stack.enter_context(process_lock(cluster.name, machine.command, settings, machine.clock))
        if start:
            with progress(f"Playing on {cluster.name}: {reason}"):
                await cluster.start(progress)
        if not cluster.kubeconfig.is_file():
            raise _silent(cluster, "its kubeconfig is gone")
        api = await stack.enter_async_context((connect or KubeApi)(cluster.kubeconfig))
        session = await _known(machine, cluster, api, progress)
        return replace(session, held=stack.pop_all())
    raise AssertionError("an exit stack does not swallow")


async def _reach(cluster: Cluster, api: KubeApi) -> None:
    try:
        ready = await answers(api, ANSWER_TIMEOUT)
    except ApiError:  # a refusal has its own words
        raise
    except ClusterError as error:
        raise _silent(cluster, error.message) from error
    if not ready:
        raise _silent(cluster, "its API is not ready")


def _silent(cluster: Cluster, why: str) -> ClusterError:
    if cluster.stopped:
        return ClusterError(
            f"{cluster.name} is stopped", f"`breakfix cluster up {cluster.name}` starts it again."
        )
    return ClusterError(
        f"{cluster.name} does not answer: {why}",
        "`breakfix doctor` says what is up. If the cluster is gone for good: "
        "`breakfix round end --lost` closes its round.",
    )


async def _known(machine: Machine, cluster: Cluster, api: KubeApi, progress: Progress) -> Session:
    await _reach(cluster, api)
    consent = await require_consent(api, cluster.name)
    audit = await cluster.audit_since(machine.clock.now()) is not None
    async with hurrying(cluster, api, machine.clock) as clock:
        capabilities = await probe(
            api, cluster.name, machine.settings, progress, audit=audit, clock=clock
        )
    remember_capabilities(machine.settings, cluster.name, capabilities)
    system = await api.get("Namespace", "kube-system")
    uid = system["metadata"]["uid"] if system else "unknown"
    place = f"{cluster.name}#{uid}"
    return Session(cluster, api, consent, capabilities, place, AsyncExitStack())
