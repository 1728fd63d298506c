"""TLS of the API server: its context, and who a client certificate says a caller is.

As the real server does, the handshake takes expired client certificates and the request is
answered 401. One that another CA signed does not get through the handshake here (the ssl
module cannot ask for certificates without checking their issuer): the connection ends.
"""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from breakfix.embedded.auth.attributes import CREDENTIAL_ID
from breakfix.embedded.auth.certificates import Authority, Pair
from breakfix.embedded.auth.keys import write_private
from breakfix.embedded.users import User

NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME
UID_OID = "1.3.6.1.4.1.57683.2"


def server_context(authority: Authority, server: Pair) -> ssl.SSLContext:
    """For the API server: TLS 1.2 at least, client certificates welcome but not needed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | NO_CHECK_TIME)
    context.num_tickets = 0  # no client of Kubernetes resumes sessions
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(cadata=authority.pem.decode())
    # the ssl module takes a chain and its key from files only
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "server.pem"
        write_private(path, server.certificate_pem + server.key_pem)
        context.load_cert_chain(path)
    return context


def peer_certificate(transport: Any) -> bytes | None:
    """The verified client certificate (DER) of an asyncio transport; None without one."""
    ssl_object = transport.get_extra_info("ssl_object") if transport is not None else None
    found: bytes | None = ssl_object.getpeercert(binary_form=True) if ssl_object else None
    return found


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a client certificate names, and when it holds."""

    user: User
    start: datetime
    end: datetime


@lru_cache(maxsize=1024)
def identity_of(der: bytes) -> Identity | None:
    """Common name and organizations as user and groups; None where there is no name."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID, ObjectIdentifier

    certificate = x509.load_der_x509_certificate(der)

    def values(oid: x509.ObjectIdentifier) -> tuple[str, ...]:
        return tuple(str(a.value) for a in certificate.subject.get_attributes_for_oid(oid))

    names = values(NameOID.COMMON_NAME)
    if not names or not names[-1]:
        return None
    uid = next(iter(values(ObjectIdentifier(UID_OID))), "")
    extra = {CREDENTIAL_ID: (f"X509SHA256={sha256(der).hexdigest()}",)}
    user = User(names[-1], values(NameOID.ORGANIZATION_NAME), uid, extra)
    return Identity(user, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
