import base64
from typing import Any

import orjson
import pytest

from breakfix.embedded.auth.authentication import Authenticator
from breakfix.embedded.auth.certificates import new_key
from breakfix.embedded.auth.claims import legacy_claims
from breakfix.embedded.auth.token_review import token_request, token_review
from breakfix.embedded.auth.tokens import ISSUER, LEGACY_ISSUER, Tokens
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.users import ANONYMOUS
from tests.embedded.auth.world import World

KEY = new_key()


@pytest.fixture
def world() -> World:
    world = World()
    world.named("serviceaccounts", "app", "web")
    world.named("nodes", "n1")
    world.named("pods", "p", "web", spec={"serviceAccountName": "app", "nodeName": "n1"})
    world.named("secrets", "s", "web")
    return world


@pytest.fixture
def tokens(world: World) -> Tokens:
    return Tokens(KEY, world, world.clock.now)


def ask(tokens: Tokens, **spec: Any) -> str:
    token: str = token_request(tokens, {"spec": spec}, "web", "app")["status"]["token"]
    return token


def payload(token: str) -> Object:
    part = token.split(".")[1]
    found: Object = orjson.loads(base64.urlsafe_b64decode(part + "=="))
    return found


def fault(tokens: Tokens, token: str, **spec: Any) -> str:
    status = token_review(tokens, {"spec": {"token": token, **spec}})["status"]
    assert not status.get("authenticated")
    error: str = status["error"]
    return error


POD = {"kind": "Pod", "apiVersion": "v1", "name": "p"}


def test_a_request_is_answered_with_the_token_and_its_end(tokens: Tokens, world: World) -> None:
    answer = token_request(tokens, {"spec": {}}, "web", "app")
    assert answer["spec"] == {
        "audiences": [ISSUER], "expirationSeconds": 3600, "boundObjectRef": None,
    }  # fmt: skip
    assert answer["status"]["expirationTimestamp"] == "2026-01-01T01:00:00Z"
    account = world.get("serviceaccounts", "app", "web")
    assert account is not None
    assert answer["metadata"]["uid"] == account["metadata"]["uid"]


def test_the_claims_of_a_pods_token_are_the_real_ones(tokens: Tokens, world: World) -> None:
    said = payload(ask(tokens, boundObjectRef=POD))
    private = said["kubernetes.io"]
    assert private["namespace"] == "web"
    pod, node = world.get("pods", "p", "web"), world.get("nodes", "n1")
    assert pod is not None
    assert node is not None
    assert private["pod"] == {"name": "p", "uid": pod["metadata"]["uid"]}
    assert private["node"] == {"name": "n1", "uid": node["metadata"]["uid"]}
    assert private["serviceaccount"]["name"] == "app"
    assert said["sub"] == "system:serviceaccount:web:app"
    assert said["exp"] - said["iat"] == 3600
    assert set(said) == {"aud", "exp", "iat", "iss", "jti", "kubernetes.io", "nbf", "sub"}


def test_the_mounted_token_lives_a_year_and_warns_after_an_hour(tokens: Tokens) -> None:
    said = payload(ask(tokens, boundObjectRef=POD, expirationSeconds=3607))
    assert said["exp"] - said["iat"] == 31536000
    assert said["kubernetes.io"]["warnafter"] - said["iat"] == 3607


def test_a_review_names_the_user_and_where_the_token_lives(tokens: Tokens) -> None:
    token = ask(tokens, boundObjectRef=POD)
    status = token_review(tokens, {"spec": {"token": token}})["status"]
    assert status["authenticated"]
    assert status["audiences"] == [ISSUER]
    user = status["user"]
    assert user["username"] == "system:serviceaccount:web:app"
    assert user["groups"] == [
        "system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated",
    ]  # fmt: skip
    extra = user["extra"]
    assert extra["authentication.kubernetes.io/pod-name"] == ["p"]
    assert extra["authentication.kubernetes.io/node-name"] == ["n1"]
    assert extra["authentication.kubernetes.io/credential-id"][0].startswith("JTI=")


def test_a_token_is_for_its_audience_alone(tokens: Tokens) -> None:
    token = ask(tokens, audiences=["vault"])
    words = f'token audiences ["vault"] is invalid for the target audiences ["{ISSUER}"]'
    assert fault(tokens, token) == f"[invalid bearer token, {words}]"
    status = token_review(tokens, {"spec": {"token": token, "audiences": ["vault", "x"]}})["status"]
    assert status["audiences"] == ["vault"]


def test_forged_and_foreign_tokens_are_nobodys(tokens: Tokens, world: World) -> None:
    token = ask(tokens)
    head, body, signature = token.split(".")
    other = Tokens(new_key(), world, world.clock.now)
    crypto = "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]"
    assert fault(tokens, f"{head}.{body}.{signature[::-1]}") == crypto
    assert fault(tokens, ask(other)) == crypto
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert fault(tokens, f"{none}.{body}.") == crypto
    for nothing in ("x", "a.b.c", "..", token + ".x"):
        assert fault(tokens, nothing) == "invalid bearer token"


async def test_an_expired_token_does_not_hold(tokens: Tokens, world: World) -> None:
    token = ask(tokens, expirationSeconds=600)
    assert tokens.authenticate(token)
    await world.clock.advance(661)  # a minute of leeway
    assert fault(tokens, token) == ("[invalid bearer token, service account token has expired]")


@pytest.mark.parametrize(
    ("bound", "gone", "words"),
    [
        (POD, ("pods", "p", "web"), "service account token has been invalidated"),
        ({"kind": "Secret", "apiVersion": "v1", "name": "s"}, ("secrets", "s", "web"),
         "service account token has been invalidated"),
        ({"kind": "Node", "apiVersion": "v1", "name": "n1"}, ("nodes", "n1"),
         "service account token has been invalidated"),
        (None, ("serviceaccounts", "app", "web"), 'serviceaccounts "app" not found'),
    ],
)  # fmt: skip
def test_a_token_dies_with_what_it_is_bound_to(
    tokens: Tokens, world: World, bound: Object | None, gone: tuple[str, ...], words: str
) -> None:
    token = ask(tokens, boundObjectRef=bound)
    assert tokens.authenticate(token)
    world.drop(*gone)
    assert fault(tokens, token) == f"[invalid bearer token, {words}]"
    world.named(*gone)  # the same name is not the same object
    assert "does not match" in fault(tokens, token)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"spec": {"expirationSeconds": 300}}, 422,
         'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: '
         "300: may not specify a duration less than 10 minutes"),
        ({"spec": {"boundObjectRef": {**POD, "name": "nope"}}}, 404, 'pods "nope" not found'),
        ({"spec": {"boundObjectRef": {**POD, "uid": "other"}}}, 409, "might have been deleted"),
        ({"spec": {"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "c"}}}, 400,
         "cannot bind token to object of type /v1, Kind=ConfigMap"),
        ({"metadata": {"name": "b"}}, 422, "must match the service account name if specified"),
        ({"metadata": {"uid": "b"}}, 409, "does not match the UID of the service account"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_in_the_real_words(
    tokens: Tokens, body: Object, code: int, words: str
) -> None:
    with pytest.raises(StatusError) as refused:
        token_request(tokens, body, "web", "app")
    assert refused.value.code == code
    assert words in refused.value.message


def test_no_token_for_another_accounts_pod(tokens: Tokens, world: World) -> None:
    world.named("serviceaccounts", "other", "web")
    with pytest.raises(StatusError, match='serviceaccount "other" to pod running'):
        token_request(tokens, {"spec": {"boundObjectRef": POD}}, "web", "other")


def test_a_legacy_token_is_the_one_in_its_secret(tokens: Tokens, world: World) -> None:
    account, secret = world.get("serviceaccounts", "app", "web"), world.get("secrets", "s", "web")
    assert account is not None
    assert secret is not None
    token = tokens.sign(legacy_claims(account, secret), LEGACY_ISSUER)
    assert fault(tokens, token) == "[invalid bearer token, Token does not match server's copy]"
    secret["data"] = {"token": base64.b64encode(token.encode()).decode()}
    found = tokens.authenticate(token)
    assert found is not None
    assert found[0].name == "system:serviceaccount:web:app"
    world.drop("secrets", "s", "web")
    assert fault(tokens, token) == "[invalid bearer token, Token has been invalidated]"


def test_published_keys_check_the_signature(tokens: Tokens) -> None:
    from joserfc import jws
    from joserfc.jwk import KeySet

    assert tokens.discovery("https://h:1")["jwks_uri"] == "https://h:1/openid/v1/jwks"
    published = KeySet.import_key_set(tokens.key_set())  # type: ignore[arg-type]
    token = ask(tokens)
    assert jws.deserialize_compact(token, published, algorithms=["ES256"]).headers()["kid"]


def test_requests_are_somebodys_anonymous_or_401(tokens: Tokens, world: World) -> None:
    who = Authenticator(tokens)
    token = ask(tokens)
    assert who.authenticate({"Authorization": f"bearer {token}"}).name.endswith("web:app")
    assert who.authenticate({}) == ANONYMOUS
    assert who.authenticate({"Authorization": "Basic abc"}) == ANONYMOUS
    for bad in ("Bearer x", f"Bearer {token}x"):
        with pytest.raises(StatusError) as refused:
            who.authenticate({"Authorization": bad})
        assert refused.value.status() == {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "Unauthorized", "reason": "Unauthorized", "code": 401,
        }  # fmt: skip
    with pytest.raises(StatusError):
        Authenticator(tokens, anonymous=False).authenticate({})


@pytest.mark.parametrize(
    "head",
    [b"[]", b"{}", b"[" * 3000, b'{"alg":"ES256","crit":["x"]}', b'{"alg":"ES256","b64":false}',
     b'{"alg":"HS256"}', b'{"alg":{}}', b"\xff"],
)  # fmt: skip
def test_no_header_of_a_stranger_breaks_anything(tokens: Tokens, head: bytes) -> None:
    _, body, signature = ask(tokens).split(".")
    token = base64.urlsafe_b64encode(head).rstrip(b"=").decode() + f".{body}.{signature}"
    with pytest.raises(StatusError) as refused:
        Authenticator(tokens).authenticate({"Authorization": f"Bearer {token}"})
    assert refused.value.code == 401
    assert "primitive" in fault(tokens, token)
