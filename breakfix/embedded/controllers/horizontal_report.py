"""What an autoscaler's conditions say."""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.writes import new_condition
from breakfix.embedded.objects import Object

_UNSTEADY = "recent recommendations were {} than current one, applying the {} recent recommendation"


class Report:
    """Writes them into a status."""

    def __init__(self, clock: Clock, status: Object) -> None:
        self._clock, self.status = clock, status

    def _set(self, kind: str, state: bool, reason: str, message: str) -> None:
        """A condition whose place stays, and whose words always are the newest."""
        found = new_condition(self._clock, kind, str(state), reason, message)
        conditions = self.status.setdefault("conditions", [])
        for at, old in enumerate(conditions):
            if old["type"] == kind:
                if old["status"] == found["status"]:
                    found["lastTransitionTime"] = old["lastTransitionTime"]
                conditions[at] = found
                return
        conditions.append(found)

    # -- AbleToScale -----------------------------------------------------------------------

    def target(self, why: str = "") -> None:
        """The target was found; or why not."""
        able = "was unable" if why else "was able"
        words = f"the HPA controller {able} to get the target's current scale"
        reason = "FailedGetScale" if why else "SucceededGetScale"
        self._set("AbleToScale", not why, reason, f"{words}: {why}" if why else words)

    def steady(self, current: int, wanted: int, steady: int) -> None:
        """Do proposals of the past hold it back?"""
        reason, message = "ReadyForNewScale", "recommended size matches current size"
        if steady != wanted and wanted >= current:
            reason, message = "ScaleUpStabilized", _UNSTEADY.format("lower", "lowest")
        elif steady != wanted:
            reason, message = "ScaleDownStabilized", _UNSTEADY.format("higher", "highest")
        self._set("AbleToScale", True, reason, message)

    def scaled(self, wanted: int) -> None:
        """It was scaled."""
        words = f"the HPA controller was able to update the target scale to {wanted}"
        self._set("AbleToScale", True, "SucceededRescale", words)

    def not_scaled(self, error: Exception) -> None:
        """It could not be scaled."""
        words = f"the HPA controller was unable to update the target scale: {error}"
        self._set("AbleToScale", False, "FailedUpdateScale", words)

    # -- ScalingActive, ScalingLimited -----------------------------------------------------

    def disabled(self) -> None:
        """Zero replicas are left alone."""
        words = "scaling is disabled since the replica count of the target is zero"
        self._set("ScalingActive", False, "ScalingDisabled", words)

    def measured(self, metric: str) -> None:
        """A metric tells how many replicas are wanted."""
        words = f"the HPA was able to successfully calculate a replica count from {metric}"
        self._set("ScalingActive", True, "ValidMetricFound", words)

    def not_measured(self, reason: str, error: Exception) -> None:
        """None does."""
        words = f"the HPA was unable to compute the replica count: {error}"
        self._set("ScalingActive", False, reason, words)

    def limited(self, held: bool, reason: str, message: str) -> None:
        """Does a limit hold it back?"""
        self._set("ScalingLimited", held, reason, message)
