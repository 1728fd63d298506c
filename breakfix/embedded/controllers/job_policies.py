"""podFailurePolicy and successPolicy of a Job."""

from __future__ import annotations

from breakfix.embedded.controllers.job_facts import parse_indexes
from breakfix.embedded.objects import Object, name_of, namespace_of


def failure_action(job: Object, pod: Object) -> tuple[str, str]:
    """(action, message) of the first rule that matches a failed pod; ("", "") for none."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or []
    for index, rule in enumerate(rules):
        why = _matched(rule, pod)
        if why:
            action = rule["action"]
            return action, f"{why} matching {action} rule at index {index}"
    return "", ""


def _matched(rule: Object, pod: Object) -> str:
    status = pod.get("status") or {}
    where = f"{namespace_of(pod)}/{name_of(pod)}"
    if rule.get("onExitCodes"):
        for field in ("containerStatuses", "initContainerStatuses"):
            for one in status.get(field) or []:
                code = _exit_code(rule["onExitCodes"], one)
                if code:
                    return f"Container {one['name']} for pod {where} failed with exit code {code}"
        return ""
    for found in status.get("conditions") or []:
        for pattern in rule.get("onPodConditions") or []:
            if (found["type"], found["status"]) == (pattern["type"], pattern.get("status", "True")):
                return f"Pod {where} has condition {found['type']}"
    return ""


def _exit_code(wanted: Object, container: Object) -> int:
    """The exit code that the rule is about; 0 where it is not about this container."""
    ended = (container.get("state") or {}).get("terminated")
    if not ended or not ended.get("exitCode"):
        return 0
    if wanted.get("containerName") not in (None, container["name"]):
        return 0
    code: int = ended["exitCode"]
    within = code in (wanted.get("values") or [])
    return code if within == (wanted["operator"] == "In") else 0


def counts_as_failure(job: Object, pod: Object) -> bool:
    """Does this failed pod use up the backoff limit?"""
    return failure_action(job, pod)[0] != "Ignore"


def success_rule(job: Object, succeeded: set[int]) -> str:
    """The message of the first successPolicy rule that is met, or nothing."""
    rules = (job["spec"].get("successPolicy") or {}).get("rules") or []
    completions = job["spec"].get("completions") or 0
    for index, rule in enumerate(rules):
        if succeeded and _met(rule, succeeded, completions):
            return f"Matched rules at index {index}"
    return ""


def _met(rule: Object, succeeded: set[int], completions: int) -> bool:
    count = rule.get("succeededCount")
    if rule.get("succeededIndexes"):
        wanted = parse_indexes(rule["succeededIndexes"], completions)
        done = len(wanted & succeeded)
        return bool(wanted) and (done == len(wanted) or (count is not None and done >= count))
    return count is not None and len(succeeded) >= count
