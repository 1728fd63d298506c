"""Validation of the annotations that mean something to a pod."""

from __future__ import annotations

import re
from collections.abc import Mapping

from breakfix.embedded.fields import forbidden, invalid
from breakfix.embedded.kinds.checks import MAX_INT32, Errors, descending
from breakfix.embedded.objects import Object

MIRROR = "kubernetes.io/config.mirror"
_COST = "controller.kubernetes.io/pod-deletion-cost"
_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PROFILES = ("runtime/default", "docker/default", "unconfined")


def validate_pod_annotations(found: Mapping[str, str], spec: Object, path: str) -> Errors:
    """Annotations of a pod or of a template."""
    if MIRROR in found and not spec.get("nodeName"):
        words = "must set spec.nodeName if mirror pod annotation is set"
        yield invalid(f"{path}[{MIRROR}]", found[MIRROR], words)
    if _COST in found and not _is_cost(found[_COST]):
        yield invalid(f"{path}[{_COST}]", found[_COST], "must be a 32bit integer")
    for key, value in found.items():
        if key == _SECCOMP or key.startswith(_SECCOMP_CONTAINER):
            yield from _seccomp(value, f"{path}.{key}")
        elif key.startswith(APP_ARMOR):
            yield from _app_armor(key, value, spec, f"{path}[{key}]")


def _is_cost(text: str) -> bool:
    return bool(re.fullmatch("0|-?[1-9][0-9]*|-0+[0-9]*", text)) and (
        -MAX_INT32 - 1 <= int(text) <= MAX_INT32
    )


def _seccomp(profile: str, path: str) -> Errors:
    if profile.startswith("localhost/"):
        yield from descending(path, profile.removeprefix("localhost/"))
    elif profile not in _PROFILES:
        yield invalid(path, profile, "must be a valid seccomp profile")


def _app_armor(key: str, profile: str, spec: Object, path: str) -> Errors:
    name = key.removeprefix(APP_ARMOR)
    known = {
        c.get("name")
        for group in ("containers", "initContainers", "ephemeralContainers")
        for c in spec.get(group) or ()
    }
    if name not in known:
        yield invalid(path, name, "container not found")
    if profile not in ("", "runtime/default", "unconfined") and not profile.startswith(
        "localhost/"
    ):
        yield invalid(path, profile, f'invalid AppArmor profile name: "{profile}"')


def validate_pod_annotations_update(
    new: Mapping[str, str], old: Mapping[str, str], path: str
) -> Errors:
    """Annotations that may not change."""
    for key, value in old.items():
        if new.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            yield forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations")
        if key == MIRROR:
            yield forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation")
    for key in new.keys() - old.keys():
        if key.startswith(APP_ARMOR):
            yield forbidden(f"{path}[{key}]", "may not add AppArmor annotations")
        if key == MIRROR:
            yield forbidden(f"{path}[{key}]", "may not add mirror pod annotation")
