from __future__ import annotations

import pytest

from breakfix.embedded.admission.pod_security import Exemptions, PodSecurity
from breakfix.embedded.admission.pod_security_evaluation import evaluate
from breakfix.embedded.admission.pod_security_levels import LevelVersion, Policy, policy_of
from breakfix.embedded.objects import Object
from tests.embedded.admission.world import World, pod, refusal, request

LABEL = "pod-security.kubernetes.io/"
GOOD = {
    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip


def secured(**context: object) -> Object:
    return pod(containers=[{"name": "c", "image": "i", "securityContext": {**GOOD, **context}}])


def world(**modes: str) -> World:
    return World(**{LABEL + k.replace("_", "-"): v for k, v in modes.items()})


async def test_a_plain_pod_is_told_all_that_restricted_wants() -> None:
    plugin = PodSecurity(world(enforce="restricted"))
    assert await refusal(plugin, request(pod())) == (
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "c" must set '
        "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "
        '"c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or '
        'container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or '
        'container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")'
    )
    assert await refusal(plugin, request(secured())) == ""


@pytest.mark.parametrize(("spec", "why"), [
    ({"hostNetwork": True, "hostPID": True}, "host namespaces (hostNetwork=true, hostPID=true)"),
    ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, 'hostPath volumes (volume "v")'),
    ({"containers": [{"name": "a", "ports": [{"hostPort": 80}]}, {"name": "b"}]},
     'hostPort (container "a" uses hostPort 80)'),
    ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}},
     "forbidden sysctls (kernel.msgmax)"),
    ({"securityContext": {"seLinuxOptions": {"type": "bad", "user": "u"}}},
     'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "bad"; '
     "user may not be set)"),
    ({"containers": [{"name": "a", "securityContext": {"privileged": True}}]},
     'privileged (container "a" must not set securityContext.privileged=true)'),
    ({"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["SYS_TIME"]}}}]},
     'non-default capabilities (container "a" must not include "SYS_TIME" in '
     "securityContext.capabilities.add)"),
    ({"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "h"}}}]},
     'probe or lifecycle host (container "a" uses probe or lifecycle host "h")'),
])  # fmt: skip
def test_baseline(spec: Object, why: str) -> None:
    assert [str(f) for f in evaluate(LevelVersion("baseline"), {}, pod(**spec)["spec"])] == [why]


def test_restricted_replaces_what_it_is_stricter_about() -> None:
    spec = secured(capabilities={"drop": ["ALL"], "add": ["SYS_TIME"]})["spec"]
    spec["volumes"] = [{"name": "v", "hostPath": {"path": "/"}}]
    reasons = [f.reason for f in evaluate(LevelVersion("restricted"), {}, spec)]
    assert reasons == ["unrestricted capabilities", "restricted volume types"]


def test_old_versions_know_less() -> None:
    spec = {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "h"}}}]}
    assert evaluate(LevelVersion("baseline", 33), {}, spec) == []
    assert len(evaluate(LevelVersion("baseline", 34), {}, spec)) == 1


def test_warn_follows_a_stricter_enforce() -> None:
    policy, wrong = policy_of({f"{LABEL}enforce": "baseline"}, Policy())
    assert (str(policy.warn), str(policy.audit), wrong) == (
        "baseline:latest", "privileged:latest", [],
    )  # fmt: skip


async def test_workloads_are_only_warned_about() -> None:
    plugin = PodSecurity(world(enforce="baseline", warn="baseline"))
    template = {"spec": {"hostPID": True, "containers": [{"name": "c"}]}}
    item = {"metadata": {"name": "d", "namespace": "lab"}, "spec": {"template": template}}
    asked = request(item, "deployments.apps")
    assert await refusal(plugin, asked) == ""
    assert asked.warnings == [
        'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'
    ]


async def test_audit_notes_and_lets_pass() -> None:
    asked = request(pod(hostPID=True))
    assert await refusal(PodSecurity(world(audit="baseline")), asked) == ""
    assert asked.annotations == {
        f"{LABEL}enforce-policy": "privileged:latest",
        f"{LABEL}audit-violations":
            'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    }  # fmt: skip


async def test_a_wrong_label_is_refused() -> None:
    item = {"metadata": {"name": "x", "labels": {f"{LABEL}enforce": "strict"}}}
    found = await refusal(PodSecurity(World()), request(item, "namespaces"))
    assert found == (
        'Namespace "x" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: '
        'Invalid value: "strict": must be one of privileged, baseline, restricted'
    )


async def test_a_stricter_namespace_tells_of_its_pods() -> None:
    there = World()
    for name in ("b", "a", "c"):
        there.put("pods", pod(name, hostPID=True))
    old = {"metadata": {"name": "lab"}}
    new = {"metadata": {"name": "lab", "labels": {f"{LABEL}enforce": "baseline"}}}
    asked = request(new, "namespaces", "UPDATE", old)
    assert await refusal(PodSecurity(there), asked) == ""
    assert asked.warnings == [
        'existing pods in namespace "lab" violate the new PodSecurity enforce level '
        '"baseline:latest"',
        "a (and 2 other pods): host namespaces",
    ]


async def test_exempt_users_do_as_they_like() -> None:
    plugin = PodSecurity(world(enforce="restricted"), exemptions=Exemptions(["kubernetes-admin"]))
    asked = request(pod())
    assert await refusal(plugin, asked) == ""
    assert asked.annotations == {f"{LABEL}exempt": "user"}


async def test_only_updates_that_matter_are_judged() -> None:
    plugin, old = PodSecurity(world(enforce="restricted")), pod()
    new = {**pod(), "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    assert await refusal(plugin, request(new, "pods", "UPDATE", old)) == ""
    new = pod(containers=[{"name": "c", "image": "other"}])
    assert "violates" in await refusal(plugin, request(new, "pods", "UPDATE", old))
