"""What a kubelet, or whoever writes a pod's status, may say."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.fields import FieldError, forbidden, invalid
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, immutable, ip, parse_ip, qualified
from breakfix.embedded.objects import Object

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")


def keep_generations(status: Object, was: Object) -> None:
    """Old clients do not know observedGeneration: what they leave out stays."""
    if not status.get("observedGeneration") and was.get("observedGeneration"):
        status["observedGeneration"] = was["observedGeneration"]
    known: dict[str, list[int]] = {}
    for condition in was.get("conditions") or ():
        generation = condition.get("observedGeneration", 0)
        known.setdefault(condition.get("type", ""), []).append(generation)
    for condition in status.get("conditions") or ():
        found = known.get(condition.get("type", ""))
        generation = found.pop(0) if found else 0
        if generation and not condition.get("observedGeneration"):
            condition["observedGeneration"] = generation


def validate_pod_status(item: Object, old: Object) -> list[FieldError]:
    """What is wrong with a new status."""
    status, was, spec = item.get("status") or {}, old.get("status") or {}, old["spec"]
    errors = list(_conditions(status.get("conditions") or [], "status.conditions"))
    errors += _nominated(status, was, spec)
    if status.get("observedGeneration", 0) < 0:
        at, words = "status.observedGeneration", "must be a non-negative integer"
        errors.append(invalid(at, status["observedGeneration"], words))
    errors += immutable("status.qosClass", status.get("qosClass", ""), was.get("qosClass", ""))
    for field, restarts in _restarts(spec).items():
        errors += _transitions(status, was, field, restarts)
    errors += _ips(status, was, "podIPs")
    errors += _host_ips(status, was)
    return errors


def _conditions(conditions: list[Object], path: str) -> Errors:
    for i, condition in enumerate(conditions):
        kind, generation = condition.get("type", ""), condition.get("observedGeneration", 0)
        if generation < 0:
            at = f"{path}[{i}].observedGeneration"
            yield invalid(at, generation, "must be a non-negative integer")
        if kind not in _SYSTEM_CONDITIONS:
            yield from qualified(f"{path}[{i}].Type", kind)


def _nominated(status: Object, was: Object, spec: Object) -> Errors:
    name, at = status.get("nominatedNodeName", ""), "status.nominatedNodeName"
    if not name or name == was.get("nominatedNodeName"):
        return
    yield from each(at, name, names.dns_subdomain(name))
    if spec.get("nodeName"):
        yield forbidden(at, "may not be set on pods that are already bound to a node")


def _restarts(spec: Object) -> dict[str, Callable[[str, int], bool]]:
    """For each kind of container: may (name, exit code) run again?"""
    policy = spec.get("restartPolicy")
    sidecars = {
        c.get("name")
        for c in spec.get("initContainers") or ()
        if c.get("restartPolicy") == "Always"
    }

    def regular(name: str, code: int) -> bool:
        del name
        return policy == "Always" or (policy == "OnFailure" and code != 0)

    return {
        "containerStatuses": regular,
        "initContainerStatuses": lambda name, code: name in sidecars or regular(name, code),
        "ephemeralContainerStatuses": lambda _name, _code: False,
    }


def _transitions(
    status: Object, was: Object, field: str, restarts: Callable[[str, int], bool]
) -> Errors:
    now = {s.get("name"): s.get("state") or {} for s in status.get(field) or ()}
    for i, old in enumerate(was.get(field) or ()):
        name, ended = old.get("name", ""), (old.get("state") or {}).get("terminated")
        if ended is None or name not in now or now[name].get("terminated") is not None:
            continue
        if not restarts(name, ended.get("exitCode", 0)):
            words = "may not be transitioned to non-terminated state"
            yield forbidden(f"status.{field}[{i}].state", words)


def _ips(status: Object, was: Object, field: str) -> Errors:
    found = [entry.get("ip", "") for entry in status.get(field) or ()]
    before = [entry.get("ip", "") for entry in was.get(field) or ()]
    for i, address in enumerate(found):
        yield from ip(f"status.{field}[{i}]", address, before)
    families = {parsed.version for address in found if (parsed := parse_ip(address))}
    if len(found) > 1 and len(families) != len(found):
        words = "may specify no more than one IP for each IP family"
        yield invalid(f"status.{field}", status[field], words)


def _host_ips(status: Object, was: Object) -> Errors:
    found = status.get("hostIPs")
    if not found:
        return
    if found[0].get("ip", "") != status.get("hostIP", ""):
        yield invalid("status.hostIPs[0].ip", found[0].get("ip", ""), "must be equal to `hostIP`")
    yield from _ips(status, was, "hostIPs")
