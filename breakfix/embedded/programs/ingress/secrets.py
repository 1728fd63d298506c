"""What an ingress controller takes out of Secrets: certificates and password files."""

from __future__ import annotations

import base64
import contextlib
import ssl

from breakfix.embedded.csi.api import Api
from breakfix.embedded.machine.types import Files
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.objects import Object, namespace_of
from breakfix.embedded.programs.ingress.locations import password_file
from breakfix.embedded.programs.ingress.model import ANY_HOST, Location, Model

_FOLDER = "/etc/ingress-controller/auth"


class CertificateError(Exception):
    """No certificate can be made of a Secret; the words of the log."""


def write_password_files(api: Api, files: Files, model: Model) -> None:
    """For each location with basic authentication."""
    for server in model.servers.values():
        for location in server.locations.values():
            if location.annotation("auth-type") == "basic" and location.annotation("auth-secret"):
                data = _passwords(api, location)
                with contextlib.suppress(OSError):
                    files.mkdir(_FOLDER, True)
                    files.write(password_file(location), data)


def _passwords(api: Api, location: Location) -> bytes:
    wanted = location.annotation("auth-secret")
    namespace, slash, name = wanted.partition("/")
    key = (namespace, name) if slash else (namespace_of(location.ingress), wanted)
    secret = api.get("secrets", key[1], key[0]) or {}
    return base64.b64decode((secret.get("data") or {}).get("auth", ""))


def certificates(
    api: Api, model: Model, default: str
) -> tuple[dict[str, ssl.SSLContext], list[str]]:
    """By host, and warnings about those that cannot be had. `default`: NAMESPACE/NAME."""
    wanted = [(s.host, s.secret) for s in model.servers.values() if s.secret is not None]
    if default:
        namespace, _, name = default.partition("/")
        wanted.insert(0, (ANY_HOST, (namespace, name)))
    found: dict[str, ssl.SSLContext] = {}
    warnings = []
    for host, (namespace, name) in wanted:
        try:
            found[host] = _certificate(
                api.get("secrets", name, namespace), host, f"{namespace}/{name}"
            )
        except CertificateError as why:
            warnings.append(str(why))
    return found, warnings


def _certificate(secret: Object | None, host: str, where: str) -> ssl.SSLContext:
    """Raises CertificateError."""
    if secret is None:
        words = f"local SSL certificate {where} was not found. Using default certificate"
        raise CertificateError(f'Error getting SSL certificate "{where}": {words}')
    data = {k: base64.b64decode(v) for k, v in (secret.get("data") or {}).items()}
    try:
        return server_context(data["tls.crt"], data["tls.key"])
    except (KeyError, ssl.SSLError):
        words = f'unexpected error validating SSL certificate "{where}" for server "{host}"'
        raise CertificateError(words) from None
