"""CertificateSigningRequests: approving the kubelets' own, signing, and tidying up."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.auth.certificates import LEAF_LIFE, Authority
from breakfix.embedded.auth.requests import KUBELET_CLIENT, RESOURCE, SIGNERS, read
from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself_alive
from breakfix.embedded.objects import Object, clone, condition, parse_time, timestamp
from breakfix.embedded.users import User

SHORTEST = timedelta(minutes=10)
DECIDED_KEPT, PENDING_KEPT = timedelta(hours=1), timedelta(hours=24)
TIDY = 3600.0  # seconds between two looks


def _is_true(item: Object, kind: str) -> bool:
    found = condition(item, kind)
    return found is not None and found.get("status") == "True"


def _with_condition(item: Object, kind: str, reason: str, message: str, now: str) -> Object:
    changed: Object = clone(item)
    changed.setdefault("status", {}).setdefault("conditions", []).append({
        "type": kind, "status": "True", "reason": reason, "message": message,
        "lastUpdateTime": now, "lastTransitionTime": now,
    })  # fmt: skip
    return changed


class _Requests(Controller):
    """Keys are those of the requests."""

    name = "certificate-controller"

    def watch(self) -> None:
        self.on(RESOURCE, itself_alive)


class CertificateApproving(_Requests):
    """Approves client certificates of kubelets whose users may have them."""

    def __init__(self, client: Client, decide: Callable[[Attributes], Decision]) -> None:
        super().__init__(client)
        self.decide = decide

    async def sync(self, key: Key) -> None:
        item = self.client.get(RESOURCE, key[1])
        if item is None or (item.get("status") or {}).get("certificate"):
            return
        if condition(item, "Approved") or condition(item, "Denied"):
            return
        if message := self._approval(item):
            now = timestamp(self.clock.now())
            approved = _with_condition(item, "Approved", "AutoApproved", message, now)
            await self.client.update_sub(RESOURCE, "approval", approved)

    def _approval(self, item: Object) -> str:
        """The message of an approval, "" for none."""
        spec = item["spec"]
        if spec.get("signerName") != KUBELET_CLIENT:
            return ""
        asked = read(item)
        if SIGNERS[KUBELET_CLIENT](asked, spec.get("usages") or []):
            return ""
        itself_ = asked.name == spec.get("username")
        if itself_ and self._may(spec, "selfnodeclient"):
            return "Auto approving self kubelet client certificate after SubjectAccessReview."
        if self._may(spec, "nodeclient"):
            return "Auto approving kubelet client certificate after SubjectAccessReview."
        return ""

    def _may(self, spec: Object, subresource: str) -> bool:
        user = User(spec.get("username", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""))
        plural, _, group = RESOURCE.partition(".")
        return self.decide(Attributes(user, "create", group, "*", plural, subresource)).allowed


class CertificateSigner(_Requests):
    """Signs what is approved, for the signers kubernetes.io/*."""

    def __init__(self, client: Client, authority: Authority) -> None:
        super().__init__(client)
        self.authority = authority

    async def sync(self, key: Key) -> None:
        item = self.client.get(RESOURCE, key[1])
        if item is None or (item.get("status") or {}).get("certificate"):
            return
        spec = item["spec"]
        fault = SIGNERS.get(spec.get("signerName", ""))
        if fault is None or not _is_true(item, "Approved") or _is_true(item, "Failed"):
            return
        if why := fault(read(item), spec.get("usages") or []):
            now = timestamp(self.clock.now())
            failed = _with_condition(item, "Failed", "SignerValidationFailure", why, now)
            await self.client.update_status(RESOURCE, failed)
            return
        signed = clone(item)
        signed["status"]["certificate"] = b64encode(self._sign(spec)).decode()
        await self.client.update_status(RESOURCE, signed)

    def _sign(self, spec: Object) -> bytes:
        life = LEAF_LIFE
        if (seconds := spec.get("expirationSeconds")) is not None:
            life = min(max(timedelta(seconds=seconds), SHORTEST), LEAF_LIFE)
        request, now = b64decode(spec["request"]), self.clock.now()
        return self.authority.sign(request, spec.get("usages") or [], now, life)


class CertificateCleaner(Controller):
    """Removes requests that were decided an hour ago, or never in a day."""

    name = "certificate-controller"

    def watch(self) -> None:
        self.add(("", ""))

    async def sync(self, key: Key) -> None:
        now = self.clock.now()
        for item in list(self.client.list(RESOURCE)):
            if _is_past(item, now):
                await self.client.delete(RESOURCE, item["metadata"]["name"])
        self.add_after(key, TIDY)


def _is_past(item: Object, now: datetime) -> bool:
    status = item.get("status") or {}
    conditions = status.get("conditions") or []
    if not conditions:
        return now - parse_time(item["metadata"]["creationTimestamp"]) > PENDING_KEPT
    issued: str = status.get("certificate") or ""
    for found in conditions:
        decided = found["type"] in ("Denied", "Failed") or (found["type"] == "Approved" and issued)
        at = found.get("lastUpdateTime")
        if decided and at and now - parse_time(at) > DECIDED_KEPT:
            return True
    return bool(issued) and _is_expired(issued, now)


def _is_expired(certificate: str, now: datetime) -> bool:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(b64decode(certificate)).not_valid_after_utc < now
    except ValueError:
        return False
