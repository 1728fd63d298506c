"""Certificates that an image brings along."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address


@lru_cache(maxsize=16)
def own_pair(names: tuple[str, ...], addresses: tuple[str, ...] = ()) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme Co")])
    others = [x509.DNSName(n) for n in names]
    alternatives = x509.SubjectAlternativeName(
        [*others, *(x509.IPAddress(ip_address(a)) for a in addresses)]
    )
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(datetime(1970, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2084, 1, 29, 16, tzinfo=UTC))
        .add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )  # fmt: skip
    return certificate.public_bytes(serialization.Encoding.PEM), private
