"""Packs: scenarios found by name; a broken one does not take the others away."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.errors import ScenarioError, UsageError
from breakfix.scenario import pack
from breakfix.scenario.pack import Catalogue, builtin_pack, load_file
from breakfix.settings import Settings
from tests.unit.scenario_pack import EXAMPLE, write_pack


def test_scenarios_are_found_with_and_without_a_track(tmp_path: Path) -> None:
    write_pack(tmp_path)
    folder = tmp_path / "scenarios" / "second"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(EXAMPLE.replace("a-lost-name", "second"))
    assert Catalogue([tmp_path]).names() == ("a-lost-name", "second")


def test_a_loaded_scenario_knows_its_places(tmp_path: Path) -> None:
    path = write_pack(tmp_path)
    loaded = Catalogue([tmp_path]).get("a-lost-name")
    assert (loaded.path, loaded.folder, loaded.root) == (path, path.parent, tmp_path)
    assert loaded.document.where == "scenarios/dns/a-lost-name/scenario.yaml"
    assert loaded.scenario.metadata.title == "The shop cannot find its catalogue"


def test_a_wrong_name_is_corrected(tmp_path: Path) -> None:
    write_pack(tmp_path)
    with pytest.raises(UsageError) as caught:
        Catalogue([tmp_path]).get("a-lost-nam")
    assert caught.value.message == (
        "there is no scenario 'a-lost-nam'; did you mean 'a-lost-name'?"
    )
    assert caught.value.hint == "`breakfix list` shows all scenarios."


def test_a_broken_scenario_is_a_problem_of_its_own(tmp_path: Path) -> None:
    write_pack(tmp_path)
    write_pack(tmp_path, "apiVersion: [", name="broken")
    catalogue = Catalogue([tmp_path])
    assert catalogue.names() == ("a-lost-name",)
    (problem,) = catalogue.problems
    assert problem.message.startswith("scenarios/dns/broken/scenario.yaml:2:1: this is not YAML")
    with pytest.raises(ScenarioError):
        catalogue.get("broken")


def test_two_scenarios_of_one_name_are_a_problem(tmp_path: Path) -> None:
    write_pack(tmp_path)
    write_pack(tmp_path, name="copy")
    (problem,) = Catalogue([tmp_path]).problems
    assert problem.message == (
        "scenarios/dns/copy/scenario.yaml: the name 'a-lost-name' is taken by "
        "scenarios/dns/a-lost-name/scenario.yaml"
    )


def test_a_folder_that_is_no_pack_is_a_problem(tmp_path: Path) -> None:
    write_pack(tmp_path / "good")
    catalogue = Catalogue([tmp_path / "good", tmp_path / "none"])
    assert len(catalogue.all()) == 1
    assert [problem.message for problem in catalogue.problems] == [
        f"{tmp_path / 'none'}: this is not a pack: it has no folder scenarios/"
    ]


def test_another_pack_shows_its_whole_paths(tmp_path: Path) -> None:
    write_pack(tmp_path / "one")
    path = write_pack(tmp_path / "two", EXAMPLE.replace("a-lost-name", "two"), name="two")
    loaded = Catalogue([tmp_path / "one", tmp_path / "two"]).get("two")
    assert loaded.document.where == str(path)
    assert loaded.roots == (tmp_path / "two", tmp_path / "one")


def test_links_are_told_by_title_and_address(tmp_path: Path) -> None:
    write_pack(tmp_path)
    assert Catalogue([tmp_path]).links(["dns-debugging", "none"]) == (
        ("Debugging DNS resolution", "https://kubernetes.io/docs/"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\n", "scenarios/links.yaml:1:4: a: expected title and url, and nothing else"),
        ("a: {title: 1, url: https://x}\n", "scenarios/links.yaml:1:4: a: title and url are text"),
        ("a: {title: A, url: http://x}\n", "scenarios/links.yaml:1:20: a.url: expected https://..."),
        ("- a\n", "scenarios/links.yaml:1:1: expected keys and values"),
    ],
)  # fmt: skip
def test_broken_links_are_a_problem(tmp_path: Path, text: str, message: str) -> None:
    write_pack(tmp_path)
    (tmp_path / "scenarios" / "links.yaml").write_text(text)
    catalogue = Catalogue([tmp_path])
    assert [problem.message for problem in catalogue.problems] == [message]
    assert catalogue.names() == ("a-lost-name",)


def test_the_builtin_pack_is_the_checkout(tmp_path: Path) -> None:
    assert (builtin_pack() / "scenarios").is_dir()
    extra = Settings(data_dir=tmp_path, extra_packs=(tmp_path,))
    assert pack.catalogue(extra)._roots == (builtin_pack(), tmp_path)


def test_an_installed_pack_is_inside_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(tmp_path / "pack")
    monkeypatch.setattr(pack, "files", lambda _: tmp_path)
    assert builtin_pack() == tmp_path / "pack"


def test_a_scenario_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = write_pack(tmp_path)
    assert load_file(path.parent).root == tmp_path
    assert load_file(path).name == "a-lost-name"
