"""apply, patch, delete, scale: one API write each."""

from __future__ import annotations

import json

from breakfix.actions.context import StepContext, StepError, existing, placed
from breakfix.checks.context import in_namespace
from breakfix.clusters.base import Object
from breakfix.scenario.steps_spec import Delete, Patch, Scale

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
GONE_TIMEOUT = 60.0


async def apply(what: object, ctx: StepContext) -> None:
    """Make the objects as the manifest has them, the way `kubectl apply` leaves them."""
    for item in ctx.manifests(what):
        await ctx.api.apply(as_kubectl_applies(await in_namespace(item, ctx)))


def as_kubectl_applies(item: Object) -> Object:
    """With the annotation from which a later `kubectl apply` finds removed fields."""
    notes = item["metadata"].get("annotations") or {}
    text = json.dumps(item, sort_keys=True, separators=(",", ":")) + "\n"
    meta = item["metadata"] | {"annotations": notes | {LAST_APPLIED: text}}
    return item | {"metadata": meta}


async def patch(change: Patch, ctx: StepContext) -> None:
    """Patch an object that exists."""
    ref = change.object
    await existing(ref, ctx)
    how, body = _way(change)
    await ctx.api.patch(ref.kind, ref.name, await placed(ref, ctx), body, how, ref.api_version)


def _way(change: Patch) -> tuple[str, object]:
    if change.json_ is not None:
        return "json", list(change.json_)
    if change.merge is not None:
        return "merge", change.merge
    return "strategic", change.strategic


async def delete(target: Delete, ctx: StepContext) -> None:
    """Delete an object and wait until it is gone."""
    namespace = await placed(target, ctx)
    how = "Orphan" if target.keep_dependents else "Background"
    found = await ctx.api.get(target.kind, target.name, namespace, target.api_version)
    if found is None and not target.if_present:
        await existing(target, ctx)
    await ctx.api.delete(target.kind, target.name, namespace, target.api_version, how)
    if target.wait and found is not None:
        await _until_gone(target, namespace, found["metadata"]["uid"], ctx)


async def _until_gone(target: Delete, namespace: str | None, uid: str, ctx: StepContext) -> None:
    """Until this one is gone: a controller may have made another of the same name."""
    deadline = ctx.clock.monotonic() + GONE_TIMEOUT
    while True:
        found = await ctx.api.get(target.kind, target.name, namespace, target.api_version)
        if found is None or found["metadata"]["uid"] != uid:
            return
        if ctx.clock.monotonic() > deadline:
            raise StepError(
                f"{target.kind} {target.name} is still there {GONE_TIMEOUT:.0f} s after its "
                "deletion",
                f"See what holds it: kubectl get {target.kind.lower()} {target.name} -o yaml",
            )
        await ctx.clock.sleep(0.2)


async def scale(target: Scale, ctx: StepContext) -> None:
    """Set the number of replicas of a workload that exists."""
    await existing(target, ctx)
    body = {"spec": {"replicas": target.replicas}}
    namespace = await placed(target, ctx)
    await ctx.api.patch(target.kind, target.name, namespace, body, "merge", target.api_version)
