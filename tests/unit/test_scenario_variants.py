"""Same scenario and seed, same incident; placeholders become what the seed says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from breakfix.errors import ScenarioError, UsageError
from breakfix.scenario import variants
from breakfix.scenario.variants import choices, new_seed, render, source
from tests.unit.scenario_pack import example


def test_choices_are_the_same_in_every_version_and_process(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    assert choices(loaded, "7F3K") == {"victim": "catalog", "port": 8082}
    assert choices(loaded, "7F3M") == {"victim": "db", "port": 8088}


def test_case_does_not_matter(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    assert choices(loaded, "7f3k") == choices(loaded, "7F3K")


def test_seeds_reach_every_value(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    drawn = [choices(loaded, f"S{i}") for i in range(100)]
    assert {d["victim"] for d in drawn} == {"catalog", "db"}
    assert {d["port"] for d in drawn} == set(range(8080, 8090))


def test_a_parameter_more_does_not_move_the_others(tmp_path: Path) -> None:
    one = example(tmp_path / "one")
    two = example(tmp_path / "two", "    victim:", "    also: {oneOf: [a, b]}\n    victim:")
    assert choices(two, "7F3K")["victim"] == choices(one, "7F3K")["victim"]


def test_placeholders_are_filled_in_everywhere(tmp_path: Path) -> None:
    scenario = render(example(tmp_path), "7F3K", {})
    edit, check = scenario.spec.fault[0].edit, scenario.spec.checks[2].dns
    assert edit is not None
    assert edit.text == "    rewrite name catalog.shop.svc catalog.shop-old.svc\n"
    assert check is not None
    assert check.name == "catalog.shop.svc.cluster.local"


def test_a_number_alone_stays_a_number(tmp_path: Path) -> None:
    patch = render(example(tmp_path), "7F3K", {}).spec.fault[2].patch
    assert patch is not None
    assert patch.merge == {"spec": {"ports": [{"port": 8082, "name": "p8082"}]}}


def test_facts_of_the_cluster_are_filled_in(tmp_path: Path) -> None:
    loaded = example(tmp_path, "every product list is empty", "see {{cluster.domain}}")
    assert "see cluster.test" in render(loaded, "A", {"domain": "cluster.test"}).spec.brief
    assert "see cluster-domain" in loaded.scenario.spec.brief


def test_a_fact_that_the_cluster_lacks_is_an_error(tmp_path: Path) -> None:
    loaded = example(tmp_path, "every product list is empty", "see {{cluster.domian}}")
    with pytest.raises(ScenarioError) as caught:
        render(loaded, "A", {"domain": "cluster.test"})
    assert caught.value.message == (
        "s.yaml:11:10: spec.brief: unknown placeholder {{cluster.domian}}; "
        "did you mean 'cluster.domain'?"
    )


def test_templates_of_other_languages_are_left_alone(tmp_path: Path) -> None:
    text = "{{.items}} {{range .x}}{{end}} {{ $labels.job }}"
    loaded = example(tmp_path, "every product list is empty", text)
    assert text in render(loaded, "A", {}).spec.brief


def test_a_value_is_not_filled_in_twice(tmp_path: Path) -> None:
    loaded = example(tmp_path, "oneOf: [catalog, db]", "oneOf: ['{{port}}']")
    edit = render(loaded, "A", {}).spec.fault[0].edit
    assert edit is not None
    assert edit.text.startswith("    rewrite name {{port}}.shop.svc")


def test_manifests_see_the_same_choices(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    assert source(loaded, "7F3K", {}).values.parameters == choices(loaded, "7f3k")


@pytest.mark.parametrize("seed", ["", " ", "a b", "ä", "x" * 33, "7F3K\n"])
def test_what_is_not_a_seed_is_refused(tmp_path: Path, seed: str) -> None:
    with pytest.raises(UsageError, match="is not a seed"):
        choices(example(tmp_path), seed)


def test_a_new_seed_is_four_characters_without_lookalikes() -> None:
    seeds = {new_seed(random.Random(i)) for i in range(200)}  # noqa: S311 - a seed is no secret
    assert len(seeds) > 150
    assert {len(seed) for seed in seeds} == {4}
    assert set("".join(seeds)) <= set(variants.ALPHABET)
    assert not set("ILOU") & set(variants.ALPHABET)
