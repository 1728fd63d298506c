"""Invariants of seeds, of what hints may run, and of CEL."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.errors import ScenarioError
from breakfix.scenario.cel import compile, evaluate
from breakfix.scenario.hint_commands import harmless
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.variants import choices, render
from tests.unit.scenario_pack import example

SEEDS = st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    root: Path = tmp_path_factory.mktemp("pack")
    return example(root)


@given(seed=SEEDS)
def test_a_seed_always_gives_the_same(loaded: LoadedScenario, seed: str) -> None:
    assert render(loaded, seed, {}) == render(loaded, seed.swapcase(), {})


@given(seed=SEEDS)
def test_choices_are_among_the_values(loaded: LoadedScenario, seed: str) -> None:
    found = choices(loaded, seed)
    assert found["victim"] in ("catalog", "db")
    assert found["port"] in range(8080, 8090)


@given(st.text("kubectl get -n'\"|;$(){}`\\!x\n&<> ", max_size=30))
def test_an_accepted_command_is_words_for_kubectl(rest: str) -> None:
    try:
        text = harmless("kubectl get " + rest)
    except ValueError:
        return
    assert shlex.split(text)[:2] == ["kubectl", "get"] or text.startswith("kubectl get")
    assert "\n" not in text


@given(
    st.sampled_from(["object.a == 1", "object.a.b.c > 'x'", "object.all(k, object[k] == 1)"])
    | st.text("object.ab[]()!=<>'1 ", max_size=15),
    JSON,
)
def test_cel_answers_or_says_why(text: str, value: Any) -> None:
    try:
        program = compile(text, "object")
    except ScenarioError:
        return
    assert isinstance(evaluate(program, value), (bool, str))
