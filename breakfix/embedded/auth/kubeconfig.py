"""A kubeconfig with everything in it, as kind writes one."""

from __future__ import annotations

from base64 import b64encode

from breakfix.embedded.auth.certificates import Pair
from breakfix.embedded.objects import Object


def kubeconfig(name: str, server: str, ca_pem: bytes, client: Pair | None = None, *,
               token: str = "", namespace: str = "") -> Object:  # fmt: skip
    """A Config whose one cluster, user and context are called `name`.

    `server` is a URL; the user is who the client certificate or the token says.
    """
    user: Object = {"token": token} if token else {}
    if client is not None:
        user |= {
            "client-certificate-data": _data(client.certificate_pem),
            "client-key-data": _data(client.key_pem),
        }
    context: Object = {"cluster": name, "user": name}
    if namespace:
        context["namespace"] = namespace
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": [{
            "name": name,
            "cluster": {"certificate-authority-data": _data(ca_pem), "server": server},
        }],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
    }  # fmt: skip


def kubeconfig_text(config: Object) -> str:
    """A Config as YAML."""
    import yaml

    text: str = yaml.safe_dump(config, sort_keys=True, default_flow_style=False)
    return text


def _data(pem: bytes) -> str:
    return b64encode(pem).decode()
