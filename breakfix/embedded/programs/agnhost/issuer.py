"""agnhost test-service-account-issuer-discovery: is my token what its issuer says?"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.certificate_checks import (
    UntrustedError,
    authorities,
    check_server,
    shown_by,
)
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.tls import TlsError, client_context
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.agnhost.common import (
    UsageError,
    dial_words,
    flags,
    log,
    lookup_words,
)
from breakfix.embedded.programs.http.client import Url, exchange, parse_url, secured
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response
from breakfix.embedded.programs.sockets import addresses, connect

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_ALGORITHMS = ["RS256", "ES256"]
_OK = 200


class _FailedError(Exception):
    """Words of what went wrong."""


@dataclass(frozen=True)
class _Client:
    """Go's HTTP client: whom it trusts, and the token that it shows."""

    process: Process
    trusted: bytes = b""
    token: str = ""

    async def get(self, address: str) -> Response:
        """Raises _FailedError."""
        url = parse_url(address)
        try:
            return await self._get(url)
        except ResolveError as error:
            words = f"dial tcp: {lookup_words(self.process, error)}"
        except NetworkError as error:
            words = dial_words(error, "tcp", f"{url.host}:{url.port}")
        except UntrustedError as error:
            words = f"tls: failed to verify certificate: {error}"
        except (TlsError, BadMessageError) as error:
            words = str(error) or "EOF"
        raise _FailedError(f'Get "{address}": {words}')

    async def _get(self, url: Url) -> Response:
        where = (await addresses(self.process, url.host))[0]
        below = await connect(self.process, where, url.port, 30.0)
        try:
            stream = await secured(below, url.host, client_context(verify=False))
            now = self.process.host.clock.now()
            check_server(shown_by(stream.ssl), authorities(self.trusted), url.host, now)
            headers = [("Host", url.authority), ("User-Agent", "Go-http-client/1.1")]
            if self.token:
                headers.append(("Authorization", f"Bearer {self.token}"))
            return await exchange(stream, Request(headers, target=url.target))
        finally:
            below.close()


async def issuer_discovery(process: Process) -> int:
    """`agnhost test-service-account-issuer-discovery --token-path FILE --audience NAME`."""
    try:
        given, _ = await flags(process, {"token-path": "", "audience": ""})
    except UsageError:
        return 1
    try:
        return await _main(process, given["token-path"], given["audience"])
    except _FailedError as error:
        await log(process, str(error))
        return 1


async def _main(process: Process, path: str, audience: str) -> int:
    raw = _read(process, path)
    await log(process, "OK: Got token")
    await log(process, "validating with in-cluster discovery")
    try:
        await _validate(_in_cluster(process), raw, audience)
    except _FailedError as error:
        await log(process, f"failed to validate with in-cluster discovery: {error}")
    else:
        return 0
    await log(process, "falling back to validating with external discovery")
    await _validate(_Client(process), raw, audience)
    return 0


def _read(process: Process, path: str) -> str:
    try:
        return process.files.read(path).decode()
    except OSError as error:
        raise _FailedError(f"open {path}: {str(error.strerror).lower()}") from None


def _in_cluster(process: Process) -> _Client:
    if not process.env.get("KUBERNETES_SERVICE_HOST"):
        raise _FailedError(
            "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
            "KUBERNETES_SERVICE_PORT must be defined"
        )
    token, trusted = _read(process, f"{_ACCOUNT}/token"), _read(process, f"{_ACCOUNT}/ca.crt")
    return _Client(process, trusted.encode(), token.strip())


async def _validate(client: _Client, raw: str, audience: str) -> None:
    """Raises _FailedError."""
    process = client.process
    claims = _claims(raw)
    issuer = claims.get("iss", "")
    await log(process, f"OK: got issuer {issuer}")
    await log(process, f"Full, not-validated claims: \n{_shown(claims)}")
    provider = await _provider(client, issuer)
    await log(process, f"OK: Constructed OIDC provider for issuer {issuer}")
    _check_claims(claims, audience, process.host.clock.now())
    await _check_signature(client, raw, provider["jwks_uri"])
    await log(process, "OK: Validated signature on JWT")
    await log(process, "OK: Got valid claims from token!")
    await log(process, f"Full, validated claims: \n&{_shown(claims)}")


def _claims(raw: str) -> Any:
    """What a token says, not yet believed. Raises _FailedError."""
    try:
        _, payload, _ = raw.strip().split(".")
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        raise _FailedError("go-jose/go-jose: compact JWS format must have three parts") from None


async def _provider(client: _Client, issuer: str) -> Any:
    found = await client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.status != _OK:
        raise _FailedError(f"{found.status} {found.words}: {found.body.decode(errors='replace')}")
    try:
        document = json.loads(found.body)
    except ValueError as error:
        words = f"oidc: failed to decode provider discovery object: {error}"
        raise _FailedError(words) from None
    if document.get("issuer") != issuer:
        raise _FailedError(
            "oidc: issuer did not match the issuer returned by provider, expected "
            f'"{issuer}" got "{document.get("issuer", "")}"'
        )
    return document


def _check_claims(claims: Any, audience: str, now: datetime) -> None:
    said = _audiences(claims)
    if audience not in said:
        shown = " ".join(f'"{a}"' for a in said)
        raise _FailedError(f'oidc: expected audience "{audience}" got [{shown}]')
    end = datetime.fromtimestamp(claims.get("exp", 0), UTC)
    if now > end:
        shown = end.strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
        raise _FailedError(f"oidc: token is expired (Token Expiry: {shown})")


def _audiences(claims: Any) -> list[str]:
    said = claims.get("aud") or []
    return [said] if isinstance(said, str) else said


async def _check_signature(client: _Client, raw: str, address: str) -> None:
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    failed = "failed to verify signature: "
    try:
        found = await client.get(address)
    except _FailedError as error:
        raise _FailedError(f"{failed}fetching keys oidc: get keys failed {error}") from None
    if found.status != _OK:
        body = found.body.decode(errors="replace")
        why = f"oidc: get keys failed: {found.status} {found.words} {body}"
        raise _FailedError(f"{failed}fetching keys {why}")
    try:
        keys = KeySet.import_key_set(json.loads(found.body))
        jws.deserialize_compact(raw.strip(), keys, algorithms=_ALGORITHMS)
    except (JoseError, ValueError):
        raise _FailedError(f"{failed}failed to verify id token signature") from None


def _shown(claims: Any) -> str:
    """As Go's %#v has it; what its pointers are is nobody's business."""
    kube = claims.get("kubernetes.io") or {}
    account = kube.get("serviceaccount") or {}
    heard = ", ".join(f'"{a}"' for a in _audiences(claims))
    dates = ", ".join(
        f"{name}:(*jwt.NumericDate)(0xc{0x1B2340 + 8 * index:09x})"
        for index, name in enumerate(("Expiry", "NotBefore", "IssuedAt"))
    )
    return (
        f'openidmetadata.claims{{Claims:jwt.Claims{{Issuer:"{claims.get("iss", "")}", '
        f'Subject:"{claims.get("sub", "")}", Audience:jwt.Audience{{{heard}}}, {dates}, '
        f'ID:"{claims.get("jti", "")}"}}, Kubernetes:openidmetadata.kubeClaims{{'
        f'Namespace:"{kube.get("namespace", "")}", ServiceAccount:openidmetadata.kubeName{{'
        f'Name:"{account.get("name", "")}", UID:"{account.get("uid", "")}"}}}}}}'
    )
