"""Each mistake in a scenario is said in plain words, at its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.errors import ScenarioError
from tests.unit.scenario_pack import EXAMPLE, example

KINDS = "http, tcp, dns, object, objects, ready, bound, admission, can, logs, event, unchanged"
STEPS = "apply, patch, edit, delete, scale, restart, wait"
RESTART = "restart: {kind: Deployment, namespace: kube-system, name: coredns}"


def mistakes(root: Path, old: str, new: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        example(root, old, new)
    return caught.value.message.splitlines()


def position(old: str, new: str) -> str:
    """`line:column` of the mark ^^ in the changed example."""
    before = EXAMPLE.replace(old, new, 1).partition("^^")[0]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("http: {from", "^^htpp: {from",
         "spec.baseline[0].htpp: unknown key; did you mean 'http'?"),
        ("onEks:", "^^on_eks:",
         "spec.debrief.on_eks: unknown key; did you mean 'onEks'?"),
        ("par: 6m,", "par: 6m, ^^zzz: 1,",
         "spec.time.zzz: unknown key; known here: limit, par"),
        ("apiVersion: breakfix.dev/v1", "apiVersion: ^^breakfix.dev/v2",
         "apiVersion: found 'breakfix.dev/v2'; expected 'breakfix.dev/v1'"),
        ("name: a-lost-name", "name: ^^A_Lost",
         "metadata.name: found 'A_Lost'; expected lower-case letters, digits and dashes, "
         "at most 63"),
        ("name: a-lost-name", "name: ^^'{{victim}}'",
         "metadata.name: found '{{victim}}'; expected lower-case letters, digits and dashes, "
         "at most 63"),
        ("title: The shop cannot find its catalogue", "title: ^^5",
         "metadata.title: found 5; expected text"),
        ("title: The shop cannot find its catalogue", "title: ^^yes",
         "metadata.title: found the truth value true (text needs quotes); expected text"),
        ("title: The shop cannot find its catalogue", "title: ^^''",
         "metadata.title: found ''; expected some text"),
        ("title: The shop cannot find its catalogue", "title:^^",
         "metadata.title: found nothing; expected text"),
        ("difficulty: 2", "difficulty: ^^6",
         "metadata.difficulty: found 6; expected at most 5"),
        ("difficulty: 2", "difficulty: ^^'2'",
         "metadata.difficulty: found '2'; expected a whole number"),
        ("difficulty: 2", "difficulty: ^^1.5",
         "metadata.difficulty: found 1.5; expected a whole number"),
        ("tracks: [dns]", "tracks: ^^dns",
         "metadata.tracks: found 'dns'; expected a list"),
        ("tracks: [dns]", "tracks: ^^[]",
         "metadata.tracks: found a list of 0; expected at least 1"),
        ("time: {par: 6m, limit: 20m}", "time: ^^{par: 6m, limit: 2m}",
         "spec.time: limit must be longer than par"),
        ("time: {par: 6m, limit: 20m}", "time: ^^[6m, 20m]",
         "spec.time: found a list of 2; expected keys and values"),
        ("par: 6m,", "par: ^^soon,",
         "spec.time.par: 'soon' is not a duration such as 500ms, 90s, 6m or 1h30m"),
        ("limit: 20m", "limit: ^^25h",
         "spec.time.limit: found '25h'; expected at most 86400"),
        ("from: deployment/load, name: front", "from: ^^load, name: front",
         "spec.baseline[1].dns.from: found 'load'; expected [NAMESPACE/]KIND/NAME, "
         "as in deployment/load"),
        ("- name: Other names resolve", "- ^^ready: deployment/front\n      name: Two",
         f"spec.baseline[1]: give exactly one of {KINDS}; found dns and ready"),
        ("- use: Other names resolve", "- ^^{use: Other names resolve, name: x}",
         "spec.checks[1]: 'use' stands alone"),
        (f"- {RESTART}\n    - patch", "- ^^{}\n    - patch",
         f"spec.fault[1]: give exactly one of {STEPS}; found none"),
        ("apply: cheats/shop-old.yaml", "apply: ^^3",
         "spec.proof.cheats[2].steps[0].apply: found 3; expected text or a list"),
        ("apply: cheats/shop-old.yaml", "apply: [^^3]",
         "spec.proof.cheats[2].steps[0].apply[0]: found 3; expected keys and values"),
        ("evidence: describe", "evidence: ^^desribe",
         "spec.hints[3].evidence: found 'desribe'; expected 'events', 'describe', "
         "'logs', 'debug', 'yaml', 'explanation' or 'solution'; did you mean 'describe'?"),
        ("{is: CoreDNS", "^^{is: coredns",
         "spec.diagnosis.component: 'is' ('coredns') must be one of 'among'"),
        ("oneOf: [catalog, db]", "oneOf: [^^true]",
         "spec.parameters.victim.oneOf[0]: found the truth value true (text needs quotes); "
         "expected text or a whole number"),
        ("port: {range: [8080, 8089]}", "port: ^^{range: [9, 1]}",
         "spec.parameters.port: range goes from low to high, over at most 100000 numbers"),
        ("port: {range: [8080, 8089]}", "port: {range: ^^[1]}",
         "spec.parameters.port.range[1]: missing; it is needed here"),
        ("    onEks: CoreDNS is an add-on there.\n    links", "    links",
         "spec.debrief.onEks: missing; it is needed here"),
        ("port: {range: [8080, 8089]}", "^^a b: {range: [1, 2]}",
         "spec.parameters.a b: found 'a b'; expected a word of letters, digits, _ and -, "
         "as in victim"),
        ('"{{victim}}.shop.svc.cluster', '^^"{{victm}}.shop.svc.cluster',
         "spec.checks[2].dns.name: unknown placeholder {{victm}}; did you mean 'victim'?"),
        ("{spec: {ports", "{^^'{{victim}}': 1, spec: {ports",
         "spec.fault[2].patch.merge.{{victim}}: a placeholder cannot stand in a key"),
        ('"kubectl -n shop get events"', '^^"rm -rf /"',
         "spec.hints[0].run: it runs kubectl, nothing else"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_at_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = mistakes(tmp_path, old, new.replace("^^", ""))
    if "^^" in new:
        assert f"s.yaml:{position(old, new)}: {message}" in found
    else:
        assert [line.split(": ", 1)[1] for line in found] == [message]


def test_the_whole_line_reads_like_a_compilers(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "difficulty: 2", "difficulty: 9") == [
        "s.yaml:7:15: metadata.difficulty: found 9; expected at most 5"
    ]


def test_a_missing_key_is_said_where_it_belongs(tmp_path: Path) -> None:
    line = position("    why: CoreDNS answers", "    ^^why: CoreDNS answers")
    assert mistakes(tmp_path, "    onEks: CoreDNS is an add-on there.\n", "") == [
        f"s.yaml:{line}: spec.debrief.onEks: missing; it is needed here"
    ]


def test_all_mistakes_are_listed_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = EXAMPLE.replace("difficulty: 2", "difficulty: 9").replace("{{victim}}", "{{who}}")
    lines = [int(line.split(":")[1]) for line in mistakes(tmp_path, EXAMPLE, text)]
    assert len(lines) == 4
    assert lines == sorted(lines)


def test_a_bad_item_does_not_make_its_list_too_short(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "failing: [Customers get products]", "failing: [7]")
    assert [line.split(": ", 1)[1] for line in found] == [
        "spec.symptom.failing[0]: found 7; expected text"
    ]


def test_the_hint_names_the_format(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        example(tmp_path, "difficulty: 2", "difficulty: 9")
    assert "breakfix scenario schema" in caught.value.hint
