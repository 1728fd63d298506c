"""Whatever a scenario file holds: a scenario, or one of our errors; and true positions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakfix.errors import UsageError
from breakfix.scenario.loading import LoadedScenario, load
from breakfix.scenario.positions import Place, single
from tests.unit.scenario_pack import EXAMPLE

KEYS = st.text("abcxyz-_ é", min_size=1, max_size=8)
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029")
TEXTS = st.text(CHARACTERS, max_size=12).map(lambda text: f"t{text}")
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
DATA = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
PLACES = sorted(single(EXAMPLE, "s.yaml").values, key=str)
TOKENS = st.sampled_from(
    [b"a: ", b"- ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!!x ", b"'", b'"', b"|\n", b"\n",
     b"  ", b"\t", b"#", b"---\n", b"...\n", b"<<: ", b"? ", b"%YAML 1.1\n", b"\xff",
     b"\xef\xbb\xbf", b"0x", b"\\ud800", b"{{a}}", b"spec:", b"kind: Scenario\n"]
)  # fmt: skip
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def outcome(folder: Path, content: bytes) -> LoadedScenario | UsageError:
    path = folder / "scenario.yaml"
    path.write_bytes(content)
    try:
        return load(path, shown="s.yaml")
    except UsageError as error:
        return error


@SHARED
@given(st.binary(max_size=200) | st.lists(TOKENS, max_size=30).map(b"".join))
def test_any_bytes_are_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    found = outcome(tmp_path, content)
    assert isinstance(found, UsageError)
    assert found.message.startswith("s.yaml:")


@SHARED
@given(st.sampled_from(PLACES), DATA)
def test_any_value_in_any_place_is_valid_or_an_error_of_ours(
    tmp_path: Path, place: Place, value: Any
) -> None:
    content = json.dumps(_with(single(EXAMPLE, "s.yaml").data, place, value)).encode()
    found = outcome(tmp_path, content)
    if isinstance(found, UsageError):
        for line in found.message.split("\n"):
            assert re.match(r"s\.yaml:\d+:\d+: \S", line)


@SHARED
@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 40), st.text(max_size=5))
def test_any_edit_of_a_scenario_is_valid_or_an_error_of_ours(
    tmp_path: Path, at: int, length: int, text: str
) -> None:
    content = EXAMPLE[:at] + text + EXAMPLE[at + length :]
    outcome(tmp_path, content.encode())


@given(st.dictionaries(KEYS, DATA, max_size=5), st.booleans())
def test_positions_are_where_the_values_are(data: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, width=40)
    if not data:
        return
    document = single(text, "s.yaml")
    lines = text.split("\n")
    for place, mark in document.keys.items():
        rest = lines[mark.line - 1][mark.column - 1 :]
        assert rest.startswith((str(place[-1]), "'", '"', "? "))
    for place, mark in document.values.items():
        assert _at(data, place) == _at(document.data, place)
        assert mark.line <= len(lines)


def _at(data: Any, place: Place) -> Any:
    for part in place:
        data = data[part]
    return data


def _with(data: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    first, *rest = place
    changed: Any = list(data) if isinstance(data, list) else dict(data)
    changed[first] = _with(data[first], tuple(rest), value)
    return changed
