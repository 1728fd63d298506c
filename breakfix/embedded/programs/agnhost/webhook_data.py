"""webhook's admission of config maps, custom resources and their definitions."""

from __future__ import annotations

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


def admit_data(what: str, bad: str) -> Admit:
    """Refuses writes and deletes by what data says."""

    async def admit(request: Object) -> Object:
        mark = part(subject(request), "data").get(LABEL)
        deleting = request.get("operation") == "DELETE"
        if mark == "webhook-disallow" and not deleting:
            return denied(reason=f"the {what} contains unwanted {bad}")
        if mark == "webhook-nondeletable" and deleting:
            words = "cannot be deleted because it contains unwanted key and value"
            return denied(reason=f"the {what} {words}")
        return allowed()

    return admit


async def mutate_data(request: Object) -> Object:
    """Adds the key of the next stage."""
    data = part(request, "object", "data")
    for before, stage in (("mutation-stage-1", 2), ("mutation-start", 1)):
        if data.get(before) == "yes":
            return patched("add", f"/data/mutation-stage-{stage}", "yes")
    return allowed()


async def admit_crd(request: Object) -> Object:
    """Refuses by label."""
    if labels(part(request, "object")).get(LABEL) == "webhook-disallow":
        return denied(message="the crd contains unwanted label")
    return allowed()
