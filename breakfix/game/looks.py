"""What a kubectl command looks at, and whether the learner has looked there already.

A hint names a command. The audit trail and the commands typed in breakfix's own shell say
what the learner has asked the API server for; a rung of the ladder that they have climbed by
themselves is ticked, not sold.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from breakfix.clusters.base import AuditEvent

WITH_VALUE = {
    "-n": "namespace", "--namespace": "namespace", "-l": "selector", "--selector": "selector",
    "-o": "", "--output": "", "-c": "", "--container": "", "--tail": "", "--since": "",
    "--image": "", "--target": "", "--profile": "", "--sort-by": "", "--field-selector": "",
    "--as": "", "-f": "", "--kubeconfig": "", "--context": "", "--for": "", "--subresource": "",
}  # fmt: skip
PLURALS = {
    "po": "pods", "pod": "pods", "svc": "services", "service": "services", "cm": "configmaps",
    "configmap": "configmaps", "deploy": "deployments", "deployment": "deployments",
    "sts": "statefulsets", "statefulset": "statefulsets", "ds": "daemonsets",
    "daemonset": "daemonsets", "rs": "replicasets", "replicaset": "replicasets",
    "pvc": "persistentvolumeclaims", "persistentvolumeclaim": "persistentvolumeclaims",
    "pv": "persistentvolumes", "persistentvolume": "persistentvolumes", "ns": "namespaces",
    "namespace": "namespaces", "sc": "storageclasses", "storageclass": "storageclasses",
    "netpol": "networkpolicies", "networkpolicy": "networkpolicies", "ev": "events",
    "event": "events", "sa": "serviceaccounts", "serviceaccount": "serviceaccounts",
    "role": "roles", "rolebinding": "rolebindings", "clusterrole": "clusterroles",
    "clusterrolebinding": "clusterrolebindings", "no": "nodes", "node": "nodes",
    "ep": "endpoints", "secret": "secrets", "endpointslice": "endpointslices", "job": "jobs",
}  # fmt: skip
CLUSTER_WIDE = ("persistentvolumes", "namespaces", "storageclasses", "nodes", "clusterroles",
                "clusterrolebindings")  # fmt: skip
KUBECTL = ("kubectl", "k")
BEFORE = ("watch", "time", "timeout", "sudo", "command", "exec")
"""Programs that run the command behind them."""
OPERATORS = "|;&<>()"
OF_EVENTS = re.compile(r"involvedObject\.(name|kind|uid)=([^,&]*)")


@dataclass(frozen=True)
class Look:
    """One thing to look at: how (get, describe, events, logs, debug), which resource
    (plural), where, and the name or the beginning of it (empty: any)."""

    how: str
    resource: str
    namespace: str
    name: str


def looks_of(line: str, namespace: str = "default") -> tuple[Look, ...]:
    """What the kubectl commands of a line look at: one thing, or several (`get pods,events`),
    or nothing. `namespace` is meant where none is named."""
    return tuple(look for words in kubectls(line) for look in _looks(words, namespace))


def kubectls(line: str) -> list[list[str]]:
    """The words behind kubectl of each kubectl command in a line of the shell."""
    try:
        commands = list(_commands(line))
    except ValueError:
        return []
    found = []
    for words in commands:
        wraps = bool(words) and Path(words[0]).name in BEFORE
        first = next((i for i, w in enumerate(words) if w in KUBECTL), 0) if wraps else 0
        if words and words[first] in KUBECTL:
            found.append(words[first + 1 :])
    return found


def _commands(line: str) -> Iterator[list[str]]:
    """The commands of a line, without redirections. Raises ValueError for an open quote."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    redirected = False
    for word in lexer:
        if not set(word) <= set(OPERATORS):
            words += [] if redirected else [word]
        elif set(word) & set("<>"):
            words, redirected = words[: -1 if words[-1:] and words[-1].isdecimal() else None], True
        else:
            yield words
            words, redirected = [], False
    yield words


def _looks(words: list[str], namespace: str) -> tuple[Look, ...]:
    positional, options = _parsed(words, namespace)
    if not positional:
        return ()
    where = "*" if "-A" in words or "--all-namespaces" in words else options["namespace"]
    verb, arguments = positional[0], positional[1:]
    kinds = arguments[0].split(",") if arguments and verb in ("get", "describe") else [""]
    found = (_look(verb, [kind, *arguments[1:]] if kind else arguments, where)
             for kind in kinds)  # fmt: skip
    return tuple(look for look in found if look is not None)


def _parsed(words: Sequence[str], namespace: str) -> tuple[list[str], dict[str, str]]:
    """Positional words until `--`, and the options that matter."""
    positional: list[str] = []
    options = {"namespace": namespace, "selector": ""}
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        if flag in WITH_VALUE:
            value = value if equals else next(rest, "")
            options[WITH_VALUE[flag]] = value
        elif not word.startswith("-"):
            positional.append(word)
    return positional, options


def _look(verb: str, arguments: list[str], namespace: str) -> Look | None:
    match verb:
        case "events":
            return Look("events", "events", namespace, "")
        case "logs":
            return Look("logs", "pods", namespace, _named(arguments)[1])
        case "debug" | "exec":
            return Look("debug", "pods", namespace, _named(arguments)[1])
        case "get" | "describe":
            resource, name = _named(arguments)
            how = "events" if resource == "events" else verb
            place = "" if resource in CLUSTER_WIDE else namespace
            return Look(how, resource, place, name)
    return None


def _named(arguments: list[str]) -> tuple[str, str]:
    """Resource and name of `pod x`, `pod/x`, `deploy/x`, or of a lone pod name."""
    if not arguments:
        return "", ""
    kind, _, name = arguments[0].partition("/")
    name = name or (arguments[1] if len(arguments) > 1 else "")
    name = "" if name != name.lower() else name  # POD stands for any: names are in small letters
    resource = kind.split(".")[0]
    if resource not in PLURALS and resource not in PLURALS.values() and not name:
        return "pods", kind if kind == kind.lower() else ""
    return PLURALS.get(resource, resource), name


def saw(look: Look, event: AuditEvent) -> bool:
    """Was this request made by looking there?"""
    if look.namespace not in ("*", "") and event.namespace not in (look.namespace, ""):
        return False
    name = event.name
    match look.how:
        case "events":
            lists = event.verb in ("list", "watch") and event.resource == "events"
            return lists and "involvedObject" not in event.uri
        case "logs":
            return event.subresource == "log" and name.startswith(look.name)
        case "debug":
            return event.subresource in ("exec", "ephemeralcontainers", "attach") and (
                name.startswith(look.name)
            )
        case "describe":
            return event.resource == "events" and _describes(look, unquote(event.uri))
    reads = event.verb in ("get", "list", "watch") and event.resource == look.resource
    return reads and not event.subresource and name in ("", look.name)


def _describes(look: Look, uri: str) -> bool:
    """Only `describe` asks for the events of an object by its uid."""
    asked = dict(OF_EVENTS.findall(uri))
    kind = PLURALS.get(asked.get("kind", "").lower(), look.resource)
    named = asked.get("name", "").startswith(look.name)
    return "uid" in asked and kind == look.resource and named


def same(look: Look, other: Look) -> bool:
    """Is what a typed command looked at the same place?"""
    where = look.namespace == other.namespace or "*" in (look.namespace, other.namespace)
    name = not look.name or other.name.startswith(look.name) or not other.name
    return look.how == other.how and look.resource == other.resource and where and name
