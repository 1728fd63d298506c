"""What a hint may run, or a debrief name: kubectl that reads, or writes to the cluster only.

A hint's command is typed into the learner's own shell, so a pack from a stranger must
not be able to bring anything else there: no other program, no shell syntax beyond
quotes and a pipe into a filter, no kubectl command or flag that writes local files,
changes the kubeconfig, runs a credential plugin, or talks to another server.
"""

from __future__ import annotations

import re
import shlex

COMMANDS = frozenset({
    "annotate", "api-resources", "api-versions", "apply", "attach", "auth", "cluster-info",
    "create", "debug", "delete", "describe", "events", "exec", "explain", "expose", "get",
    "label", "logs", "patch", "port-forward", "rollout", "run", "scale", "set", "taint", "top",
    "version", "wait",
})  # fmt: skip
READS = frozenset({
    "api-resources", "api-versions", "auth", "cluster-info", "describe", "events", "explain",
    "get", "logs", "top", "version",
})  # fmt: skip
FILTERS = frozenset({"grep", "head", "tail", "wc"})
FLAGS = (
    "--kubeconfig", "--cache-dir", "--profile-output", "--output-directory", "--log-file",
    "--log-dir", "--server", "--insecure-skip-tls-verify", "--filename", "-k", "--kustomize",
    "--from-file", "--from-env-file", "--patch-file", "--template", "--address", "--token",
)  # fmt: skip
_NEEDS_VALUE = ("-n", "--namespace", "--context", "--as", "--as-group", "--request-timeout")
_SINGLE = re.compile(r"'[^']*'")
_SHELL = re.compile(r"[;&<>`!()\\#~]|\$|\{[^{}]*,[^{}]*\}")
_IN_DOUBLE = re.compile(r"[`!\\]|\$(?!\.)")
_DOUBLE = re.compile(r'"[^"]*"')


def harmless(text: str) -> str:
    """The command, if it is one that a hint may run. Raises ValueError."""
    if not text:
        return text
    if not text.isprintable():
        raise ValueError("it is one line without control characters")
    bare = _without_quotes(text)
    if found := _SHELL.search(bare):
        raise ValueError(f"it runs kubectl without shell syntax; found {found[0]!r}")
    first, *filters = _pipe(text)
    _accept_kubectl(first)
    for words in filters:
        if not words or words[0] not in FILTERS:
            raise ValueError(f"it pipes into {', '.join(sorted(FILTERS))} only")
    return text


def only_reads(text: str) -> bool:
    """Whether a command of a hint cannot change the cluster, so that it may run unasked."""
    words = _pipe(text)[0][1:]
    return _command(words) in READS and not any(word.startswith("--raw") for word in words)


def blanks(text: str) -> list[str]:
    """Words in capitals that the learner is to replace, such as POD."""
    shown = text.partition(" -- ")[0].split()
    return [word for word in shown if word.isalpha() and word.isupper() and len(word) > 1]


def _without_quotes(text: str) -> str:
    """The text outside of quotes. Raises ValueError for what double quotes leave alive."""
    outside, rest = "", text
    while quote := re.search("['\"]", rest):
        form = _SINGLE if quote[0] == "'" else _DOUBLE
        quoted = form.match(rest, quote.start())
        if quoted is None:
            raise ValueError("it has a quote without its end")
        if form is _DOUBLE and (found := _IN_DOUBLE.search(quoted[0])):
            raise ValueError(f"use single quotes; {found[0]!r} means something in double ones")
        outside, rest = f"{outside}{rest[: quote.start()]}Q", rest[quoted.end() :]
    return outside + rest


def _pipe(text: str) -> list[list[str]]:
    """The words of each command of a pipe."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|")
    lexer.whitespace_split, lexer.commenters = True, ""
    commands: list[list[str]] = [[]]
    for word in lexer:
        if set(word) == {"|"}:
            if word != "|":
                raise ValueError(f"it runs one command; found {word!r}")
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def _accept_kubectl(words: list[str]) -> None:
    if not words or words[0] != "kubectl":
        raise ValueError("it runs kubectl, nothing else")
    ours = words[1 : words.index("--")] if "--" in words else words[1:]
    command = _command(ours)
    if found := next((word for word in ours if _is_barred(word, command)), ""):
        raise ValueError(f"it cannot use {found}: that reaches beyond the cluster")
    if command not in COMMANDS:
        raise ValueError(f"it cannot run kubectl {command}".rstrip())


def _is_barred(word: str, command: str) -> bool:
    """Another server, a local file, a credential. (`logs -f` follows and reads no file.)"""
    names_file = word.startswith("-f") and command != "logs"
    reads_file = "-file=" in word
    return names_file or reads_file or word.startswith("-s") or word.partition("=")[0] in FLAGS


def _command(words: list[str]) -> str:
    """The subcommand: the first word that is neither a flag nor a flag's value."""
    rest = iter(words)
    for word in rest:
        if word in _NEEDS_VALUE:
            next(rest, "")
        elif not word.startswith("-"):
            return word
    return ""
