"""The valid fixes of a scenario for people: each step in words, and as a command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from breakfix.checks.context import Manifests
from breakfix.clusters.base import Object
from breakfix.errors import ScenarioError
from breakfix.game.expected import touched
from breakfix.game.model import Change, Repair, RepairStep
from breakfix.scenario.checks_spec import ObjectRef
from breakfix.scenario.spec import Case, Spec
from breakfix.scenario.steps_spec import Edit, Patch, Step, Wait

CLUSTER_WIDE = (
    "APIService", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
    "IngressClass", "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume",
    "PriorityClass", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
)  # fmt: skip
LONGEST_VALUE = 60
MOST_FIELDS = 4
POD_TEMPLATE = "spec.template.spec."


def repairs(spec: Spec, manifests: Manifests, changes: Sequence[Change]) -> tuple[Repair, ...]:
    """The fixes of the proof. A manifest that is not there any more leaves its step in words."""
    mine = {(c.kind, c.namespace or spec.namespace, c.name) for c in changes}
    return tuple(_repair(fix, spec.namespace, manifests, mine) for fix in spec.proof.fixes)


def _repair(
    fix: Case, namespace: str, manifests: Manifests, mine: set[tuple[str, str, str]]
) -> Repair:
    steps, its = [], set()
    for step in fix.steps:
        try:
            its |= set(touched(step, namespace, manifests))
            steps += _told(step, namespace, manifests)
        except (ScenarioError, OSError):
            steps.append(RepairStep(f"apply {step.apply}"))
    return Repair(fix.name, tuple(steps), len(its & mine))


def _told(step: Step, namespace: str, manifests: Manifests) -> list[RepairStep]:
    if step.apply is not None:
        return [_apply(manifests(step.apply), namespace)]
    if step.patch is not None:
        return [_patch(step.patch, namespace)]
    if step.edit is not None:
        ref = step.edit.object
        return [RepairStep(_edit(step.edit, namespace), f"{_kubectl(ref, namespace, 'edit')}")]
    if step.delete is not None:
        orphan = " --cascade=orphan" if step.delete.keep_dependents else ""
        words = f"delete {named(step.delete, namespace)}"
        return [RepairStep(words, _kubectl(step.delete, namespace, "delete") + orphan)]
    if step.scale is not None:
        words = f"scale {named(step.scale, namespace)} to {step.scale.replicas}"
        command = _kubectl(step.scale, namespace, "scale")
        return [RepairStep(words, f"{command} --replicas={step.scale.replicas}")]
    if step.restart is not None:
        words = f"restart {named(step.restart, namespace)}"
        return [RepairStep(words, _kubectl(step.restart, namespace, "rollout restart"))]
    return [_wait(step.wait, namespace)] if step.wait is not None else []


def named(ref: ObjectRef, namespace: str) -> str:
    """`ConfigMap kube-system/coredns`; without a namespace where the kind has none."""
    if ref.kind in CLUSTER_WIDE:
        return f"{ref.kind} {ref.name}"
    return f"{ref.kind} {ref.namespace or namespace}/{ref.name}"


def _kubectl(ref: ObjectRef, namespace: str, verb: str) -> str:
    place = "" if ref.kind in CLUSTER_WIDE else f" -n {ref.namespace or namespace}"
    return f"kubectl{place} {verb} {ref.kind.lower()}/{ref.name}"


def _wait(wait: Wait, namespace: str) -> RepairStep:
    if wait.ready is None:
        return RepairStep("wait until it has taken effect")
    target = str(wait.ready)
    space, _, workload = target.rpartition("/")[0].rpartition("/")
    name = target.rpartition("/")[2]
    command = f"kubectl -n {space or namespace} rollout status {workload}/{name}"
    return RepairStep(f"wait until {workload}/{name} is ready", command)


# -- apply --------------------------------------------------------------------------------


def _apply(items: Sequence[Object], namespace: str) -> RepairStep:
    names = ", ".join(_object(item, namespace) for item in items)
    text = yaml.safe_dump_all(items, sort_keys=False, width=100).rstrip()
    return RepairStep(f"apply {names}", f"kubectl -n {namespace} apply -f - <<'EOF'\n{text}\nEOF")


def _object(item: Object, namespace: str) -> str:
    meta = item["metadata"]
    ref = ObjectRef(kind=item["kind"], namespace=meta.get("namespace"), name=meta["name"])
    return named(ref, namespace)


# -- patch --------------------------------------------------------------------------------


def _patch(change: Patch, namespace: str) -> RepairStep:
    how, body = _body(change)
    wanted = list(_operations(body) if how == "json" else _fields(body, "", how == "strategic"))
    more = [f"{len(wanted) - MOST_FIELDS} more"] if len(wanted) > MOST_FIELDS else []
    words = "; ".join([*wanted[:MOST_FIELDS], *more])
    command = _kubectl(change.object, namespace, "patch")
    quoted = shlex.quote(json.dumps(body, ensure_ascii=False))
    return RepairStep(
        f"in {named(change.object, namespace)}: {words}", f"{command} --type={how} -p {quoted}"
    )


def _body(change: Patch) -> tuple[str, Any]:
    if change.json_ is not None:
        return "json", list(change.json_)
    if change.merge is not None:
        return "merge", change.merge
    return "strategic", change.strategic


def _operations(body: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A JSON patch (RFC 6902), an operation at a time."""
    for each in body:
        path = str(each.get("path", "")).lstrip("/").replace("/", ".").replace("~1", "/")
        path = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)
        removes = each.get("op") == "remove"
        yield _taken_out(path) if removes else _set(path, each.get("value"))


def _fields(body: Any, path: str, merges_lists: bool) -> Iterator[str]:
    """A merge or strategic patch, a field at a time. A strategic one merges the entries of
    lists: they go by name or place."""
    if isinstance(body, dict) and body.get("$patch") == "delete":
        yield _taken_out(path)
    elif isinstance(body, dict) and body:
        for key, value in body.items():
            yield from _fields(value, f"{path}.{key}" if path else key, merges_lists)
    elif merges_lists and _is_list_of_objects(body):
        for place, item in enumerate(body):
            name = item.get("name") or item.get("mountPath") or place
            rest = {k: v for k, v in item.items() if k != "name"}
            yield from _fields(rest, f"{path}[{name}]", merges_lists)
    else:
        yield _taken_out(path) if body is None else _set(path, body)


def _is_list_of_objects(body: Any) -> bool:
    return isinstance(body, list) and bool(body) and all(isinstance(item, dict) for item in body)


def _set(path: str, value: Any) -> str:
    return f"set {path.removeprefix(POD_TEMPLATE)} to {_value(value)}"


def _taken_out(path: str) -> str:
    return f"take {path.removeprefix(POD_TEMPLATE)} out"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


# -- edit ---------------------------------------------------------------------------------


def _edit(change: Edit, namespace: str) -> str:
    place = f"{change.field} of {named(change.object, namespace)}"
    if change.remove:
        return f"in {place}: take out “{_pattern(change.remove)}”"
    if change.replace:
        return f"in {place}: “{_quoted(change.replace)}” becomes “{_quoted(change.with_ or '')}”"
    where = change.insert_after or change.insert_before
    side = "after" if change.insert_after else "before"
    return f"in {place}: add “{_quoted(change.text)}” {side} “{_quoted(where)}”"


def _pattern(pattern: str) -> str:
    """A regular expression as a person would write down what it finds."""
    text = re.sub(r"\(\?[a-z]+\)|[\^$]|\\n|\\s[*+]?", "", pattern)
    text = re.sub(r"\.[*+]\??|\[[^\]]*\][*+]?", "…", text)
    return _quoted(re.sub(r"\\(.)", r"\1", text).replace(" *", " "))


def _quoted(text: str) -> str:
    return _value(" ".join(text.split()))
