"""edit: a change inside one text field, as a person makes it with `kubectl edit`."""

from __future__ import annotations

import re

from breakfix.actions.context import StepContext, StepError, existing, placed
from breakfix.clusters.base import Object
from breakfix.scenario.steps_spec import Edit


async def edit(change: Edit, ctx: StepContext) -> None:
    """Carry the edit out. Raises StepError where the place is not found."""
    ref = change.object
    found = await existing(ref, ctx)
    keys = path_of(found, change.field)
    text = _value(found, keys)
    if not isinstance(text, str):
        raise StepError(f"{ref.kind} {ref.name}: {change.field} is not text")
    edited = edited_text(text, change)
    if edited == text:
        raise StepError(
            f"{ref.kind} {ref.name}: nothing in {change.field} matches what is to be edited",
            f"The text begins: {text[:120]!r}",
        )
    body: Object = {keys[-1]: edited}
    for key in reversed(keys[:-1]):
        body = {key: body}
    await ctx.api.patch(ref.kind, ref.name, await placed(ref, ctx), body, "merge", ref.api_version)


def path_of(item: Object, field: str) -> list[str]:
    """The keys of a dotted path; keys may hold dots (`data.nginx.conf`), the longest wins.

    Raises StepError where there is no such field.
    """
    keys: list[str] = []
    rest, node = field, item
    while rest:
        fitting = [k for k in node if rest == k or rest.startswith(f"{k}.")]
        if not fitting:
            raise StepError(f"there is no field {field!r}", f"Here are: {', '.join(sorted(node))}")
        key = max(fitting, key=len)
        keys.append(key)
        rest = rest[len(key) + 1 :]
        node = node[key] if isinstance(node[key], dict) else {}
    return keys


def _value(item: Object, keys: list[str]) -> object:
    node: object = item
    for key in keys:
        node = node[key] if isinstance(node, dict) else None
    return node


def edited_text(text: str, change: Edit) -> str:
    """The text after the edit; the same text where the place is not found."""
    if change.insert_after:
        return text.replace(change.insert_after, change.insert_after + change.text, 1)
    if change.insert_before:
        return text.replace(change.insert_before, change.text + change.insert_before, 1)
    if change.remove:
        return re.sub(change.remove, "", text)
    return text.replace(change.replace, change.with_ or "")
