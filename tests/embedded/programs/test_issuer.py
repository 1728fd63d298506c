"""agnhost test-service-account-issuer-discovery, against the issuer's own documents."""

from __future__ import annotations

import json
from typing import Any

from breakfix.embedded.auth.certificates import Authority, new_key
from breakfix.embedded.auth.tokens import ISSUER, Tokens
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from tests.embedded.network.helpers import State
from tests.embedded.programs.pods import Lab

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
NAME = ISSUER.removeprefix("https://")


async def checked(lab: Lab, signed: bool, audience: str = "me") -> tuple[int, str]:
    """Its exit code and what it says of a token for `me`, signed by the issuer or by another."""
    now = lab.clock.now()
    authority, address = Authority.create(now), "10.244.1.200"
    tokens, other = (Tokens(new_key(), State(), lab.clock.now) for _ in range(2))
    pages: dict[str, Any] = {
        "/.well-known/openid-configuration": tokens.discovery(f"https://{address}"),
        "/openid/v1/jwks": tokens.key_set(),
    }

    async def answer(request: Request) -> Response:
        if request.header("authorization") != "Bearer mine":
            return text(403, "no")
        return text(200, json.dumps(pages[request.path]), "application/json")

    pair = authority.server(now, [NAME, address])
    context = server_context(pair.certificate_pem, pair.key_pem)
    server = HttpServer(answer, lab.clock, tls=context)
    lab.fabric.listen(lab.space("api", address), 443, server.serve)
    lab.names[f"{NAME}."] = address
    claims = {"sub": "a", "aud": ["me"], "exp": int(now.timestamp()) + 600, "jti": "1"}
    pod = await lab.pod(
        "p", "registry.k8s.io/e2e-test-images/agnhost:2.56", "/agnhost", "pause",
        env={"KUBERNETES_SERVICE_HOST": address},
        files={"/t": (tokens if signed else other).sign(claims), f"{ACCOUNT}/token": "mine",
               f"{ACCOUNT}/ca.crt": authority.pem.decode()},
    )  # fmt: skip
    words = ["/agnhost", "test-service-account-issuer-discovery"]
    return await pod.run(*words, "--token-path", "/t", "--audience", audience)


async def test_a_token_of_the_issuer_is_good() -> None:
    code, said = await checked(Lab(), signed=True)
    assert code == 0, said
    assert "OK: Validated signature on JWT" in said
    assert 'Audience:jwt.Audience{"me"}' in said


async def test_a_token_of_another_key_or_for_another_audience() -> None:
    code, said = await checked(Lab(), signed=False)
    failed = "failed to validate with in-cluster discovery: "
    assert code == 1
    assert f"{failed}failed to verify signature: failed to verify id token signature" in said
    assert "x509: certificate signed by unknown authority" in said  # the world outside
    code, said = await checked(Lab(), signed=True, audience="you")
    assert (code, f'{failed}oidc: expected audience "you" got ["me"]' in said) == (1, True)
