"""Who makes a request: client certificate, bearer token, or nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from breakfix.embedded.auth.claims import InvalidTokenError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.users import ANONYMOUS, User

if TYPE_CHECKING:
    from breakfix.embedded.auth.tls import Identity
    from breakfix.embedded.auth.tokens import Tokens

REMEMBERED = 1024  # client certificates


class Authenticator:
    """Of one cluster; anonymous requests are let in unless `anonymous` is off."""

    def __init__(self, tokens: Tokens, anonymous: bool = True) -> None:
        self.tokens = tokens
        self.anonymous = anonymous
        self._certificates: dict[bytes, Identity] = {}

    def authenticate(self, headers: Mapping[str, str], certificate: bytes | None = None) -> User:
        """The user; `certificate` is the verified client certificate in DER.

        `headers` are looked up as "Authorization". Raises StatusError 401.
        """
        identity = self._of_certificate(certificate) if certificate is not None else None
        if identity is not None and identity.start <= self.tokens.now() <= identity.end:
            return identity.user
        if token := bearer_token(headers.get("Authorization", "")):
            return self._of_token(token)
        if identity is not None or not self.anonymous:  # a certificate that has expired
            raise unauthorized()
        return ANONYMOUS

    def _of_certificate(self, certificate: bytes) -> Identity | None:
        found = self._certificates.get(certificate)
        if found is None:
            from breakfix.embedded.auth.tls import identity_of
            from breakfix.embedded.auth.tokens import with_authenticated

            found = identity_of(certificate)
            if found is None:
                return None
            if len(self._certificates) >= REMEMBERED:
                self._certificates.clear()
            found = replace(found, user=with_authenticated(found.user))
            self._certificates[certificate] = found
        return found

    def _of_token(self, token: str) -> User:
        try:
            found = self.tokens.authenticate(token)
        except InvalidTokenError as error:
            raise unauthorized() from error
        if found is None:
            raise unauthorized()
        return found[0]


def bearer_token(header: str) -> str:
    """The token of an Authorization header, "" for any other scheme."""
    parts = header.strip().split(" ", 2)
    return parts[1] if len(parts) > 1 and parts[0].lower() == "bearer" else ""


def unauthorized() -> StatusError:
    """401; why is only for the server's log."""
    return StatusError(401, "Unauthorized", "Unauthorized")
