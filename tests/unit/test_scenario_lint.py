"""Lint: one finding for each promise that a scenario breaks, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.scenario.lint import lint, variants
from tests.unit.scenario_pack import EXAMPLE, example


def findings(root: Path, old: str = "", new: str = "") -> list[str]:
    return [str(f).partition(": ")[2] for f in lint(example(root, old, new))]


def test_the_example_is_clean(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("    - use: Other names resolve", "    - use: Other name resolve",
         "error: spec.checks[1].use: no check is named 'Other name resolve'; "
         "did you mean 'Other names resolve'?"),
        ("failing: [Customers get products]", "failing: [Nothing works]",
         "error: spec.symptom.failing[0]: no check is named 'Nothing works'; known here: "
         "CoreDNS serves with two replicas, Customers get products, Other names resolve, "
         "The catalogue resolves by its own name, The shop's own objects are as they were"),
        ("    - use: Customers get products\n", "",
         "error: spec.symptom.failing[0]: 'Customers get products' fails, but no fix is asked to "
         "bring it back"),
        ("passing: [Other names resolve]", "passing: [Customers get products]",
         "error: spec.symptom.passing[0]: 'Customers get products' is to pass and to fail"),
        ("- name: CoreDNS serves with two replicas", "- name: Other names resolve",
         "error: spec.guards[0].name: another check is named 'Other names resolve' already"),
        ("caughtBy: [CoreDNS serves with two replicas]", "caughtBy: [CoreDNS serves]",
         "error: spec.proof.cheats[3].caughtBy[0]: no check or guard is named 'CoreDNS serves'; "
         "did you mean 'CoreDNS serves with two replicas'?"),
        ("tracks: [dns]", "tracks: [dsn]",
         "error: metadata.tracks[0]: unknown track 'dsn'; did you mean 'dns'?"),
        ("requires: [kube-system-write]", "requires: [kube-system-writes]",
         "error: spec.requires[0]: unknown capability 'kube-system-writes'; "
         "did you mean 'kube-system-write'?"),
        ("links: [dns-debugging]", "links: [dns-debuging]",
         "error: spec.debrief.links[0]: scenarios/links.yaml has no link 'dns-debuging'; "
         "did you mean 'dns-debugging'?"),
        ("    victim:", "    idle: {oneOf: [a]}\n    victim:",
         "warning: spec.parameters.idle: the parameter 'idle' is used nowhere"),
        ("name: a-lost-name", "name: other",
         "warning: metadata.name: the folder is named 'a-lost-name', not 'other'"),
        ("evidence: events", "evidence: yaml", "error: spec.hints: the ladder lacks events"),
        ("    - {evidence: explanation, price: 40, say: A rewrite sends the name elsewhere}\n", "",
         "error: spec.hints: 4 hints; a ladder has at least 5"),
        ("price: 20", "price: 12",
         "warning: spec.hints[3].price: costs 12, less than the hint before it (15)"),
        (', run: "kubectl -n shop get events"', "",
         "warning: spec.hints[0]: no command shows the events"),
        ("    oneCommand:\n      run: kubectl -n kube-system get configmap coredns -o yaml\n"
         '      shows: shop-old.svc\n', "",
         "warning: spec.debrief: no oneCommand shows the cause"),
        ("run: kubectl -n kube-system get configmap coredns -o yaml\n      shows",
         "run: kubectl -n shop logs POD\n      shows",
         "error: spec.debrief.oneCommand.run: POD is to be replaced by the learner"),
        ("kind: correct the rule", "kind: remove the rule",
         "error: spec.proof.fixes: all fixes are of one kind"),
        ("        kind: correct the rule\n", "",
         "error: spec.proof.fixes[1]: kind is missing"),
        ("steps: [], caughtBy", "steps: [{apply: cheats/shop-old.yaml}], caughtBy",
         "error: spec.proof.cheats: no cheat does nothing"),
        (", caughtBy: [Customers get products]", "",
         "warning: spec.proof.cheats[0]: nothing is named that catches 'nothing at all'"),
        ("name: take CoreDNS down", "name: nothing at all",
         "error: spec.proof.cheats[3].name: another of the cheats is named 'nothing at all' "
         "already"),
        ("every product list is empty", "coredns looks busy",
         "warning: spec.brief: names 'CoreDNS', an answer of the diagnosis"),
        ("title: The shop cannot find its catalogue", "title: A wrong rewrite rule",
         "warning: metadata.title: names 'wrong rewrite rule', an answer of the diagnosis"),
        ("kube-proxy, NetworkPolicy", "kube-proxy, kube-proxy",
         "error: spec.diagnosis.component.among[2]: 'kube-proxy' is given twice"),
        ("base: [manifests/shop]", "base: [manifests/shop, manifests/none]",
         "error: spec.base[1]: manifests/none: there is no such file or folder in the pack"),
        ("apply: cheats/shop-old.yaml", "apply: cheats/new.yaml",
         "error: spec.proof.cheats[2].steps[0].apply: cheats/new.yaml: there is no such file or "
         "folder beside the scenario"),
        ("{apply: cheats/shop-old.yaml}", "{apply: [{kind: Pod, apiVersion: v1}]}",
         "error: spec.proof.cheats[2].steps[0].apply: [0].metadata.name: missing; "
         "it is needed here"),
        ("cel: object.status.readyReplicas >= 2", "cel: objects.size() > 1",
         "error: spec.guards[0].cel: CEL: line 1, column 1: undeclared reference to 'objects'"),
        ('remove: "(?m)^ *rewrite', 'remove: "(^ *rewrite',
         "error: spec.proof.fixes[0].steps[0].edit.remove: not a regular expression: missing ), "
         "unterminated subpattern at position 0"),
        ("  base: [", "  namespace: shop2\n  base: [",
         "error: spec.namespace: the base makes no namespace 'shop2'"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_found(tmp_path: Path, old: str, new: str, finding: str) -> None:
    assert finding in findings(tmp_path, old, new)


def test_a_namespace_that_the_base_does_not_make(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    shop = tmp_path / "manifests" / "shop" / "front.yaml"
    shop.write_text(shop.read_text().replace("namespace: shop", "namespace: shopp"))
    (found,) = lint(loaded)
    assert found.message == (
        "Deployment front is in namespace 'shopp', which the base does not make"
    )
    assert (found.severity, found.path) == ("error", "spec.base")


def test_a_finding_has_file_line_and_column(tmp_path: Path) -> None:
    (found,) = lint(example(tmp_path, "tracks: [dns]", "tracks: [dsn]"))
    assert str(found).startswith("s.yaml:6:12: error: metadata.tracks[0]: unknown track")


def test_a_variant_that_is_not_valid_is_found(tmp_path: Path) -> None:
    text = EXAMPLE.replace("from: deployment/load, name: front", "from: '{{place}}', name: front")
    text = text.replace("    victim:", "    place: {oneOf: [pod/a, nowhere]}\n    victim:")
    found = lint(example(tmp_path, EXAMPLE, text))
    assert {f.message.partition(",")[0] for f in found} == {"with place=nowhere"}


def test_variants_are_bounded(tmp_path: Path) -> None:
    assert len(list(variants(example(tmp_path / "a")))) == 20
    wide = example(tmp_path / "b", "[8080, 8089]", "[8000, 8999]")
    assert len(list(variants(wide))) == 2 + 64


def test_a_parameter_may_be_used_in_a_manifest_only(tmp_path: Path) -> None:
    loaded = example(tmp_path, "    victim:", "    idle: {oneOf: [a]}\n    victim:")
    with (tmp_path / "manifests" / "shop" / "front.yaml").open("a") as file:
        file.write("---\n{apiVersion: v1, kind: Secret, metadata: {name: '{{idle}}'}}\n")
    assert lint(loaded) == ()
