"""Validation of containers: the regular ones, init containers and ephemeral ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from breakfix.embedded.fields import (
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, label, one_of, protocol, unsupported
from breakfix.embedded.kinds.pod_env import validate_env, validate_env_from
from breakfix.embedded.kinds.pod_mounts import Volumes, validate_devices, validate_mounts
from breakfix.embedded.kinds.pod_probes import validate_lifecycle, validate_probes
from breakfix.embedded.kinds.pod_resources import validate_requirements
from breakfix.embedded.kinds.pod_security import validate_container_context
from breakfix.embedded.objects import Object

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_NOT_EPHEMERAL = (
    "ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
    "resizePolicy",
)  # fmt: skip
_ONLY_SIDECARS = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class Pod:
    """What a container's validation needs to know of its pod."""

    volumes: Volumes = field(default_factory=dict)
    claims: frozenset[str] = frozenset()
    grace: int | None = None  # seconds
    restart_policy: str = "Always"
    host_users: bool = True


def validate_containers(containers: list[Object], pod: Pod, path: str) -> Errors:
    """spec.containers."""
    if not containers:
        yield required(path)
        return
    seen: set[str] = set()
    for i, container in enumerate(containers):
        at = f"{path}[{i}]"
        yield from _common(container, pod, at)
        yield from _new_name(container, seen, at)
        if lifecycle := container.get("lifecycle"):
            yield from validate_lifecycle(lifecycle, pod.grace, f"{at}.lifecycle")
        yield from validate_probes(container, pod.grace, at)
        if container.get("restartPolicy") is not None:
            yield forbidden(f"{at}.restartPolicy", "may not be set for non-init containers")
    yield from _host_ports(containers, path)


def _new_name(container: Object, seen: set[str], path: str) -> Errors:
    name = container.get("name", "")
    if name in seen:
        yield duplicate(f"{path}.name", name)
    if name:
        seen.add(name)


def _host_ports(containers: Iterable[Object], path: str) -> Errors:
    seen: set[str] = set()
    for i, container in enumerate(containers):
        for j, port in enumerate(container.get("ports") or ()):
            if not (number := port.get("hostPort")):
                continue
            shown = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{number}"
            if shown in seen:
                yield duplicate(f"{path}[{i}].ports[{j}].hostPort", shown)
            seen.add(shown)


def validate_init_containers(
    containers: list[Object], regular: list[Object], pod: Pod, path: str
) -> Errors:
    """spec.initContainers; those with restartPolicy Always are sidecars."""
    seen = {c.get("name", "") for c in regular}
    for i, container in enumerate(containers):
        at, policy = f"{path}[{i}]", container.get("restartPolicy")
        yield from _common(container, pod, at)
        if policy not in (None, "Always"):
            yield unsupported(f"{at}.restartPolicy", policy, ("Always",))
        yield from _new_name(container, seen, at)
        yield from _host_ports([container], path)
        if policy == "Always":
            if lifecycle := container.get("lifecycle"):
                yield from validate_lifecycle(lifecycle, pod.grace, f"{at}.lifecycle")
            yield from validate_probes(container, pod.grace, at)
        else:
            yield from _not_a_sidecar(container, at)


def _not_a_sidecar(container: Object, path: str) -> Errors:
    for kind in _ONLY_SIDECARS:
        if container.get(kind) is not None:
            words = "may not be set for init containers without restartPolicy=Always"
            yield forbidden(f"{path}.{kind}", words)


def validate_ephemeral_containers(
    containers: list[Object], others: list[Object], pod: Pod, path: str
) -> Errors:
    """spec.ephemeralContainers; `others` are all the other containers."""
    known = {c.get("name", "") for c in others}
    seen = set(known)
    for i, container in enumerate(containers):
        at = f"{path}[{i}]"
        yield from _common(container, pod, at)
        yield from validate_image(container, at)
        yield from _new_name(container, seen, at)
        target = container.get("targetContainerName")
        if target and target not in known:
            yield not_found(f"{at}.targetContainerName", target)
        yield from _only_ephemeral(container, at)


def _only_ephemeral(container: Object, path: str) -> Errors:
    words = "cannot be set for an Ephemeral Container"
    for kind in _NOT_EPHEMERAL:
        if container.get(kind):
            yield forbidden(f"{path}.{kind}", words)
    for j, mount in enumerate(container.get("volumeMounts") or ()):
        for kind in ("subPath", "subPathExpr"):
            if mount.get(kind):
                yield forbidden(f"{path}.volumeMounts[{j}].{kind}", words)


def validate_image(container: Object, path: str) -> Errors:
    """What is asked of an image in a pod, and not yet in a template."""
    image = container.get("image", "")
    if image != image.strip():
        yield invalid(f"{path}.image", image, "must not have leading or trailing whitespace")


def _common(container: Object, pod: Pod, path: str) -> Errors:
    yield from _name_and_image(container, path)
    if ports := container.get("ports"):
        yield from _ports(ports, f"{path}.ports")
    if variables := container.get("env"):
        yield from validate_env(variables, f"{path}.env")
    if sources := container.get("envFrom"):
        yield from validate_env_from(sources, f"{path}.envFrom")
    if container.get("volumeMounts"):
        yield from validate_mounts(container, pod.volumes, f"{path}.volumeMounts")
    if container.get("volumeDevices"):
        yield from validate_devices(container, pod.volumes, f"{path}.volumeDevices")
    policy = container.get("imagePullPolicy")
    yield from one_of(f"{path}.imagePullPolicy", policy, _PULL_POLICIES)
    yield from _limits(container, pod, path)


def _limits(container: Object, pod: Pod, path: str) -> Errors:
    if resources := container.get("resources"):
        yield from validate_requirements(resources, f"{path}.resources", pod.claims)
    if policies := container.get("resizePolicy"):
        yield from _resize_policies(policies, pod, f"{path}.resizePolicy")
    if context := container.get("securityContext"):
        at = f"{path}.securityContext"
        yield from validate_container_context(context, at, pod.host_users)


def _name_and_image(container: Object, path: str) -> Errors:
    if name := container.get("name"):
        yield from label(f"{path}.name", name)
    else:
        yield required(f"{path}.name")
    if not container.get("image"):
        yield required(f"{path}.image")
    policy = container.get("terminationMessagePolicy")
    if not policy:
        yield required(f"{path}.terminationMessagePolicy")
    elif policy not in _MESSAGE_POLICIES:
        yield unsupported(f"{path}.terminationMessagePolicy", policy, _MESSAGE_POLICIES)


def _ports(ports: list[Object], path: str) -> Errors:
    seen: set[str] = set()
    for i, port in enumerate(ports):
        at = f"{path}[{i}]"
        if name := port.get("name"):
            yield from _port_name(name, seen, f"{at}.name")
        number, host = port.get("containerPort", 0), port.get("hostPort", 0)
        if not number:
            yield required(f"{at}.containerPort")
        else:
            yield from each(f"{at}.containerPort", number, names.port_number(number))
        if host:
            yield from each(f"{at}.hostPort", host, names.port_number(host))
        yield from protocol(f"{at}.protocol", port.get("protocol", ""))


def _port_name(name: str, seen: set[str], path: str) -> Errors:
    if words := names.port_name(name):
        yield from each(path, name, words)
    elif name in seen:
        yield duplicate(path, name)
    seen.add(name)


def _resize_policies(policies: list[Object], pod: Pod, path: str) -> Errors:
    seen: set[str] = set()
    for i, policy in enumerate(policies):
        resource, restart = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        if resource in seen:
            yield duplicate(f"{path}[{i}]", resource)
        seen.add(resource)
        for found, known in (
            (resource, ("cpu", "memory")), (restart, ("NotRequired", "RestartContainer")),
        ):  # fmt: skip
            if not found:
                yield required(path)
            elif found not in known:
                yield not_supported(path, found, known)
        if pod.restart_policy == "Never" and restart != "NotRequired":
            words = "must be 'NotRequired' when `restartPolicy` is 'Never'"
            yield invalid(path, restart, words)
