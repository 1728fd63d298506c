"""Deployments: ReplicaSets that follow one another."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.deployment_rollout import DEPLOYMENTS, SETS, Rollout
from breakfix.embedded.controllers.deployment_sets import is_rolling
from breakfix.embedded.controllers.deployment_status import has_deadline
from breakfix.embedded.controllers.deployment_strategies import (
    is_scaling,
    recreate,
    resize,
    roll,
)
from breakfix.embedded.controllers.pod_helpers import is_finished
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.objects import (
    Object,
    clone,
    condition,
    controller_of,
    is_going,
    namespace_of,
)
from breakfix.embedded.selectors import matches

DEPLOYMENT = Owner(
    DEPLOYMENTS, "apps/v1", "Deployment",
    lambda owner, labels: matches(owner["spec"]["selector"], labels),
)  # fmt: skip


class DeploymentController(Controller):
    """The deployment controller."""

    name = "deployment-controller"
    workers = 5

    def watch(self) -> None:
        """Deployments, their sets, and pods that end (for Recreate)."""
        self.on(DEPLOYMENTS, itself)
        self.on(SETS, DEPLOYMENT.keys(self.client))
        self.on("pods", self._ended)

    def _ended(self, change: Change) -> list[Key]:
        pod = change.new
        if change.type != "DELETED" and not is_finished(pod):
            return []
        ref = controller_of(pod)
        if ref is None or ref["kind"] != "ReplicaSet":
            return []
        owner = self.client.get(SETS, ref["name"], namespace_of(pod))
        above = controller_of(owner) if owner else None
        return [(namespace_of(pod), above["name"])] if above else []

    async def sync(self, key: Key) -> None:
        """One turn."""
        deployment = self.client.get(DEPLOYMENTS, key[1], key[0])
        if deployment is None:
            return
        if not deployment["spec"].get("selector"):
            await self._refuse(deployment)
            return
        sets = await DEPLOYMENT.claim(self.client, deployment, SETS)
        turn = Rollout(self, deployment, sets)
        if is_going(deployment):
            await turn.report_plain()
            return
        await self._note_pause(turn)
        if deployment["spec"].get("paused") or is_scaling(turn):
            await resize(turn)
        elif is_rolling(deployment):
            await roll(turn)
        else:
            await recreate(turn)

    async def _refuse(self, deployment: Object) -> None:
        self.event(
            deployment, "Warning", "SelectingAll",
            "This deployment is selecting all pods. A non-empty selector is required.",
        )  # fmt: skip
        status = clone(deployment.get("status") or {})
        status["observedGeneration"] = deployment["metadata"].get("generation", 0)
        await write_status(self.client, DEPLOYMENTS, deployment, status)

    async def _note_pause(self, turn: Rollout) -> None:
        deployment = turn.deployment
        current = condition(deployment, "Progressing")
        reason = current["reason"] if current else ""
        if not has_deadline(deployment) or reason == "ProgressDeadlineExceeded":
            return
        paused = bool(deployment["spec"].get("paused"))
        if paused and reason != "DeploymentPaused":
            await turn.note("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
        elif not paused and reason == "DeploymentPaused":
            await turn.note("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
