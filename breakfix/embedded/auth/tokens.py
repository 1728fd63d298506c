"""ServiceAccount tokens: signed here (ES256), and recognised again.

Signatures are checked once for each token and remembered; whether the token still holds
(its time, its ServiceAccount, the object that it is bound to) is asked every time.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from breakfix.embedded.auth.certificates import private_pem
from breakfix.embedded.auth.claims import InvalidTokenError, check, check_legacy
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object
from breakfix.embedded.users import AUTHENTICATED, User

ISSUER = "https://kubernetes.default.svc.cluster.local"
LEGACY_ISSUER = "kubernetes/serviceaccount"
ALGORITHM = "ES256"
REMEMBERED = 4096  # signatures
_BAD = "go-jose/go-jose: error in cryptographic primitive"


class Tokens:
    """Signs and recognises; `audiences` are the API server's own."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, reader: Reader, now: Callable[[], datetime],
        issuer: str = ISSUER, audiences: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.key, self.reader, self.now, self.issuer = key, reader, now, issuer
        self.audiences = tuple(audiences) or (issuer,)
        self._known: dict[str, Object] = {}

    @cached_property
    def key_id(self) -> str:
        """The `kid`: a digest of the public key."""
        der = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return _base64url(hashlib.sha256(der).digest())

    @cached_property
    def _jwk(self) -> Any:
        from joserfc.jwk import ECKey

        return ECKey.import_key(private_pem(self.key))

    def sign(self, claims: Object, issuer: str = "") -> str:
        """A token with these claims."""
        header = orjson.dumps({"alg": ALGORITHM, "kid": self.key_id})
        payload = orjson.dumps(
            {**claims, "iss": issuer or self.issuer}, option=orjson.OPT_SORT_KEYS
        )
        signed = f"{_base64url(header)}.{_base64url(payload)}"
        return f"{signed}.{_base64url(self._signature(signed.encode()))}"

    def _signature(self, data: bytes) -> bytes:
        """As JSON web signatures have it: both numbers, 32 bytes each."""
        der = self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))

    def authenticate(
        self, token: str, audiences: Sequence[str] = ()
    ) -> tuple[User, tuple[str, ...]] | None:
        """The user and the audiences that both sides mean; None for what is not ours.

        Raises InvalidTokenError for one that is ours and does not hold.
        """
        found = self._known.get(token)
        if found is None:
            if _issuer_of(token) not in (self.issuer, LEGACY_ISSUER):
                return None
            found = self._verify(token)
        said = found.get("aud") or self.audiences
        wanted = tuple(audiences) or self.audiences
        both = tuple(a for a in said if a in wanted)
        if not both:
            raise InvalidTokenError(
                f"token audiences {_quoted(said)} is invalid for the target audiences "
                f"{_quoted(wanted)}"
            )
        legacy = found["iss"] == LEGACY_ISSUER
        now = self.now()
        user = check_legacy(found, token, self.reader) if legacy else check(found, self.reader, now)
        return with_authenticated(user), both

    def _verify(self, token: str) -> Object:
        from joserfc import jws

        try:
            signed = jws.deserialize_compact(token, self._jwk, algorithms=[ALGORITHM])
        except Exception as error:  # a stranger's text: whatever it breaks, it is no token
            raise InvalidTokenError(_BAD) from error
        kid = signed.headers().get("kid", self.key_id)
        if kid != self.key_id:
            raise InvalidTokenError("invalid signature, no keys found")
        found: Object = orjson.loads(signed.payload)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = found
        return found

    def discovery(self, url: str) -> Object:
        """/.well-known/openid-configuration of a server at `url` ("https://host:port")."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{url}/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    def key_set(self) -> Object:
        """/openid/v1/jwks."""
        numbers = self.key.public_key().public_numbers()
        return {"keys": [{
            "use": "sig", "kty": "EC", "kid": self.key_id, "crv": "P-256", "alg": ALGORITHM,
            "x": _base64url(numbers.x.to_bytes(32, "big")),
            "y": _base64url(numbers.y.to_bytes(32, "big")),
        }]}  # fmt: skip


def with_authenticated(user: User) -> User:
    """The user, in the group that everybody who showed who they are is in."""
    if AUTHENTICATED in user.groups or "system:unauthenticated" in user.groups:
        return user
    return User(user.name, (*user.groups, AUTHENTICATED), user.uid, user.extra)


def _issuer_of(token: str) -> str:
    """What a token says of itself, not yet believed."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return ""
    try:
        payload = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return ""
    issuer = payload.get("iss") if isinstance(payload, dict) else ""
    return issuer if isinstance(issuer, str) else ""


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _quoted(texts: Sequence[str]) -> str:
    return "[" + " ".join(f'"{t}"' for t in texts) + "]"
