"""Preferences outlive the program; damage costs nothing but them."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.tui.preferences import FILE, Preferences, PreferencesFile


def test_what_was_set_is_there_again_and_the_rest_is_kept(tmp_path: Path) -> None:
    PreferencesFile(tmp_path).change(theme="breakfix-light")
    PreferencesFile(tmp_path).change(keys={"round.verify": "v,f2"})
    found = PreferencesFile(tmp_path).read()
    assert found == Preferences(theme="breakfix-light", keys={"round.verify": "v,f2"})
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 7, "unheard": 1, "keys": []}', "\x00"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert PreferencesFile(tmp_path).read() == Preferences()
