"""CertificateSigningRequests: reading what they ask, and whether a signer of ours grants it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakfix.embedded.objects import Object

if TYPE_CHECKING:
    from cryptography import x509

RESOURCE = "certificatesigningrequests.certificates.k8s.io"
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
LEGACY = "kubernetes.io/legacy-unknown"
_SIGNATURE, _ENCIPHER = "digital signature", "key encipherment"


@dataclass(frozen=True)
class Asked:
    """What a PKCS#10 request says."""

    name: str
    organizations: tuple[str, ...]
    dns: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()


def read(item: Object) -> Asked:
    """The request in a CertificateSigningRequest. Raises ValueError in the real words."""
    return read_pem(b64decode((item.get("spec") or {}).get("request") or ""))


def read_pem(pem: bytes) -> Asked:
    """A PEM PKCS#10 request, its signature checked. Raises ValueError in the real words."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    if b"-----BEGIN CERTIFICATE REQUEST-----" not in pem:
        raise ValueError("PEM block type must be CERTIFICATE REQUEST")
    try:
        request = x509.load_pem_x509_csr(pem)
        valid = request.is_signature_valid
    except Exception as error:  # the library has many kinds of them
        raise ValueError("asn1: structure error: malformed certificate request") from error
    if not valid:
        raise ValueError("x509: signature check failed")
    names = [str(a.value) for a in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return Asked(names[-1] if names else "", tuple(str(g.value) for g in groups), **_alt(request))


def _alt(request: x509.CertificateSigningRequest) -> dict[str, tuple[str, ...]]:
    from cryptography import x509

    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {}
    return {
        "dns": tuple(names.get_values_for_type(x509.DNSName)),
        "addresses": tuple(str(a) for a in names.get_values_for_type(x509.IPAddress)),
        "emails": tuple(names.get_values_for_type(x509.RFC822Name)),
        "uris": tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
    }


def client_fault(asked: Asked, usages: Iterable[str]) -> str:
    """Why kube-apiserver-client does not sign it; "" when it does."""
    del asked
    for usage in usages:
        if usage not in (_SIGNATURE, _ENCIPHER, "client auth"):
            return f"invalid usage for client certificate: {usage}"
    if "client auth" not in usages:
        return "missing required usage for client certificate: client auth"
    return ""


def kubelet_client_fault(asked: Asked, usages: Iterable[str]) -> str:
    """Why kube-apiserver-client-kubelet does not sign it."""
    if asked.organizations != ("system:nodes",):
        return "subject organization is not system:nodes"
    for found, kind in (
        (asked.dns, "DNS"), (asked.emails, "Email"), (asked.addresses, "IP"), (asked.uris, "URI"),
    ):  # fmt: skip
        if found:
            return f"{kind} subjectAltNames are not allowed"
    if not asked.name.startswith("system:node:"):
        return "subject common name does not begin with system:node:"
    return _usage_fault(usages, "client auth")


def kubelet_serving_fault(asked: Asked, usages: Iterable[str]) -> str:
    """Why kubelet-serving does not sign it."""
    if asked.organizations != ("system:nodes",):
        return "subject organization is not system:nodes"
    if not asked.dns and not asked.addresses:
        return "DNS or IP subjectAltName is required"
    for found, kind in ((asked.emails, "Email"), (asked.uris, "URI")):
        if found:
            return f"{kind} subjectAltNames are not allowed"
    if usage := _usage_fault(usages, "server auth"):
        return usage
    if not asked.name.startswith("system:node:"):
        return "subject common name does not begin with system:node:"
    return ""


def _usage_fault(usages: Iterable[str], purpose: str) -> str:
    wanted = {_SIGNATURE, _ENCIPHER, purpose}
    if set(usages) in (wanted, wanted - {_ENCIPHER}):
        return ""
    return f"usages did not match [{' '.join(sorted(wanted))}]"


SIGNERS: dict[str, Callable[[Asked, Iterable[str]], str]] = {
    CLIENT: client_fault,
    KUBELET_CLIENT: kubelet_client_fault,
    KUBELET_SERVING: kubelet_serving_fault,
    LEGACY: lambda asked, usages: "",  # noqa: ARG005 - it never had any rules
}
