"""What the command line says of proofs on one cluster and on several."""

from __future__ import annotations

from breakfix.cli.proving import differences, report
from breakfix.game.prove import Kind, Verdict


def verdict(name: str, ok: bool, kind: Kind = "cheat", seen: str = "all hold") -> Verdict:
    return Verdict("dns-one", kind, name, ok, seen, 1.0)


BOTH = [verdict("healthy", True, "baseline"), verdict("restart", True)]


def test_clusters_that_agree_say_so() -> None:
    found = {"embedded": BOTH, "kind": BOTH}
    assert differences(found) == []
    assert report(found).splitlines()[-1] == "The clusters agree in every case."


def test_one_cluster_is_compared_with_none() -> None:
    lines = report({"embedded": BOTH}).splitlines()
    assert len(lines) == 2
    assert lines[1].split()[:2] == ["dns-one", "1/1"]


def test_a_verdict_that_differs_is_named_with_what_was_seen() -> None:
    found = {"embedded": BOTH, "kind": [BOTH[0], verdict("restart", False)]}
    assert differences(found) == [
        "dns-one, cheat 'restart': embedded: as it must be; kind: wrong (all hold)"
    ]
    assert report(found).splitlines()[-1] == differences(found)[0]


def test_two_that_are_wrong_in_other_words_agree() -> None:
    found = {
        "embedded": [verdict("restart", False, seen="a: 502")],
        "kind": [verdict("restart", False, seen="a: 503")],
    }
    assert differences(found) == []


def test_a_case_that_one_cluster_never_came_to_is_a_difference() -> None:
    (line,) = differences({"embedded": BOTH, "kind": BOTH[:1]})
    assert line.endswith("embedded: as it must be; kind: not tried")


def test_putting_a_whole_cluster_back_is_not_compared() -> None:
    whole = Verdict("all", "restore", "the bare cluster", True, "nothing left behind", 1.0)
    assert differences({"embedded": BOTH, "kind": [*BOTH, whole]}) == []
