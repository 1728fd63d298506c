import ssl
import stat
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from breakfix.embedded.auth.attributes import CREDENTIAL_ID
from breakfix.embedded.auth.authentication import Authenticator
from breakfix.embedded.auth.certificates import SERVICE_IP, new_key
from breakfix.embedded.auth.keys import Keys, load_or_create
from breakfix.embedded.auth.kubeconfig import kubeconfig, kubeconfig_text
from breakfix.embedded.auth.requests import SIGNERS, read_pem
from breakfix.embedded.auth.tls import identity_of, server_context
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.users import ADMIN
from tests.embedded.auth.world import World

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.create(NOW)


def handshake(keys: Keys, name: str, client: ssl.SSLContext) -> bytes | None:
    """What the server sees of the client, over memory."""
    server = server_context(keys.authority, keys.server)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(back, there, server_hostname=name)
    two = server.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (one, two):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return two.getpeercert(binary_form=True)


def client_context(keys: Keys) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=keys.authority.pem.decode())


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "localhost", SERVICE_IP, "kubernetes"])
def test_clients_trust_the_server_by_each_of_its_names(keys: Keys, name: str) -> None:
    assert handshake(keys, name, client_context(keys)) is None


def test_a_client_certificate_says_who_and_in_which_groups(keys: Keys, tmp_path: Path) -> None:
    file = tmp_path / "client.pem"
    file.write_bytes(keys.admin.certificate_pem + keys.admin.key_pem)
    context = client_context(keys)
    context.load_cert_chain(file)
    der = handshake(keys, "localhost", context)
    assert der is not None
    identity = identity_of(der)
    assert identity is not None
    user = identity.user
    assert (user.name, user.groups) == ("kubernetes-admin", ("kubeadm:cluster-admins",))
    assert user.extra[CREDENTIAL_ID][0].startswith("X509SHA256=")


def test_a_certificate_of_another_authority_ends_the_handshake(keys: Keys, tmp_path: Path) -> None:
    other = Keys.create(NOW).admin
    file = tmp_path / "client.pem"
    file.write_bytes(other.certificate_pem + other.key_pem)
    context = client_context(keys)
    context.load_cert_chain(file)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(keys, "localhost", context)


def test_an_expired_certificate_is_let_in_by_tls_and_refused_after(
    keys: Keys, tmp_path: Path
) -> None:
    expired = keys.authority.client(NOW - timedelta(days=400), "jane")
    file = tmp_path / "client.pem"
    file.write_bytes(expired.certificate_pem + expired.key_pem)
    context = client_context(keys)
    context.load_cert_chain(file)
    der = handshake(keys, "localhost", context)
    assert der is not None
    world = World()
    world.clock = VirtualClock(NOW)
    who = Authenticator(Tokens(keys.token_key, world, world.clock.now))
    with pytest.raises(StatusError) as refused:
        who.authenticate({}, der)
    assert refused.value.code == 401
    admin = keys.admin.certificate.public_bytes(serialization.Encoding.DER)
    assert who.authenticate({"Authorization": "Bearer x"}, admin).groups == ADMIN.groups


def test_keys_stay_the_same_in_their_directory_and_are_private(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "pki", NOW)
    again = load_or_create(tmp_path / "pki", NOW)
    assert again.authority.pem == first.authority.pem
    assert again.admin.certificate_pem == first.admin.certificate_pem
    modes = {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "pki").iterdir()}
    assert modes == {0o600}


def test_certificates_that_end_soon_are_renewed_and_the_authority_stays(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, NOW)
    later = load_or_create(tmp_path, NOW + timedelta(days=350))
    assert later.authority.pem == first.authority.pem
    assert later.server.certificate.not_valid_after_utc > NOW + timedelta(days=700)


def test_making_all_keys_is_quick() -> None:
    started = time.perf_counter()
    Keys.create(NOW)
    assert time.perf_counter() - started < 0.5  # 15 ms on a quiet machine


def test_a_kubeconfig_has_everything_in_it(keys: Keys) -> None:
    url = "https://127.0.0.1:6443"
    config = yaml.safe_load(
        kubeconfig_text(kubeconfig("mine", url, keys.authority.pem, keys.admin, namespace="web"))
    )
    cluster = config["clusters"][0]["cluster"]
    assert cluster["server"] == url
    assert b64decode(cluster["certificate-authority-data"]) == keys.authority.pem
    assert b64decode(config["users"][0]["user"]["client-key-data"]) == keys.admin.key_pem
    assert config["current-context"] == config["contexts"][0]["name"] == "mine"
    assert config["contexts"][0]["context"]["namespace"] == "web"


def request(name: str, groups: tuple[str, ...] = (), dns: tuple[str, ...] = ()) -> bytes:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, g) for g in groups]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if dns:
        names = x509.SubjectAlternativeName([x509.DNSName(d) for d in dns])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_a_signed_request_keeps_subject_and_names_and_lives_as_asked(keys: Keys) -> None:
    pem = request("jane", ("dev",), ("jane.example",))
    usages = ["client auth", "digital signature"]
    signed = x509.load_pem_x509_certificate(
        keys.authority.sign(pem, usages, NOW, timedelta(hours=1))
    )
    signed.verify_directly_issued_by(keys.authority.pair.certificate)
    assert signed.subject.rfc4514_string() == "CN=jane,O=dev"
    alternative = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.DNSName) == ["jane.example"]
    life = signed.not_valid_after_utc - signed.not_valid_before_utc
    assert life == timedelta(hours=1, minutes=5)


@pytest.mark.parametrize(
    ("signer", "pem", "usages", "fault"),
    [
        ("kube-apiserver-client", request("j"), ["client auth"], ""),
        ("kube-apiserver-client", request("j"), ["server auth"],
         "invalid usage for client certificate: server auth"),
        ("kube-apiserver-client-kubelet", request("system:node:a", ("system:nodes",)),
         ["client auth", "digital signature"], ""),
        ("kube-apiserver-client-kubelet", request("system:node:a", ("system:nodes",), ("a",)),
         ["client auth", "digital signature"], "DNS subjectAltNames are not allowed"),
        ("kubelet-serving", request("system:node:a", ("system:nodes",), ("a",)), ["client auth"],
         "usages did not match [digital signature key encipherment server auth]"),
    ],
)  # fmt: skip
def test_each_signer_has_its_own_rules(
    signer: str, pem: bytes, usages: list[str], fault: str
) -> None:
    assert SIGNERS[f"kubernetes.io/{signer}"](read_pem(pem), usages) == fault


def test_what_is_no_request_is_refused_in_the_real_words() -> None:
    with pytest.raises(ValueError, match="PEM block type must be CERTIFICATE REQUEST"):
        read_pem(b"-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(ValueError, match="malformed"):
        read_pem(request("a").replace(b"M", b"N", 3))
