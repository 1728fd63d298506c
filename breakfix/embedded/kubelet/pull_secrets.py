"""The registries that a pod has credentials for."""

from __future__ import annotations

import base64
import json

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, namespace_of

_KEYS = ((".dockerconfigjson", True), (".dockercfg", False))
DOCKER = ("https://index.docker.io/v1/", "index.docker.io", "https://registry-1.docker.io")


def registries(pod: Object, reader: Reader) -> tuple[set[str], list[str]]:
    """Their hosts, and the names of imagePullSecrets that are not there."""
    found: set[str] = set()
    missing: list[str] = []
    for ref in pod["spec"].get("imagePullSecrets") or []:
        secret = reader.get("secrets", ref.get("name", ""), namespace_of(pod))
        if secret is None:
            missing.append(ref.get("name", ""))
        else:
            found |= _hosts(secret)
    return found, missing


def _hosts(secret: Object) -> set[str]:
    for key, nested in _KEYS:
        text = (secret.get("data") or {}).get(key)
        if text:
            try:
                parsed = json.loads(base64.b64decode(text))
                entries = parsed.get("auths", {}) if nested else parsed
                return {_host(url) for url in entries}
            except (ValueError, AttributeError):
                return set()
    return set()


def _host(url: str) -> str:
    if url in DOCKER:
        return "docker.io"
    return url.removeprefix("https://").removeprefix("http://").rstrip("/")
