"""Why a container that runs is to be killed."""

from __future__ import annotations

from breakfix.embedded.kubelet.container import ContainerRun


def why_unwanted(container: ContainerRun, policy: str, ends_pod: bool) -> tuple[str, str]:
    """The message of the event, and the probe that it failed; both empty where it may go on.

    `policy` is the pod's restartPolicy; `ends_pod`: nothing else of the pod goes on.
    """
    assert container.current is not None  # noqa: S101 - it runs
    kind = "Init container" if container.kind != "main" else "Container"
    if container.spec.get("image") != container.current.spec.get("image"):
        return f"{kind} {container.name} definition changed, will be restarted", ""
    if container.resizes:
        return f"Container {container.name} resize requires restart", ""
    if probe := container.failed_probe:
        return _failed(container.name, kind, probe, policy, ends_pod), probe
    return "", ""


def _failed(name: str, kind: str, probe: str, policy: str, ends_pod: bool) -> str:
    if policy == "Never" and ends_pod:
        return f"Stopping container {name}"
    again = ", will be restarted" if policy != "Never" or kind != "Container" else ""
    return f"{kind} {name} failed {probe} probe{again}"
