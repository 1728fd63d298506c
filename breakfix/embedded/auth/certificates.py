"""A cluster's own certificate authority, and what it issues. Keys are EC P-256: quick to make."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from breakfix.embedded.auth.usages import extensions

CA_LIFE, LEAF_LIFE = timedelta(days=3650), timedelta(days=365)
BACKDATE = timedelta(minutes=5)
SHORT = timedelta(hours=8)  # lives below this are not shortened by the backdating
SERVICE_IP = "10.96.0.1"
NODE_IP = "172.18.0.2"  # of the control plane's node, where pods find the API server
SECURE_PORT = 6443  # as kubeadm has it
SERVER_HOSTS = (
    "localhost", "control-plane", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local", "127.0.0.1", "::1", SERVICE_IP, NODE_IP,
)  # fmt: skip
CLIENT_USAGES = ("digital signature", "key encipherment", "client auth")
SERVER_USAGES = ("digital signature", "key encipherment", "server auth")
CA_USAGES = ("digital signature", "key encipherment", "cert sign")


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh private key."""
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @cached_property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def key_pem(self) -> bytes:
        """The private key as PEM, not encrypted."""
        return private_pem(self.key)

    @classmethod
    def read(cls, certificate_pem: bytes, key_pem: bytes) -> Pair:
        """From PEM. Raises ValueError."""
        key = serialization.load_pem_private_key(key_pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the key is not an EC key")
        return cls(x509.load_pem_x509_certificate(certificate_pem), key)


def _name(common: str, organizations: Sequence[str] = ()) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, o) for o in organizations]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _hosts(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    found: list[x509.GeneralName] = []
    for host in hosts:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            found.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(found)


class Authority:
    """A CA that signs; `pair` is its own certificate and key."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    @classmethod
    def create(cls, now: datetime, name: str = "kubernetes") -> Authority:
        """A new self-signed CA, good for ten years."""
        key = new_key()
        subject = _name(name)
        builder = _builder(subject, subject, key.public_key(), now - BACKDATE, now + CA_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
        for extension, critical in extensions(CA_USAGES):
            builder = builder.add_extension(extension, critical)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(_hosts([name]), critical=False)
        return cls(Pair(builder.sign(key, hashes.SHA256()), key))

    @property
    def pem(self) -> bytes:
        """The CA's certificate, as clients trust it."""
        return self.pair.certificate_pem

    def server(
        self, now: datetime, hosts: Sequence[str] = SERVER_HOSTS, common: str = "kube-apiserver"
    ) -> Pair:
        """A serving certificate for names and addresses."""
        key = new_key()
        subject = _name(common)
        extra: list[tuple[x509.ExtensionType, bool]] = [(_hosts(hosts), False)]
        return Pair(self._issue(subject, key.public_key(), SERVER_USAGES, now, extra=extra), key)

    def client(self, now: datetime, name: str, groups: Sequence[str] = ()) -> Pair:
        """A client certificate: the user's name and groups, for a year."""
        key = new_key()
        return Pair(self._issue(_name(name, groups), key.public_key(), CLIENT_USAGES, now), key)

    def sign(
        self, request_pem: bytes, usages: Sequence[str], now: datetime,
        life: timedelta = LEAF_LIFE,
    ) -> bytes:  # fmt: skip
        """The PEM certificate for a PKCS#10 request. Raises ValueError for an unreadable one."""
        request = x509.load_pem_x509_csr(request_pem)
        names = [e for e in request.extensions if isinstance(e.value, x509.SubjectAlternativeName)]
        extra = [(e.value, e.critical) for e in names]
        signed = self._issue(request.subject, request.public_key(), usages, now, life, extra)
        return signed.public_bytes(serialization.Encoding.PEM)

    def _issue(
        self, subject: x509.Name, public: Any, usages: Sequence[str], now: datetime,
        life: timedelta = LEAF_LIFE, extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> x509.Certificate:  # fmt: skip
        own = self.pair.certificate
        until = min(now + (life if life < SHORT else life - BACKDATE), own.not_valid_after_utc)
        builder = _builder(subject, own.subject, public, now - BACKDATE, until)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        key_id = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id)
        for extension, critical in [*extensions(usages), (issuer, False), *extra]:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.pair.key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, public: Any, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
