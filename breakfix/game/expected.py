"""Which objects a right fix may touch: those of the fault and of the proof's fixes.

Everything else that differs in the end counts as blast radius.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff
from hashlib import sha256

import yaml

from breakfix.checks.context import Manifests
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import Difference, essence
from breakfix.game.model import Change
from breakfix.scenario.checks_spec import ObjectRef
from breakfix.scenario.spec import Spec
from breakfix.scenario.steps_spec import Step

Name = tuple[str, str, str]
LONGEST_DIFF = 200


def expected_objects(spec: Spec, manifests: Manifests) -> set[Name]:
    """(kind, namespace, name) of what the fault and the fixes change; cluster-wide objects
    under the scenario's namespace too, for the kind is not known here."""
    cases = [spec.fault, *(fix.steps for fix in spec.proof.fixes)]
    steps = [step for case in cases for step in case]
    return {name for step in steps for name in touched(step, spec.namespace, manifests)}


def touched(step: Step, namespace: str, manifests: Manifests) -> Iterable[Name]:
    """(kind, namespace, name) of what one step changes."""
    if step.apply is not None:
        return [_of_object(item, namespace) for item in manifests(step.apply)]
    bodies = (step.patch, step.edit, step.delete, step.scale, step.restart)
    body = next((b for b in bodies if b is not None), None)
    ref = getattr(body, "object", body)
    if not isinstance(ref, ObjectRef):
        return []
    return [(ref.kind, ref.namespace or namespace, ref.name)]


def _of_object(item: Object, namespace: str) -> Name:
    meta = item["metadata"]
    return item["kind"], meta.get("namespace") or namespace, meta["name"]


def changes(found: Iterable[Difference], expected: set[Name], namespace: str) -> list[Change]:
    """The differences as the debrief shows them. A new object of a kind that fixes touch,
    in a namespace they touch, is a fix under another name."""
    places = {(kind, space) for kind, space, _ in expected}
    told = []
    for each in found:
        key = each.key
        space = key.namespace or namespace
        near = each.before is None and (key.kind, space) in places
        right = near or (key.kind, space, key.name) in expected
        diff = _diff(each)
        told.append(Change(each.what, key.kind, key.namespace, key.name, diff, right))
    return told


def _diff(each: Difference) -> str:
    before, after = (_yaml(veiled(essence(item))) for item in (each.before, each.after))
    lines = list(unified_diff(before, after, "after the fault", "at the end", lineterm="", n=2))
    cut = [f"... {len(lines) - LONGEST_DIFF} more lines"] if len(lines) > LONGEST_DIFF else []
    return "\n".join([*lines[:LONGEST_DIFF], *cut])


def veiled(item: Object | None) -> Object | None:
    """A Secret with a digest for each value: a debrief is made to be passed on."""
    if item is None or item.get("kind") != "Secret":
        return item
    fields = {f: item[f] for f in ("data", "stringData") if isinstance(item.get(f), dict)}
    hidden = {f: {key: _digest(v) for key, v in values.items()} for f, values in fields.items()}
    return item | hidden


def _digest(value: object) -> str:
    return f"(not shown, sha256 {sha256(str(value).encode()).hexdigest()[:12]})"


def _yaml(item: Object | None) -> list[str]:
    if item is None:
        return []
    text: str = yaml.dump(
        item, Dumper=Readable, sort_keys=True, default_flow_style=False, width=100
    )
    return text.splitlines()


class Readable(yaml.SafeDumper):
    """YAML in which a text of several lines stands as such, as `kubectl get -o yaml` has it."""


def _text(dumper: Readable, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Readable.add_representer(str, _text)
