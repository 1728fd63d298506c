"""Who may ask for, approve and sign certificates: three plugins, and the requester's name."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.requests import CLIENT, RESOURCE, read
from breakfix.embedded.errors import forbidden
from breakfix.embedded.objects import Object
from breakfix.embedded.users import MASTERS, User

Decide = Callable[[Attributes], Decision]


class CertificateRequester(Plugin):
    """Writes down who asks; in the real server the storage strategy does it."""

    name = "CertificateRequester"

    async def mutate(self, request: AdmissionRequest) -> None:
        """Put the user into the spec."""
        if _is(request, "CREATE", "") and request.item is not None:
            spec = request.item.setdefault("spec", {})
            for key in ("username", "uid", "groups", "extra"):
                spec.pop(key, None)
            spec.update(_requester(request.user))


def _requester(user: User) -> Object:
    found: Object = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
    found["extra"] = {key: list(values) for key, values in user.extra.items()}
    return {key: value for key, value in found.items() if value}


class CertificateApproval(Plugin):
    """Approving needs the verb `approve` on the signer."""

    name = "CertificateApproval"

    def __init__(self, decide: Decide) -> None:
        self.decide = decide

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        if _is(request, "UPDATE", "approval") and request.old is not None:
            signer = request.old["spec"].get("signerName", "")
            if not _may(self.decide, request.user, "approve", signer):
                why = f'user not permitted to approve requests with signerName "{signer}"'
                raise forbidden(RESOURCE, request.name, why)


class CertificateSigning(Plugin):
    """Writing a certificate into the status needs the verb `sign` on the signer."""

    name = "CertificateSigning"

    def __init__(self, decide: Decide) -> None:
        self.decide = decide

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        item, old = request.item, request.old
        if not _is(request, "UPDATE", "status") or item is None or old is None:
            return
        if _signed(item) == _signed(old):
            return
        signer = old["spec"].get("signerName", "")
        if not _may(self.decide, request.user, "sign", signer):
            why = f'user not permitted to sign requests with signerName "{signer}"'
            raise forbidden(RESOURCE, request.name, why)


class CertificateSubjectRestriction(Plugin):
    """Nobody gets a client certificate of system:masters this way."""

    name = "CertificateSubjectRestriction"

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        item = request.item
        if not _is(request, "CREATE", "") or item is None:
            return
        if item["spec"].get("signerName") != CLIENT:
            return
        try:
            groups = read(item).organizations
        except ValueError as error:
            why = f"failed to parse CSR: {error}"
            raise forbidden(RESOURCE, request.name, why) from error
        if MASTERS in groups:
            why = f"use of {CLIENT} signer with {MASTERS} group is not allowed"
            raise forbidden(RESOURCE, request.name, why)


def _is(request: AdmissionRequest, operation: str, subresource: str) -> bool:
    return (request.key, request.operation, request.subresource) == (
        RESOURCE, operation, subresource,
    )  # fmt: skip


def _signed(item: Object) -> tuple[object, list[Object]]:
    status = item.get("status") or {}
    return status.get("certificate"), status.get("conditions") or []


def _may(decide: Decide, user: User, verb: str, signer: str) -> bool:
    for name in (signer, f"{signer.partition('/')[0]}/*"):
        asked = Attributes(user, verb, "certificates.k8s.io", "*", "signers", name=name)
        if decide(asked).allowed:
            return True
    return False


def certificate_plugins(decide: Decide) -> list[Plugin]:
    """All of them, in order; `decide` is the cluster's authorizer."""
    return [
        CertificateRequester(),
        CertificateApproval(decide),
        CertificateSigning(decide),
        CertificateSubjectRestriction(),
    ]
