"""What every script of a shell begins with: the library's commands put right by our own.

A DEBUG trap runs before each command. `__now`, which the library calls without leaving its
thread, says whether `__tick` must be asked: it waits, and tells of signals.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from breakfix.embedded.machine.images.program_table import APPLETS, KEPT, NATIVE, PROGRAMS
from breakfix.embedded.machine.process import installed
from breakfix.embedded.machine.types import Identity

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container

_ITS_OWN = """
. : [ [[ alias bg break builtin caller cd command compgen complete compopt continue declare
dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs
kill let local mapfile popd printf pushd pwd read readarray readonly return set shift shopt
source test times trap true type typeset ulimit umask unalias unset wait
"""
INTERNAL = frozenset(_ITS_OWN.split())
_TICK = (
    '__tick $BASH_SUBSHELL || { __s=$?; case "$(trap -p $__s)" in'
    ' "") __default $__s || kill -$__s $$;;'
    " *) kill -$__s $$;; esac; }"
)
_WAIT = (
    'wait() { __wait "$!" || return $?; builtin wait "$@"; __w=$?;'
    " case $__w in 137|143) __ended $__w;; esac; builtin return $__w; }"
)
_KILL = (
    'kill() { __kill "$@"; __k=$?; case $__k in 199) builtin kill "$@";;'
    " 2[0-9][0-9]) builtin kill -$((__k-200)) $$;; *) return $__k;; esac; }"
)
_TYPE = (
    'type() { case $1 in -*) builtin type "$@"; return;; esac; __r=0; for __n in "$@"; do'
    ' __type "$__n" "$(builtin type -t "$__n")" "$(builtin alias "$__n" 2>/dev/null)" || __r=$?;'
    " done; builtin return $__r; }"
)
_ALIAS = (
    'alias() { case $# in 0) __told alias "$(builtin alias)";;'
    ' 1) case $1 in *=*|-*) builtin alias "$1";;'
    ' *) __a="$(builtin alias "$1")" && __told alias "$__a";; esac;;'
    ' *) builtin alias "$@";; esac; }'
)
_TRAPS = 'trap() { case $# in 0) __told trap "$(builtin trap)";; *) builtin trap "$@";; esac; }'
# The library's own `command -v` knows its own commands, not those of the image.
_FIND = (
    'command() { case $1 in -V) shift; type "$@";; -v) case $(type -t "$2") in function|keyword)'
    ' builtin command "$@";; *) __find "$2";; esac;; *) builtin command "$@";; esac; }'
)
_EXIT = "exit() { __x=$?; case $BASH_SUBSHELL in 0) __bye;; esac; builtin exit ${1:-$__x}; }"
_UMASK = (
    'umask() { case $# in 0) builtin umask;; *) builtin umask "$@" && __umask "$(builtin umask)";;'
    " esac; }"
)
# Commands that ash does not have.
BASHS_OWN = frozenset(
    ["declare", "typeset", "shopt", "pushd", "popd", "mapfile", "readarray", "disown", "enable",
     "caller", "compgen"]
)  # fmt: skip
_FUNCTIONS = {
    "wait": _WAIT,
    "kill": _KILL,
    "command": f"{_TYPE}; {_FIND}",
    "exit": _EXIT,
    "type": _TYPE,
    "alias": _ALIAS,
    "trap": _TRAPS,
    "umask": _UMASK,
}
_RECURSIVE = re.compile(r"grep\b[^|;&]*\s-[a-zA-Z0-9]*r")
# Programs that never read standard input. The library takes what is left of a loop's input
# away from the loop when such a command runs in it, so they get none.
_NO_INPUT = """
basename chgrp chmod chown cp curl date df dig dirname du expr free getent groups host
hostname id ln ls mkdir mktemp mount mv nproc nslookup pgrep pidof ping ping6 pkill printenv
ps readlink realpath rm rmdir seq sleep stat time timeout touch uname uptime usleep wget which
whoami
"""


_SHELLS = ("sh", "ash", "bash", "dash", "/bin/sh", "/bin/ash", "/bin/bash", "/usr/bin/bash")


def _trap(each: bool) -> str:
    """What sets the DEBUG trap. `each`: `__tick` is asked before each command."""
    text = _TICK if each else f"__now $BASH_SUBSHELL || {_TICK}"
    return f"builtin trap {shlex.quote(text)} DEBUG"


def prelude(
    container: Container, words: frozenset[str] | None, each: bool | None, bash: bool
) -> str:
    """What a script of these words (None: of any) begins with: functions, no input for programs
    that read none, and the trap, as `trap` has it (None: no trap)."""
    wanted = None if words is None else words | ({"kill"} if each is not None else set())
    absent = () if bash else sorted(BASHS_OWN if wanted is None else BASHS_OWN & wanted)
    lacks = [f"{name}() {{ __absent {name}; builtin return 127; }}" for name in absent]
    parts = lacks + [text for name, text in _FUNCTIONS.items() if wanted is None or name in wanted]
    if aliases := _aliases(container, words):
        parts.append(f"builtin shopt -s expand_aliases; builtin alias {aliases}")
    if each is not None:
        parts = ["set -T", *parts, _trap(each)]
    return "".join(f"{part}; " for part in parts)


def kept(script: str) -> frozenset[str]:
    """Those that stay the library's: only they can read what `<(...)` stands for."""
    return frozenset(APPLETS) if "<(" in script else frozenset()


def greps(container: Container, script: str, prompt: bool) -> frozenset[str]:
    """Those of the library's own commands that are processes in this script: with -r, busybox's
    grep is another than the library's."""
    wanted = prompt or _RECURSIVE.search(script) is not None
    return KEPT if wanted and _is_busybox(container) else frozenset()


def _is_busybox(container: Container) -> bool:
    return "busybox" in container.spec.image.programs


def _aliases(container: Container, words: frozenset[str] | None) -> str:
    """Programs that never read get no input; shells are processes, not the library's own, and
    so is `time` where the image has one."""
    readless = _readless(container)
    known = {name: f"{name} </dev/null" for name in readless}
    known |= {name: f"__exec {name}" for name in (*_SHELLS, *(readless & {"time"}))}
    names = sorted(known if words is None else known.keys() & words)
    return " ".join(f"{name}='{known[name]}'" for name in names)


def _readless(container: Container) -> frozenset[str]:
    """Which programs that never read are there; looked up once per container."""
    if container.readless is None:
        view = container.view(Identity())
        container.readless = frozenset(installed(view, _NO_INPUT.split(), container.spec.env))
    return container.readless


def masked(bash: Any, container: Container) -> frozenset[str]:
    """Names that must not be the library's own commands; once per container."""
    known = container.masked
    if known is None:
        view = container.view(Identity())
        external = set(bash.capabilities().builtins) - INTERNAL
        own = set(PROGRAMS) | (set(APPLETS) - KEPT if _is_busybox(container) else set())
        native = installed(view, (external & NATIVE) - own, container.spec.env)
        ours = {posixpath.basename(p) for p in container.spec.image.programs} | set(PROGRAMS)
        known = frozenset((external | ours) - native - INTERNAL)
        container.masked = known
    return known
