"""unchanged: the objects of some kinds are as they were, or as the fault left them."""

from __future__ import annotations

from breakfix.checks.context import Answer, CannotAsk, CheckContext
from breakfix.clusters.base import Object, is_controlled
from breakfix.clusters.snapshot import Key, Snapshot, essence, key_of
from breakfix.scenario.checks_spec import Unchanged

RESTARTED = "kubectl.kubernetes.io/restartedAt"


async def ask(question: Unchanged, ctx: CheckContext) -> Answer:
    """Has nobody but the fault changed these objects?"""
    if ctx.before is None or ctx.after is None:
        raise CannotAsk("nothing is remembered of the time before the fault")
    namespace = question.namespace or ctx.namespace
    now = await _now(question, ctx, namespace)
    before = _of(ctx.before, question, namespace)
    after = _of(ctx.after, question, namespace)
    wrong = [
        f"{key.kind}/{key.name} {what}"
        for key in sorted(now.keys() | before.keys() | after.keys())
        if (what := _judge(now.get(key), before.get(key), after.get(key), question.added))
        and f"{key.kind}/{key.name}" not in question.except_
    ]
    expected = f"{', '.join(question.kinds)} in {namespace} as they were"
    return Answer(not wrong, expected, "; ".join(wrong[:4]) or "as they were")


async def _now(question: Unchanged, ctx: CheckContext, namespace: str) -> dict[Key, Object]:
    found: dict[Key, Object] = {}
    for kind in question.kinds:
        for item in await ctx.api.list(kind, namespace):
            if not is_controlled(item) and item["metadata"]["name"] != "kube-root-ca.crt":
                found[key_of(item)] = item
    return found


def _of(snapshot: Snapshot, question: Unchanged, namespace: str) -> dict[Key, Object]:
    return {
        key: item
        for key, item in snapshot.objects.items()
        if key.namespace == namespace and key.kind in question.kinds
    }


def _judge(now: Object | None, before: Object | None, after: Object | None, added: bool) -> str:
    """What is wrong with one object in a word; empty when nothing is."""
    if now is None:
        return "" if before is None or after is None else "is gone"
    if before is None and after is None:
        return "" if added else "is new"
    allowed = [_content(o) for o in (before, after) if o is not None]
    return "" if _content(now) in allowed else "was changed"


def _content(item: Object) -> Object | None:
    """What counts as a change: everything but that the pods were restarted."""
    found = essence(item)
    template = (found or {}).get("spec", {}).get("template")
    notes = template.get("metadata", {}).get("annotations") if isinstance(template, dict) else None
    if not found or not notes:
        return found
    meta = {k: v for k, v in template["metadata"].items() if k != "annotations"}
    if kept := {k: v for k, v in notes.items() if k != RESTARTED}:
        meta["annotations"] = kept
    return found | {"spec": found["spec"] | {"template": template | {"metadata": meta}}}
