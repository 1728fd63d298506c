"""Where a step is carried out."""

from __future__ import annotations

from breakfix.checks.context import CheckContext
from breakfix.clusters.base import Object
from breakfix.errors import ClusterError
from breakfix.scenario.checks_spec import ObjectRef

StepContext = CheckContext
"""A step needs what a check needs: the cluster, the namespace, the manifests, time."""


class StepError(ClusterError):
    """A step cannot be carried out on the cluster as it is."""


async def placed(ref: ObjectRef, ctx: StepContext) -> str | None:
    """The namespace of an object: its own, the scenario's, or None for cluster-wide kinds."""
    resource = await ctx.api.resource(ref.kind, ref.api_version)
    return (ref.namespace or ctx.namespace) if resource.namespaced else None


async def existing(ref: ObjectRef, ctx: StepContext) -> Object:
    """The object. Raises StepError where there is none."""
    namespace = await placed(ref, ctx)
    found = await ctx.api.get(ref.kind, ref.name, namespace, ref.api_version)
    if found is None:
        where = f" in namespace {namespace}" if namespace else ""
        raise StepError(
            f"{ref.kind} {ref.name} does not exist{where}",
            "The step names an object that neither the cluster nor the scenario's base has.",
        )
    return found
