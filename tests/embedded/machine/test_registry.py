"""Each name of the table leads to a program."""

from __future__ import annotations

import inspect

import pytest

from breakfix.embedded.machine.images.program_table import APPLETS, KEPT, NATIVE, ON_TERM, PROGRAMS
from breakfix.embedded.machine.images.registry import APPLET, is_native, lookup


@pytest.mark.parametrize("name", [*PROGRAMS, *sorted(NATIVE), *(APPLET + name for name in APPLETS)])
def test_a_name_leads_to_a_program(name: str) -> None:
    assert inspect.iscoroutinefunction(lookup(name))


def test_what_nobody_wrote_is_no_program() -> None:
    assert lookup("emacs") is None
    assert not is_native("emacs")


def test_ours_comes_before_the_librarys() -> None:
    assert "tar" in NATIVE
    assert not is_native("tar")
    assert is_native("sed")


def test_shells_keep_applets_that_the_library_has() -> None:
    assert not KEPT - set(APPLETS)
    assert not KEPT - NATIVE


def test_exit_codes_are_a_bytes() -> None:
    assert all(0 <= code <= 255 for code in ON_TERM.values())
