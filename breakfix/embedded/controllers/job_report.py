"""What a Job's status says of its suspension, its running pods and its end."""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.job_end import job_condition
from breakfix.embedded.controllers.job_facts import is_suspended
from breakfix.embedded.controllers.job_tally import Tally
from breakfix.embedded.controllers.pod_helpers import is_ready
from breakfix.embedded.controllers.writes import set_condition
from breakfix.embedded.objects import Object, condition, timestamp


def note_suspension(controller: Controller, tally: Tally) -> None:
    """The condition Suspended, and an event, where it changes."""
    suspended = is_suspended(tally.job)
    known = condition({"status": tally.status}, "Suspended")
    if suspended == (known is not None and known["status"] == "True"):
        return
    if not suspended and known is None:
        return
    word = "suspended" if suspended else "resumed"
    found = job_condition(controller.clock, "Suspended", f"Job{word.title()}", f"Job {word}")
    set_condition(tally.status, found | {"status": "True" if suspended else "False"})
    controller.event(tally.job, "Normal", word.title(), f"Job {word}")
    if not suspended:
        tally.status["startTime"] = timestamp(controller.clock.now())


def note_target(tally: Tally) -> None:
    """FailureTarget and SuccessCriteriaMet come before Failed and Complete."""
    if tally.finished and tally.finished["type"] != "Failed":
        set_condition(tally.status, tally.finished)


def count_running(controller: Controller, tally: Tally) -> None:
    """The pods that run, are ready, and are stopping now."""
    present = Tally(tally.job, controller.owned("pods", tally.job), {})
    numbers = {"active": len(present.active)}
    tally.status.pop("active", None)
    tally.status |= {k: v for k, v in numbers.items() if v} | {
        "ready": sum(map(is_ready, present.active)), "terminating": present.terminating,
    }  # fmt: skip


def note_end(clock: Clock, tally: Tally) -> Object | None:
    """The last condition, once every pod is counted and none is stopping."""
    target = tally.finished
    if target is None or tally.status["terminating"] or tally.status.get("active"):
        return None
    if any((tally.status.get("uncountedTerminatedPods") or {}).values()):
        return None
    kind = "Complete" if target["type"] == "SuccessCriteriaMet" else "Failed"
    found = job_condition(clock, kind, target["reason"], target["message"])
    set_condition(tally.status, found)
    if kind == "Complete":
        tally.status["completionTime"] = found["lastTransitionTime"]
    return found


def tell_end(controller: Controller, tally: Tally, end: Object) -> None:
    """The events of the end."""
    if end["type"] == "Failed":
        controller.event(tally.job, "Warning", end["reason"], end["message"])
        return
    wanted = tally.job["spec"].get("completions")
    if wanted is not None and tally.status.get("succeeded", 0) > wanted:
        controller.event(
            tally.job, "Warning", "TooManySucceededPods",
            "Too many succeeded pods running after completion count reached",
        )  # fmt: skip
    controller.event(tally.job, "Normal", "Completed", "Job completed")
