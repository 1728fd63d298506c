"""The certificates of nginx's servers: missing, unreadable, or not of their key."""

from __future__ import annotations

import posixpath
import re
import ssl

from breakfix.embedded.machine.types import Files
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.nginx.server import Server

_FILE = {2: ("80000002", "No such file or directory", "10000080:BIO routines::no such file"),
         13: ("8000000D", "Permission denied", "10080002:BIO routines::system lib")}  # fmt: skip
_BEGIN = re.compile(rb"-----BEGIN ([A-Z ]+)-----")
_KINDS = {
    "certificate": (
        "PEM_read_bio_X509_AUX()",
        "error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE",
    ),
    "certificate key": (
        "PEM_read_bio_PrivateKey()",
        "error:1E08010C:DECODER routines::unsupported:No supported data to decode. Input type: PEM",
    ),
}


def check_certificates(files: Files, prefix: str, servers: list[Server]) -> None:
    """Each server that names one has it; each that speaks TLS names one. Raises ConfigError."""
    for server in servers:
        _pair(files, prefix, server)
    seen: set[tuple[str, int]] = set()
    for server in sorted(servers, key=_not_default):
        for address, port, _, tls in server.listens:
            if tls and (address, port) not in seen and not server.top.settings("ssl_certificate"):
                raise ConfigError('no "ssl_certificate" is defined for the "listen ... ssl" '
                                  f"directive{server.directive.where}")  # fmt: skip
            seen.add((address, port))


def context(files: Files, prefix: str, server: Server) -> ssl.SSLContext:
    """What secures the connections to a server."""
    from breakfix.embedded.network.tls import server_context

    words = server.top.word("ssl_certificate"), server.top.word("ssl_certificate_key")
    certificate, key = (files.read(posixpath.join(prefix, word)) for word in words)
    return server_context(certificate, key)


def _not_default(server: Server) -> bool:
    return not any(default for _, _, default, _ in server.listens)


def _pair(files: Files, prefix: str, server: Server) -> None:
    found, keys = server.top.settings("ssl_certificate"), server.top.settings("ssl_certificate_key")
    if len(keys) < len(found):
        raise ConfigError(
            f'no "ssl_certificate_key" is defined for certificate "{found[-1].args[0]}"'
        )
    for one, key in zip(found, keys, strict=False):
        if "$" in one.args[0] + key.args[0]:
            continue
        body = _read(files, posixpath.join(prefix, one.args[0]), "certificate")
        path = posixpath.join(prefix, key.args[0])
        if not _fits(body, _read(files, path, "certificate key")):
            raise ConfigError(f'SSL_CTX_use_PrivateKey("{path}") failed (SSL: error:05800074:x509 '
                              "certificate routines::key values mismatch)")  # fmt: skip


def _read(files: Files, path: str, kind: str) -> bytes:
    try:
        body = files.read(path)
    except OSError as error:
        code, words, more = _FILE.get(error.errno or 2, _FILE[2])
        raise ConfigError(
            f'cannot load {kind} "{path}": BIO_new_file() failed (SSL: error:{code}:system '
            f"library::{words}:calling fopen({path}, r) error:{more})"
        ) from None
    label = b"CERTIFICATE" if kind == "certificate" else b"PRIVATE KEY"
    if not any(m[1].endswith(label) for m in _BEGIN.finditer(body)):
        call, words = _KINDS[kind]
        raise ConfigError(f'cannot load {kind} "{path}": {call} failed (SSL: {words})')
    return body


def _fits(certificate: bytes, key: bytes) -> bool:
    """Is the key the one of the certificate? What cannot be read is left to the handshake."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        public = x509.load_pem_x509_certificate(certificate).public_key()
        return bool(load_pem_private_key(key, None).public_key() == public)
    except (ValueError, TypeError):
        return True
