"""The lock: each line is a release of a package index, and every package asked for is in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


def locked() -> dict[str, Requirement]:
    return {canonicalize_name(each.name): each for each in map(Requirement, LINES)}


@pytest.mark.parametrize("line", LINES)
def test_a_line_names_one_release_and_no_place(line: str) -> None:
    each = Requirement(line)
    assert each.url is None, "a file or an address is not there on another machine"
    assert [s.operator for s in each.specifier] == ["=="]


@pytest.mark.parametrize("asked", ASKED)
def test_what_pyproject_asks_for_is_locked_within_its_bounds(asked: str) -> None:
    wanted = Requirement(asked)
    (exact,) = locked()[canonicalize_name(wanted.name)].specifier
    assert wanted.specifier.contains(exact.version)
