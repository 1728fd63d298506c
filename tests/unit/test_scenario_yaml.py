"""YAML files become plain data with positions; broken ones a message with a place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from breakfix.errors import ScenarioError
from breakfix.scenario.loading import read
from breakfix.scenario.positions import Document, single
from breakfix.scenario.reading import decode, read_text
from breakfix.scenario.yaml_tree import Mark

NO_NUMBER = "is not a number that Kubernetes can hold; quote it if it is text"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]" for i in range(8)
)


def parsed(content: bytes) -> Document:
    return single(decode(content, "s.yaml"), "s.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "s.yaml:1:1: the file is empty"),
        (b"# only a comment\n", "s.yaml:1:1: the file is empty"),
        (b"---\n---\n", "s.yaml:1:1: the file is empty"),
        (b"a: 1\n---\nb: 2\n", "s.yaml:3:1: a second document; a scenario is one"),
        (b"- a\n", "s.yaml:1:1: expected keys and values at the top of the file"),
        (b"a: 1\nb: 2\na: 3\n", "s.yaml:3:1: key 'a' is given twice (first in line 1)"),
        (b"a:\n\tb: 1\n", "s.yaml:2:1: found a tab; YAML is indented with spaces"),
        (b"a: *b\n", "s.yaml:1:4: alias *b has no anchor &b that ends before it"),
        (b"a: &a [*a]\n", "s.yaml:1:8: alias *a has no anchor &a that ends before it"),
        (b"a: !!python/object:os.x {}\n",
         "s.yaml:1:4: the tag !!python/object:os.x is not allowed here"),
        (b"a: !!int '3'\n", "s.yaml:1:4: the tag !!int is not allowed here"),
        (b"1: x\n", "s.yaml:1:1: a key must be text"),
        (b"a: {[b]: c}\n", "s.yaml:1:5: a key must be text"),
        (b"a: .inf\n", f"s.yaml:1:4: .inf {NO_NUMBER}"),
        (b"a: 9223372036854775808\n", f"s.yaml:1:4: 9223372036854775808 {NO_NUMBER}"),
        (b"a: 1\nb: x\x07\n", "s.yaml:2:5: found the control character U+0007"),
        (b"a: 1\nb: \xff\n", "s.yaml:2:4: byte 0xff is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "s.yaml: this is UTF-16, not UTF-8"),
        (b"a: " + b"[" * 200_000, "s.yaml:1:104: nested more than 100 levels deep"),
        (LAUGHS.encode(), "s.yaml:1:35: more than 100000 values, aliases expanded"),
        (b"a: {<<: 3}\n", "s.yaml:1:9: << takes keys and values to merge"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parsed(content)
    assert caught.value.message == message


def test_a_syntax_error_keeps_the_parsers_words() -> None:
    with pytest.raises(ScenarioError, match=r"^s\.yaml:1:6: this is not YAML: while scanning"):
        parsed(b"a: 'x")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14:02", "14:02"),
        ("2024-01-01", "2024-01-01"),
        ("0644", 420),
        ("0x1F", 31),
        ("1_000", 1000),
        ("-5", -5),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("08", "08"),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("-", [None]),
    ],
)
def test_plain_values_are_read_as_kubernetes_reads_them(text: str, value: Any) -> None:
    assert parsed(f"a:\n  {text}\n".encode()).data == {"a": value}


def test_windows_line_ends_and_a_byte_order_mark_are_accepted() -> None:
    document = parsed(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: |\r\n    x\r\n")
    assert document.data == {"a": 1, "b": {"c": "x\n"}}
    assert document.mark(("b", "c"), key=True) == Mark(3, 3)


def test_aliases_and_merges_are_expanded() -> None:
    document = parsed(b"a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, c: 3}\n")
    assert document.data["d"] == {"b": 1, "c": 2}
    assert document.data["e"] == {"c": 3, "b": 1}


def test_a_missing_place_is_shown_at_what_is_around_it() -> None:
    document = parsed(b"a:\n  - b: 1\n")
    assert document.mark(("a", 0, "nope", 3)) == Mark(2, 5)


def test_a_file_over_the_bound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ScenarioError, match=r"^s\.yaml: larger than 1 MiB$"):
        read_text(path, "s.yaml")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^s\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml", "s.yaml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match=r"^s\.yaml: this is not a file$"):
        read_text(tmp_path / "pipe", "s.yaml")
