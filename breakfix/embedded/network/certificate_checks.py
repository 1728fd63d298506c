"""Is a server's certificate to be believed? As Go's crypto/x509 finds, in its words.

OpenSSL would say it shorter, and by the machine's clock: here it is the cluster's.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONGEST_CHAIN = 8
_BAD_SIGNATURE = (
    (rsa.RSAPublicKey, "crypto/rsa: verification error"),
    (ec.EllipticCurvePublicKey, "x509: ECDSA verification failure"),
    (ed25519.Ed25519PublicKey, "x509: Ed25519 verification failure"),
)


class UntrustedError(Exception):
    """The certificate is not good; the text begins with "x509: "."""


@lru_cache(maxsize=64)
def authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a bundle, none where it cannot be read."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


def shown_by(peer: ssl.SSLObject) -> list[x509.Certificate]:
    """What the server has shown: its own certificate, then those that help. After a handshake."""
    known: Any = getattr(peer, "_sslobj", None)  # public since Python 3.13
    chain = known.get_unverified_chain() if known else ()
    return [x509.load_pem_x509_certificate(c.public_bytes().encode()) for c in chain or ()]


def check_server(
    shown: Sequence[x509.Certificate], roots: Iterable[x509.Certificate], name: str, now: datetime
) -> None:
    """Raises UntrustedError unless this is `name`, for which one of the roots vouches now."""
    if not shown:
        raise UntrustedError("x509: certificate signed by unknown authority")
    _check_time(shown[0], now)
    _check_name(shown[0], name)
    _check_chain([shown[0]], list(roots), shown[1:], now)
    usage = _extension(shown[0], x509.ExtendedKeyUsage)
    good = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if usage is not None and not good & set(usage):
        raise UntrustedError("x509: certificate specifies an incompatible key usage")


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _check_time(certificate: x509.Certificate, now: datetime) -> None:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if start <= now <= end:
        return
    word, limit = ("before", start) if now < start else ("after", end)
    raise UntrustedError(
        "x509: certificate has expired or is not yet valid: "
        f"current time {_rfc3339(now)} is {word} {_rfc3339(limit)}"
    )


def _rfc3339(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


# -- the name ------------------------------------------------------------------------------


def _check_name(certificate: x509.Certificate, name: str) -> None:
    names = _extension(certificate, x509.SubjectAlternativeName)
    found, address = _names(names, name)
    if any(_same(pattern, name) if not address else pattern == name for pattern in found):
        return
    if names is None and any(_same(common, name) for common in _common(certificate)):
        raise UntrustedError(
            "x509: certificate relies on legacy Common Name field, use SANs instead"
        )
    if found:
        raise UntrustedError(f"x509: certificate is valid for {', '.join(found)}, not {name}")
    if address:
        raise UntrustedError(
            f"x509: cannot validate certificate for {name} because it doesn't contain any IP SANs"
        )
    raise UntrustedError(
        f"x509: certificate is not valid for any names, but wanted to match {name}"
    )


def _names(names: x509.SubjectAlternativeName | None, wanted: str) -> tuple[list[str], bool]:
    """Those of the wanted one's sort, and is that the sort of addresses?"""
    try:
        ip_address(wanted)
    except ValueError:
        return (names.get_values_for_type(x509.DNSName) if names else []), False
    found = names.get_values_for_type(x509.IPAddress) if names else []
    return [str(a) for a in found], True


def _common(certificate: x509.Certificate) -> list[str]:
    return [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _same(pattern: str, name: str) -> bool:
    """A star stands for the first label."""
    ours, theirs = pattern.lower().split("."), name.lower().rstrip(".").split(".")
    if len(ours) != len(theirs) or not all(ours):
        return False
    return ours[1:] == theirs[1:] and ours[0] in ("*", theirs[0])


# -- who vouches for it --------------------------------------------------------------------


def _check_chain(
    chain: list[x509.Certificate], roots: list[x509.Certificate],
    others: Sequence[x509.Certificate], now: datetime,
) -> None:  # fmt: skip
    """Raises UntrustedError where no way leads to a root."""
    last = chain[-1]
    if len(chain) == 1 and last in roots:
        return
    hint = ""
    late: UntrustedError | None = None
    for candidate in [c for c in (*roots, *others) if c.subject == last.issuer]:
        if candidate in chain or len(chain) >= LONGEST_CHAIN:
            continue
        try:
            _check_signature(last, candidate)
        except UntrustedError as error:
            hint = hint or _because(str(error), candidate)
            continue
        try:
            _check_time(candidate, now)
            if candidate not in roots:
                _check_chain([*chain, candidate], roots, others, now)
        except UntrustedError as error:
            late = error
            continue
        return
    raise late or UntrustedError(f"x509: certificate signed by unknown authority{hint}")


def _because(why: str, candidate: x509.Certificate) -> str:
    name = next(iter(_common(candidate)), f"serial:{candidate.serial_number}")
    return (
        f' (possibly because of "{why}" while trying to verify candidate authority '
        f'certificate "{name}")'
    )


def _check_signature(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    if not _may_sign(authority):
        raise UntrustedError(
            "x509: invalid signature: parent certificate cannot sign this kind of certificate"
        )
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        key = authority.public_key()
        words = (w for kind, w in _BAD_SIGNATURE if isinstance(key, kind))
        raise UntrustedError(next(words, "x509: invalid signature")) from None


def _may_sign(authority: x509.Certificate) -> bool:
    basic = _extension(authority, x509.BasicConstraints)
    usage = _extension(authority, x509.KeyUsage)
    if authority.version is x509.Version.v3 and not (basic and basic.ca):
        return False
    return usage is None or bool(usage.key_cert_sign)
