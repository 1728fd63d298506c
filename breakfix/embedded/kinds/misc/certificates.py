"""CertificateSigningRequests."""

from __future__ import annotations

import base64
import binascii

from breakfix.embedded import errors
from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.checks import set_or_drop
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, name_of

USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign",
    "data encipherment", "decipher only", "digital signature", "email protection",
    "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement",
    "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth",
    "signing", "timestamping",
)  # fmt: skip
LEGACY = "kubernetes.io/legacy-unknown"
_VERDICTS = ("Approved", "Denied", "Failed")
_PATH = "status.conditions"
_SHORTEST, _LONGEST_SIGNER = 600, 571


class CertificateSigningRequests(Strategy):
    """certificatesigningrequests.certificates.k8s.io; the requester is stamped at admission."""

    has_generation = False

    def prepare_create(self, item: Object) -> None:
        """Nobody creates an approved request."""
        item["status"] = {}

    def prepare_update(self, item: Object, old: Object) -> None:
        """Neither what is asked nor the verdict changes."""
        for name in ("spec", "status"):
            set_or_drop(item, name, old.get(name))

    def prepare_status_update(self, item: Object, old: Object) -> None:
        """A signer keeps the verdicts as they are. Raises StatusError for one of its own.

        It is refused here, since `validate_status_update` also judges the writes to /approval.
        """
        kept = []
        for condition in _conditions(item):
            kind = condition.get("type", "")
            same = _verdicts(old, kind) if kind in _VERDICTS[:2] else []
            kept.append(same[0] if same else condition)
        if kept:
            item["status"]["conditions"] = kept
        if wrong := _validate_verdicts(item, old):
            kind, group = "CertificateSigningRequest", "certificates.k8s.io"
            raise errors.invalid(kind, group, name_of(item), wrong)

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return names.path_segment(name, prefix)

    def validate(self, item: Object) -> list[FieldError]:
        spec = item.get("spec") or {}
        found = _validate_request(spec.get("request", ""))
        found += _validate_usages(spec.get("usages") or [])
        signer, seconds = spec.get("signerName", ""), spec.get("expirationSeconds")
        if signer == LEGACY:
            why = "the legacy signerName is not allowed via this API version"
            found.append(invalid("spec.signerName", signer, why))
        else:
            found += _validate_signer(signer)
        if seconds is not None and seconds < _SHORTEST:
            why = "may not specify a duration less than 600 seconds (10 minutes)"
            found.append(invalid("spec.expirationSeconds", seconds, why))
        return found + _validate_conditions(_conditions(item))

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return _validate_change(item, old) + _validate_verdicts(item, old)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        """Also of a write to /approval, which reaches the conditions alone."""
        return _validate_change(item, old)

    def selectable(self, item: Object) -> dict[str, str]:
        return {"spec.signerName": (item.get("spec") or {}).get("signerName", "")}


def _conditions(item: Object) -> list[Object]:
    found: list[Object] = (item.get("status") or {}).get("conditions") or []
    return found


def _verdicts(item: Object, kind: str) -> list[Object]:
    return [c for c in _conditions(item) if c.get("type") == kind]


def _validate_change(item: Object, old: Object) -> list[FieldError]:
    """Verdicts stay, and so does a certificate."""
    found = _validate_conditions(_conditions(item))
    for kind in _VERDICTS:
        if len(_verdicts(item, kind)) < len(_verdicts(old, kind)):
            found.append(forbidden(_PATH, f'updates may not remove a condition of type "{kind}"'))
    new, before = ((x.get("status") or {}).get("certificate", "") for x in (item, old))
    path = "status.certificate"
    if before and new != before:
        found.append(forbidden(path, "updates may not modify existing certificate content"))
    if new != before and (why := _no_certificate(new)):
        found.append(invalid(path, "<certificate data>", why))
    return found


def _validate_verdicts(item: Object, old: Object) -> list[FieldError]:
    """Approving has its own subresource."""
    found = []
    for kind in _VERDICTS[:2]:
        new, before = _verdicts(item, kind), _verdicts(old, kind)
        if len(new) > len(before):
            found.append(forbidden(_PATH, f'updates may not add a condition of type "{kind}"'))
        elif len(new) == len(before) and new != before:
            found.append(forbidden(_PATH, f'updates may not modify a condition of type "{kind}"'))
    return found


def _no_certificate(encoded: str) -> str:
    pem = _decoded(encoded)
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        return "must contain at least one CERTIFICATE PEM block"
    from cryptography import x509

    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        return str(error)
    return ""


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        return b""


def _validate_request(encoded: str) -> list[FieldError]:
    pem, path = _decoded(encoded), "spec.request"
    if b"-----BEGIN CERTIFICATE REQUEST-----" not in pem:
        why = "PEM block type must be CERTIFICATE REQUEST"
        return [invalid(path, _bytes(pem), why)]
    from cryptography import x509

    try:
        parsed = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        return [invalid(path, _bytes(pem), str(error))]
    if not parsed.is_signature_valid:
        return [invalid(path, _bytes(pem), "x509: ECDSA verification failure")]
    return []


def _bytes(pem: bytes) -> str:
    """As messages show a byte slice."""
    return base64.b64encode(pem).decode()


def _validate_usages(usages: list[str]) -> list[FieldError]:
    found = [] if usages else [required("spec.usages")]
    for at, usage in enumerate(usages):
        path = f"spec.usages[{at}]"
        found += checks.one_of(path, usage, USAGES)
        found += [duplicate(path, usage)] if usage in usages[:at] else []
    return found


def _validate_signer(signer: str) -> list[FieldError]:
    path = "spec.signerName"
    if not signer:
        return [required(path)]
    domain, slash, rest = signer.partition("/")
    if not slash or "/" in rest:
        why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        return [invalid(path, signer, why)]
    found = checks.each(path, domain, names.dns_subdomain(domain))
    if "." not in domain:
        why = "should be a domain with at least two segments separated by dots"
        found.append(invalid(path, domain, why))
    found += checks.each(path, rest, names.dns_subdomain(rest))
    if len(signer) > _LONGEST_SIGNER:
        why = f"may not be more than {_LONGEST_SIGNER} bytes"
        found.append(FieldError(path, "Too long", detail=why))
    return found


def _validate_conditions(conditions: list[Object]) -> list[FieldError]:
    found: list[FieldError] = []
    kinds = [c.get("type", "") for c in conditions]
    for at, condition in enumerate(conditions):
        kind, status = kinds[at], condition.get("status", "")
        known = ("True",) if kind in _VERDICTS else ("False", "True", "Unknown")
        if not kind:
            found.append(required(f"{_PATH}[{at}].type"))
        if not status:
            found.append(required(f"{_PATH}[{at}].status"))
        elif status not in known:
            found.append(checks.unsupported(f"{_PATH}[{at}].status", status, known))
        if kind in _VERDICTS[:2] and {"Approved", "Denied"} <= set(kinds[: at + 1]):
            why = "Approved and Denied conditions are mutually exclusive"
            found.append(invalid(_PATH, kind, why))
        if kind in kinds[:at]:
            found.append(duplicate(f"{_PATH}[{at}].type", kind))
    return found
