"""Validation of probes, of what they do, and of lifecycle hooks."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.fields import forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, non_negative, one_of, port
from breakfix.embedded.objects import Object

_COUNTS = (
    "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
    "failureThreshold",
)  # fmt: skip


def validate_probes(container: Object, grace: int | None, path: str) -> Errors:
    """The three probes of a container; `grace` is the pod's, in seconds."""
    if (probe := container.get("livenessProbe")) is not None:
        yield from _probe(probe, grace, f"{path}.livenessProbe")
        yield from _once(probe, f"{path}.livenessProbe")
    if (probe := container.get("readinessProbe")) is not None:
        yield from _probe(probe, grace, f"{path}.readinessProbe")
        if (seconds := probe.get("terminationGracePeriodSeconds")) is not None:
            at = f"{path}.readinessProbe.terminationGracePeriodSeconds"
            yield invalid(at, seconds, "must not be set for readinessProbes")
    if (probe := container.get("startupProbe")) is not None:
        yield from _probe(probe, grace, f"{path}.startupProbe")
        yield from _once(probe, f"{path}.startupProbe")


def _once(probe: Object, path: str) -> Errors:
    if (found := probe.get("successThreshold", 0)) != 1:
        yield invalid(f"{path}.successThreshold", found, "must be 1")


def _probe(probe: Object, grace: int | None, path: str) -> Errors:
    yield from _handler(probe, ("exec", "httpGet", "tcpSocket", "grpc"), grace, path)
    for field in _COUNTS:
        yield from non_negative(f"{path}.{field}", probe.get(field))
    seconds = probe.get("terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        at = f"{path}.terminationGracePeriodSeconds"
        yield invalid(at, seconds, "must be greater than 0")


def validate_lifecycle(lifecycle: Object, grace: int | None, path: str) -> Errors:
    """PostStart and preStop."""
    for hook in ("postStart", "preStop"):
        if (handler := lifecycle.get(hook)) is not None:
            kinds = ("exec", "httpGet", "tcpSocket", "sleep")
            yield from _handler(handler, kinds, grace, f"{path}.{hook}")


def _handler(handler: Object, kinds: tuple[str, ...], grace: int | None, path: str) -> Errors:
    found = [kind for kind in kinds if handler.get(kind) is not None]
    if not found:
        yield required(path, "must specify a handler type")
        return
    first = found[0]
    yield from _ACTIONS[first](handler[first], grace, f"{path}.{first}")
    for kind in found[1:]:
        yield forbidden(f"{path}.{kind}", "may not specify more than 1 handler type")


def _exec(action: Object, grace: int | None, path: str) -> Errors:
    del grace
    if not action.get("command"):
        yield required(f"{path}.command")


def _http(action: Object, grace: int | None, path: str) -> Errors:
    del grace
    if not action.get("path"):
        yield required(f"{path}.path")
    yield from port(f"{path}.port", action.get("port", 0))
    yield from one_of(f"{path}.scheme", action.get("scheme"), ("HTTP", "HTTPS"))
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        yield from each(f"{path}.httpHeaders", name, names.http_header(name))


def _port(action: Object, grace: int | None, path: str) -> Errors:
    del grace
    yield from port(f"{path}.port", action.get("port", 0))


def _sleep(action: Object, grace: int | None, path: str) -> Errors:
    seconds = action.get("seconds", 0)
    if grace is not None and not 0 <= seconds <= grace:
        words = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        yield invalid(path, seconds, words)


_ACTIONS: dict[str, Callable[[Object, int | None, str], Errors]] = {
    "exec": _exec, "httpGet": _http, "tcpSocket": _port, "grpc": _port, "sleep": _sleep,
}  # fmt: skip
