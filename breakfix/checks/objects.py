"""object and objects: a CEL expression over live objects; bound and ready beside them."""

from __future__ import annotations

from breakfix.checks.context import Answer, CheckContext
from breakfix.clusters.workloads import parse, rollout
from breakfix.scenario import cel
from breakfix.scenario.checks_spec import ObjectList, ObjectRef

ALL_NAMESPACES = "*"


async def ask_object(ref: ObjectRef, expression: str, ctx: CheckContext) -> Answer:
    """Does the expression over `object` hold? An object that is not there is null."""
    resource = await ctx.api.resource(ref.kind, ref.api_version)
    namespace = (ref.namespace or ctx.namespace) if resource.namespaced else None
    found = await ctx.api.get(ref.kind, ref.name, namespace, ref.api_version)
    return _judged(expression, "object", found, f"{ref.kind} {ref.name}")


async def ask_objects(wanted: ObjectList, expression: str, ctx: CheckContext) -> Answer:
    """Does the expression over the list `objects` hold?"""
    everywhere = wanted.namespace == ALL_NAMESPACES
    namespace = None if everywhere else (wanted.namespace or ctx.namespace)
    labels = ",".join(f"{k}={v}" for k, v in wanted.labels.items())
    found = await ctx.api.list(wanted.kind, namespace, wanted.api_version, labels)
    return _judged(expression, "objects", found, f"{len(found)} {wanted.kind}")


def _judged(expression: str, variable: cel.Variable, value: object, what: str) -> Answer:
    """The verdict in words; the expression itself is the author's, not for the learner."""
    verdict = cel.evaluate(cel.compile(expression, variable), value)
    if isinstance(verdict, bool):
        return Answer(verdict, "yes", f"{'yes' if verdict else 'no'} ({what})")
    missing = f"{what} does not exist" if value is None else f"no ({what}: {verdict})"
    return Answer(False, "yes", missing)


async def ask_bound(name: str, ctx: CheckContext) -> Answer:
    """Is the claim bound?"""
    claim = await ctx.api.get("PersistentVolumeClaim", name, ctx.namespace)
    phase = claim.get("status", {}).get("phase", "Pending") if claim else "no such claim"
    return Answer(phase == "Bound", "Bound", phase)


async def ask_ready(workload: str, ctx: CheckContext) -> Answer:
    """Is the rollout complete, with all replicas ready, and at least one?"""
    ref = parse(workload, ctx.namespace)
    found = await ctx.api.get(ref.kind, ref.name, ref.namespace)
    if found is None:
        return Answer(False, "ready", f"{ref} does not exist")
    done, words = rollout(found)
    if found["spec"].get("replicas") == 0:
        return Answer(False, "at least one replica ready", "scaled to 0")
    return Answer(done, "all replicas ready", words)
