"""Which Python function is a program. Add one by a word in program_table.py."""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

from breakfix.embedded.machine.images.program_table import APPLETS, NATIVE, PROGRAMS
from breakfix.embedded.machine.types import Program

APPLET = "busybox:"  # before the name, in a file that is busybox's
_SHELL_RUNS_IT = "breakfix.embedded.programs.shell:native"


def is_native(name: str) -> bool:
    """Is it one of the shell library's, and none of ours?"""
    return name in NATIVE and name not in PROGRAMS


@cache
def lookup(name: str) -> Program | None:
    """The program of this name; None where nobody has written it."""
    where = _where(name)
    if where is None:
        return None
    module, _, function = where.partition(":")
    return cast("Program", getattr(importlib.import_module(module), function))


def _where(name: str) -> str | None:
    if name.startswith(APPLET):
        return APPLETS[name.removeprefix(APPLET)]
    return _SHELL_RUNS_IT if is_native(name) else PROGRAMS.get(name)
