"""webhook's admission of pods."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.admission import (
    LABEL,
    Admit,
    Object,
    allowed,
    denied,
    labels,
    part,
    patched,
    subject,
)

_INIT_CONTAINER = "webhook-added-init-container"
_SIDECAR = "webhook-added-sidecar"


def admit_pods(process: Process) -> Admit:
    """Refuses by label and by names of containers; one label never gets an answer."""

    async def admit(request: Object) -> Object:
        pod, said = subject(request), []
        mark = labels(pod).get(LABEL)
        if mark == "webhook-disallow":
            said.append("the pod contains unwanted label;")
        if mark == "wait-forever":
            await process.host.clock.sleep(1e9)
        said += ["the pod contains unwanted container name;"
                 for c in part(pod, "spec").get("containers") or []
                 if "webhook-disallow" in c["name"]]  # fmt: skip
        return denied(message=" ".join(said)) if said else allowed()

    return admit


async def deny_attaching(request: Object) -> Object:
    """Refuses `kubectl attach -i` to one container."""
    options = part(request, "object")
    if request.get("name") != "to-be-attached-pod" or not options.get("stdin") \
            or options.get("container") != "container1":  # fmt: skip
        return allowed()
    return denied(message="attaching to pod 'to-be-attached-pod' is not allowed")


async def mutate_pods(request: Object) -> Object:
    """Adds an init container to one pod."""
    pod = part(request, "object")
    names = [c["name"] for c in part(pod, "spec").get("initContainers") or []]
    name = part(pod, "metadata").get("name")
    if name != "webhook-to-be-mutated" or _INIT_CONTAINER in names:
        return allowed()
    value = [{"image": "webhook-added-image", "name": _INIT_CONTAINER, "resources": {}}]
    return patched("add", "/spec/initContainers", value)


def add_sidecar(image: str) -> Admit:
    """Adds a container to every pod."""

    async def admit(request: Object) -> Object:
        if not image:
            words = "No image specified by the sidecar-image parameter"
            return denied(status="Failure", message=words, code=500)
        containers = part(request, "object", "spec").get("containers") or []
        if any(c["name"] == _SIDECAR for c in containers):
            return allowed()
        value = {"image": image, "name": _SIDECAR, "resources": {}}
        return patched("add", "/spec/containers/-", value)

    return admit
