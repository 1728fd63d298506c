"""What is wrong with a server's certificate, in the words of Go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from breakfix.embedded.auth.certificates import Authority, Pair, new_key
from breakfix.embedded.network.certificate_checks import UntrustedError, authorities, check_server

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OURS, OTHER, ALIKE = (Authority.create(NOW, name) for name in ("ca", "other", "ca"))
NAME = "hook.ns.svc"
UNKNOWN = "x509: certificate signed by unknown authority"


def words(
    server: Pair, *trusted: Authority, name: str = NAME, after: timedelta = timedelta(0)
) -> str:
    roots: list[x509.Certificate] = []
    for one in trusted:
        roots += authorities(one.pem)
    try:
        check_server([server.certificate], roots, name, NOW + after)
    except UntrustedError as error:
        return str(error)
    return ""


GOOD = OURS.server(NOW, [NAME, "10.1.2.3"])


@pytest.mark.parametrize("name", [NAME, "10.1.2.3"])
def test_what_a_trusted_authority_signed_is_good(name: str) -> None:
    assert words(GOOD, OTHER, OURS, name=name) == ""
    assert words(OURS.server(NOW, ["*.ns.svc"]), OURS) == ""


def test_who_vouches() -> None:
    assert words(GOOD) == words(GOOD, OTHER) == UNKNOWN
    assert words(GOOD, ALIKE) == (
        f'{UNKNOWN} (possibly because of "x509: ECDSA verification failure" while trying to '
        'verify candidate authority certificate "ca")'
    )


def test_an_authority_between() -> None:
    key, between = new_key(), OURS.pair.certificate
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "between")])
    built = (
        x509.CertificateBuilder().subject_name(between.subject).issuer_name(name)
        .public_key(OURS.pair.key.public_key()).serial_number(7)
        .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )  # fmt: skip
    root = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(8)
        .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    shown = [GOOD.certificate, built.sign(key, hashes.SHA256())]
    check_server(shown, [root], NAME, NOW)
    for chain, roots in ((shown[:1], [root]), (shown, [OTHER.pair.certificate])):
        with pytest.raises(UntrustedError, match="unknown authority"):
            check_server(chain, roots, NAME, NOW)
    with pytest.raises(UntrustedError, match="has expired"):
        check_server(shown, [root], NAME, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("hosts", "why"),
    [
        (["a.svc", "b.svc"], "is valid for a.svc, b.svc, not hook.ns.svc"),
        (["10.1.2.3"], "is not valid for any names, but wanted to match hook.ns.svc"),
    ],
)
def test_names(hosts: list[str], why: str) -> None:
    assert words(OURS.server(NOW, hosts), OURS) == f"x509: certificate {why}"


def test_an_address_needs_an_address() -> None:
    assert words(OURS.server(NOW, [NAME]), OURS, name="10.1.2.3") == (
        "x509: cannot validate certificate for 10.1.2.3 because it doesn't contain any IP SANs"
    )


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (timedelta(days=-1), "2026-01-01T03:04:05Z is before 2026-01-02T02:59:05Z"),
        (timedelta(days=700), "2027-12-03T03:04:05Z is after 2027-01-02T02:59:05Z"),
    ],
)
def test_time_is_the_clusters(after: timedelta, why: str) -> None:
    text = "x509: certificate has expired or is not yet valid: current time "
    assert words(GOOD, OURS, after=after) == text + why


def test_a_client_certificate_is_not_a_servers() -> None:
    client = OURS.client(NOW, "ann")
    assert words(client, OURS, name="ann").startswith("x509: certificate relies on legacy Common")
