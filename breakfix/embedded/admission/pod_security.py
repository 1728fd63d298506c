"""Pod Security admission: the labels of a namespace decide what its pods may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakfix.embedded import errors
from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.pod_security_evaluation import evaluate
from breakfix.embedded.admission.pod_security_levels import (
    PREFIX,
    LevelVersion,
    Policy,
    policy_of,
    stricter,
)
from breakfix.embedded.admission.pod_security_words import Finding, told
from breakfix.embedded.client import Reader
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object, controller_of, labels_of, name_of

MOST_PODS = 3000  # that are looked at when a namespace's labels change
_TEMPLATES = {
    "podtemplates": ("template",),
    "replicationcontrollers": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "deployments.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
}
_IGNORED = frozenset((
    "exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status",
))  # fmt: skip


@dataclass(frozen=True)
class Exemptions:
    """Who and what is never looked at."""

    usernames: Sequence[str] = ()
    namespaces: Sequence[str] = ()
    runtime_classes: Sequence[str] = ()


class PodSecurity(Plugin):
    """Refuses, warns and notes in the audit annotations."""

    name = "PodSecurity"

    def __init__(
        self, reader: Reader, defaults: Policy | None = None, exemptions: Exemptions | None = None
    ) -> None:
        self._reader = reader
        self._defaults = defaults or Policy()
        self._exempt = exemptions or Exemptions()

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403 for a pod, 422 for a namespace's labels."""
        if request.operation not in ("CREATE", "UPDATE") or request.item is None:
            return
        if request.key == "pods":
            if request.subresource not in _IGNORED:
                self._judge_pod(request, request.item)
        elif request.subresource:
            return
        elif request.key == "namespaces":
            self._judge_namespace(request, request.item)
        elif request.key in _TEMPLATES:
            self._judge_template(request, request.item)

    # -- pods and what makes them ------------------------------------------------------

    def _is_exempt(self, request: AdmissionRequest) -> bool:
        kinds = {
            "namespace": request.namespace in self._exempt.namespaces,
            "user": request.user.name in self._exempt.usernames,
        }
        why = next((kind for kind, true in kinds.items() if true), "")
        if why:
            request.annotations[f"{PREFIX}exempt"] = why
        return bool(why)

    def _policy(self, request: AdmissionRequest) -> Policy:
        namespace = self._reader.get("namespaces", request.namespace)
        labels = labels_of(namespace) if namespace else {}
        policy, wrong = policy_of(labels, self._defaults)
        if wrong:
            shown = str(wrong[0]) if len(wrong) == 1 else f"[{', '.join(map(str, wrong))}]"
            request.annotations[f"{PREFIX}error"] = f"Failed to parse policy: {shown}"
        return policy

    def _judge_pod(self, request: AdmissionRequest, pod: Object) -> None:
        if self._is_exempt(request):
            return
        policy = self._policy(request)
        if policy.allows_all:
            request.annotations[f"{PREFIX}enforce-policy"] = str(policy.enforce)
            return
        if request.old is not None and not _matters(pod["spec"], request.old["spec"]):
            return
        self._evaluate(request, policy, pod["metadata"], pod["spec"], enforce=True)

    def _judge_template(self, request: AdmissionRequest, item: Object) -> None:
        if self._is_exempt(request):
            return
        policy = self._policy(request)
        if policy.warn.level == policy.audit.level == "privileged":
            return
        template: Object | None = item
        for part in _TEMPLATES[request.key]:
            template = (template or {}).get(part)
        if template is None:
            return
        metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
        self._evaluate(request, policy, metadata, spec, enforce=False)

    def _evaluate(
        self, request: AdmissionRequest, policy: Policy, metadata: Object, spec: Object,
        enforce: bool,
    ) -> None:  # fmt: skip
        if spec.get("runtimeClassName") in self._exempt.runtime_classes:
            request.annotations[f"{PREFIX}exempt"] = "runtimeClass"
            return
        known: dict[LevelVersion, list[Finding]] = {}

        def findings(asked: LevelVersion) -> list[Finding]:
            if asked not in known:
                known[asked] = evaluate(asked, metadata, spec)
            return known[asked]

        if found := findings(policy.audit):
            note = f'would violate PodSecurity "{policy.audit}": {told(found)}'
            request.annotations[f"{PREFIX}audit-violations"] = note
        if enforce:
            request.annotations[f"{PREFIX}enforce-policy"] = str(policy.enforce)
            if found := findings(policy.enforce):
                why = f'violates PodSecurity "{policy.enforce}": {told(found)}'
                raise request.forbidden(why)
        if found := findings(policy.warn):
            request.warnings.append(f'would violate PodSecurity "{policy.warn}": {told(found)}')

    # -- namespaces --------------------------------------------------------------------

    def _judge_namespace(self, request: AdmissionRequest, namespace: Object) -> None:
        new, wrong = policy_of(labels_of(namespace), self._defaults)
        old, before = Policy(), list[FieldError]()
        if request.old is not None:
            old, before = policy_of(labels_of(request.old), self._defaults)
        if wrong and wrong != before:
            raise errors.invalid("Namespace", "", name_of(namespace), wrong)
        if name_of(namespace) in self._exempt.namespaces:
            self._warn_exempt(request, namespace, new)
        elif request.old is not None and _tightens(new.enforce, old.enforce):
            request.warnings += self._survey(name_of(namespace), new.enforce)

    def _warn_exempt(self, request: AdmissionRequest, namespace: Object, policy: Policy) -> None:
        labels = labels_of(namespace)
        modes = [
            f"{mode}={getattr(policy, mode)}" for mode in ("enforce", "audit", "warn")
            if getattr(policy, mode).level != "privileged"
            and (PREFIX + mode in labels or f"{PREFIX}{mode}-version" in labels)
        ]  # fmt: skip
        if not policy.allows_all and policy != self._defaults:
            request.warnings.append(
                f'namespace "{name_of(namespace)}" is exempt from Pod Security, and the policy '
                f"({', '.join(modes)}) will be ignored"
            )

    def _survey(self, namespace: str, enforce: LevelVersion) -> list[str]:
        """What the pods that are already there would be refused for."""
        pods = self._one_of_each(list(self._reader.list("pods", namespace)))
        grouped: dict[str, list[str]] = {}
        for pod in pods[:MOST_PODS]:
            findings = evaluate(enforce, pod["metadata"], pod["spec"])
            if findings:
                reasons = ", ".join(f.reason for f in findings)
                grouped.setdefault(reasons, []).append(name_of(pod))
        found = []
        if len(pods) > MOST_PODS:
            found.append(
                f"new PodSecurity enforce level only checked against the first {MOST_PODS} of "
                f"{len(pods)} existing pods"
            )
        if grouped:
            found.append(
                f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce '
                f'level "{enforce}"'
            )
        return found + sorted(_grouped(names, reasons) for reasons, names in grouped.items())

    def _one_of_each(self, pods: list[Object]) -> list[Object]:
        """One pod of each controller first."""
        first: list[Object] = []
        rest: list[Object] = []
        seen: set[str] = set()
        for pod in pods:
            if pod["spec"].get("runtimeClassName") in self._exempt.runtime_classes:
                continue
            owner = (controller_of(pod) or {}).get("uid")
            (rest if owner in seen else first).append(pod)
            if owner is not None:
                seen.add(owner)
        return first + rest


def _tightens(new: LevelVersion, old: LevelVersion) -> bool:
    if new == old or new.level == "privileged":
        return False
    return new.minor != old.minor or stricter(new.level, old.level)


def _grouped(names: list[str], reasons: str) -> str:
    others = len(names) - 1
    more = f" (and {others} other {'pod' if others == 1 else 'pods'})" if others else ""
    return f"{min(names)}{more}: {reasons}"


def _matters(new: Object, old: Object) -> bool:
    """Does the update change what is judged: containers or their images?"""
    for kind in ("containers", "initContainers"):
        before, after = ([c.get("image") for c in s.get(kind) or []] for s in (old, new))
        if before != after:
            return True
    known = {c.get("name"): c.get("image") for c in old.get("ephemeralContainers") or []}
    added = new.get("ephemeralContainers") or []
    return any(c.get("name") not in known or known[c["name"]] != c.get("image") for c in added)
