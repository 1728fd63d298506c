"""A fix for people: each of its steps in words, and as a command that does the same."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import yaml

from breakfix.clusters.base import Object
from breakfix.errors import ScenarioError
from breakfix.game.model import Change, Repair
from breakfix.game.repairs import repairs
from breakfix.scenario.spec import Case, Scenario
from breakfix.scenario.steps_spec import Step
from tests.tui.samples import dns

CONFIG: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "front"}}


def fixes(*steps: dict[str, Any], changes: tuple[Change, ...] = ()) -> Repair:
    """The fix with these steps."""
    scenario: Scenario = dns()
    case = Case(name="a fix", steps=tuple(Step.model_validate(step) for step in steps))
    proof = scenario.spec.proof.model_copy(update={"fixes": (case,)})
    spec = scenario.spec.model_copy(update={"proof": proof})
    return repairs(spec, tuple, changes)[0]


def told(step: dict[str, Any]) -> tuple[str, str]:
    """Words and command of one step."""
    (found,) = fixes(step).steps
    return found.text, found.command


POD = {"spec": {"template": {"spec": {"dnsPolicy": "ClusterFirst"}}}}
FRONT = {"kind": "Deployment", "name": "front"}
CORE = {"kind": "ConfigMap", "namespace": "kube-system", "name": "coredns"}


@pytest.mark.parametrize(
    ("step", "words", "command"),
    [
        ({"delete": {"kind": "PersistentVolume", "name": "v"}},
         "delete PersistentVolume v", "kubectl delete persistentvolume/v"),
        ({"delete": FRONT | {"keepDependents": True}},
         "delete Deployment shop/front",
         "kubectl -n shop delete deployment/front --cascade=orphan"),
        ({"scale": FRONT | {"replicas": 2}},
         "scale Deployment shop/front to 2", "kubectl -n shop scale deployment/front --replicas=2"),
        ({"restart": FRONT},
         "restart Deployment shop/front", "kubectl -n shop rollout restart deployment/front"),
        ({"wait": {"ready": "deployment/db"}},
         "wait until deployment/db is ready", "kubectl -n shop rollout status deployment/db"),
        ({"wait": {"ready": "guest/deployment/db"}},
         "wait until deployment/db is ready", "kubectl -n guest rollout status deployment/db"),
        ({"wait": {"bound": "data"}}, "wait until it has taken effect", ""),
        ({"edit": {"object": CORE, "field": "data.Corefile",
                   "remove": "(?m)^ *rewrite name .*\\n"}},
         "in data.Corefile of ConfigMap kube-system/coredns: take out “rewrite name …”",
         "kubectl -n kube-system edit configmap/coredns"),
        ({"edit": {"object": CORE, "field": "data.Corefile", "replace": "a", "with": "b"}},
         "in data.Corefile of ConfigMap kube-system/coredns: “a” becomes “b”",
         "kubectl -n kube-system edit configmap/coredns"),
        ({"edit": {"object": CORE, "field": "data.Corefile", "insertAfter": "ready",
                   "text": "\n  log"}},
         "in data.Corefile of ConfigMap kube-system/coredns: add “log” after “ready”",
         "kubectl -n kube-system edit configmap/coredns"),
    ],
)  # fmt: skip
def test_a_step_in_words_and_as_a_command(step: dict[str, Any], words: str, command: str) -> None:
    assert told(step) == (words, command)


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"merge": POD}, "set dnsPolicy to ClusterFirst"),
        ({"merge": {"spec": {"paused": None}}}, "take spec.paused out"),
        ({"merge": {"spec": {"list": [{"a": 1}]}}}, 'set spec.list to [{"a": 1}]'),
        ({"strategic": {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}}},
         "set spec.volumes[data].emptyDir to {}"),
        ({"strategic": {"spec": {"volumes": [{"$patch": "delete", "name": "data"}]}}},
         "take spec.volumes[data] out"),
        ({"json": [{"op": "remove", "path": "/spec/claimRef"}]}, "take spec.claimRef out"),
        ({"json": [{"op": "replace", "path": "/subjects/0/namespace", "value": "shop"}]},
         "set subjects[0].namespace to shop"),
        ({"merge": {"data": dict.fromkeys("abcdef", "1")}},
         "set data.a to 1; set data.b to 1; set data.c to 1; set data.d to 1; 2 more"),
    ],
)  # fmt: skip
def test_a_patch_field_by_field(patch: dict[str, Any], words: str) -> None:
    text, command = told({"patch": {"object": FRONT} | patch})
    assert text == f"in Deployment shop/front: {words}"
    ((how, body),) = patch.items()
    assert f"--type={how}" in command
    assert yaml.safe_load(shlex.split(command)[-1]) == body


def test_what_is_applied_is_named_and_can_be_pasted() -> None:
    words, command = told({"apply": [CONFIG]})
    assert words == "apply ConfigMap shop/front"
    head, *body, end = command.splitlines()
    assert (head, end) == ("kubectl -n shop apply -f - <<'EOF'", "EOF")
    assert yaml.safe_load("\n".join(body)) == CONFIG


def test_a_manifest_that_is_gone_leaves_the_step_in_words() -> None:
    def gone(_: object) -> tuple[Object, ...]:
        raise ScenarioError("fixes/x.yaml: there is no such file")

    case = Case(name="a fix", steps=(Step(apply="fixes/x.yaml"),))
    spec = dns().spec
    spec = spec.model_copy(update={"proof": spec.proof.model_copy(update={"fixes": (case,)})})
    (repair,) = repairs(spec, gone, ())
    assert [step.text for step in repair.steps] == ["apply fixes/x.yaml"]


def test_objects_that_the_learner_changed_too_are_counted() -> None:
    mine = (
        Change("changed", "ConfigMap", "kube-system", "coredns", ""),
        Change("changed", "Deployment", "shop", "catalog", ""),
    )
    edit = {"edit": {"object": CORE, "field": "data.Corefile", "remove": "x"}}
    assert fixes(edit, {"restart": FRONT}, changes=mine).shared == 1
