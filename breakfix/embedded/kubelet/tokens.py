"""Tokens of a pod's ServiceAccount, asked for again when most of their time is over."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.client import Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.kubelet.words import moment
from breakfix.embedded.objects import Object, name_of, namespace_of

DAY, SHARE = 86400.0, 0.8  # a token is replaced after a day, or after this share of its time
HOUR = 3600


@dataclass
class _Kept:
    data: bytes
    until: float


class PodTokens:
    """The tokens of one pod."""

    def __init__(self, pod: Object, client: Client) -> None:
        self._pod, self._client = pod, client
        self._kept: dict[tuple[str, int], _Kept] = {}

    async def token(self, wanted: Object) -> bytes:
        """For a projection's audience and expirationSeconds. Raises MountError."""
        seconds = int(wanted.get("expirationSeconds") or HOUR)
        key = wanted.get("audience") or "", seconds
        now = self._client.clock.now().timestamp()
        kept = self._kept.get(key)
        if kept is None or kept.until <= now:
            kept = self._kept[key] = await self._ask(key[0], seconds, now)
        return kept.data

    async def _ask(self, audience: str, seconds: int, now: float) -> _Kept:
        account = self._pod["spec"].get("serviceAccountName") or "default"
        meta = self._pod["metadata"]
        spec: Object = {
            "audiences": [audience] if audience else [], "expirationSeconds": seconds,
            "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": name_of(self._pod),
                               "uid": meta["uid"]},
        }  # fmt: skip
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        try:
            found = await self._client.create_sub(
                "serviceaccounts", account, namespace_of(self._pod), "token", body
            )
        except StatusError as error:
            raise MountError(f"failed to fetch token: {error.message}") from None
        status = found["status"]
        lasts = moment(status["expirationTimestamp"]) - now
        return _Kept(status["token"].encode(), now + min(lasts * SHARE, DAY))
