"""What a kubectl command looks at, and whether the learner has looked there already.

A hint names a command. The audit trail (or, where there is none, the commands typed in
breakfix's own shell) says what the learner has asked the API server for; a rung of the
ladder that they have climbed by themselves is ticked, not sold.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Look:
    """One thing to look at: how (get, describe, events, logs, debug), which resource
    (plural), where, and the name or the beginning of it (empty: any)."""

    how: str
    resource: str
    namespace: str
    name: str


def looks_of(command: str) -> tuple[Look, ...]:
    """What a kubectl command looks at: one thing, or several (`get pods,events`), or nothing."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ()
    if not words or words[0] not in ("kubectl", "k"):
        return ()
    positional, options = _parsed(words[1:])
    if not positional:
        return ()
    namespace = "*" if "-A" in words or "--all-namespaces" in words else options["namespace"]
    verb, arguments = positional[0], positional[1:]
    kinds = arguments[0].split(",") if arguments and verb in ("get", "describe") else [""]
    found = (_look(verb, [kind, *arguments[1:]] if kind else arguments, namespace)
             for kind in kinds)  # fmt: skip
    return tuple(look for look in found if look is not None)


def _parsed(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Positional words until `--`, and the options that matter."""
    positional: list[str] = []
    options = {"namespace": "default", "selector": ""}
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
            told = event.resource == "events" and "involvedObject.name" in event.uri
            return told and look.name in event.uri
    reads = event.verb in ("get", "list", "watch") and event.resource == look.resource
    return reads and not event.subresource and name in ("", look.name)


def same(look: Look, other: Look) -> bool:
    """Is what a typed command looked at the same place?"""
    where = look.namespace == other.namespace or "*" in (look.namespace, other.namespace)
    name = not look.name or other.name.startswith(look.name) or not other.name
    return look.how == other.how and look.resource == other.resource and where and name
