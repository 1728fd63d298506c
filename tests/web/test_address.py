"""Where the server listens, and what is said where it cannot."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import pytest

from breakfix.errors import BreakfixError, UsageError
from breakfix.web.address import Place, check, listen, names_of, tls, url_of
from breakfix.web.password import read_password
from tests.web.serving import EVERYWHERE, certificate

WEB = [sys.executable, "-m", "breakfix", "web"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone_needs_nothing(host: str) -> None:
    check(Place(host), has_password=False)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "example.com"])
def test_others_need_tls_and_a_password(host: str, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with pytest.raises(UsageError, match=r"TLS .* and a password"):
        check(Place(host), has_password=False)
    with pytest.raises(UsageError, match="needs TLS"):
        check(Place(host), has_password=True)
    with pytest.raises(UsageError, match="needs a password"):
        check(Place(host, cert=cert, key=key), has_password=False)
    check(Place(host, cert=cert, key=key), has_password=True)


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--cert and --key go together"):
        check(Place(cert=tmp_path / "cert.pem"), has_password=False)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BreakfixError, match=f"port {port} of 127.0.0.1 is taken"):
            listen(Place(port=port))


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(UsageError, match=r"this machine has no address 192\.0\.2\.1"):
        listen(Place("192.0.2.1"))


def test_a_port_of_the_administrator_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(BreakfixError, match="this user may not listen on port 80"):
        listen(Place(port=80))


def test_a_certificate_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    with pytest.raises(UsageError, match="cannot be read"):
        tls(Place(cert=missing, key=missing))


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    cert, _ = certificate(tmp_path)
    wrong = tmp_path / "wrong.pem"
    wrong.touch(0o600)
    wrong.write_text("no key at all")
    with pytest.raises(UsageError, match="no certificate with its key"):
        tls(Place(cert=cert, key=wrong))


def test_a_certificate_with_the_key_of_another_is_named(tmp_path: Path) -> None:
    cert, _ = certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = certificate(tmp_path / "other")
    with pytest.raises(UsageError, match="no certificate with its key"):
        tls(Place(cert=cert, key=key))


@pytest.mark.parametrize(("mode", "usable"), [(0o644, False), (0o640, True), (0o600, True)])
def test_a_key_that_everybody_can_read_is_refused(tmp_path: Path, mode: int, usable: bool) -> None:
    cert, key = certificate(tmp_path)
    key.chmod(mode)
    with nullcontext() if usable else pytest.raises(UsageError, match="others can read the key"):
        tls(Place(cert=cert, key=key))


def test_a_further_name_is_answered_to_and_printed(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    place = Place(EVERYWHERE, 8443, ("Lab.Example",), cert, key)
    assert names_of(place, 8443).admit("lab.example:8443")
    assert url_of(place, 8443) == "https://Lab.Example:8443/"


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert url_of(Place("::1"), 8000) == "http://[::1]:8000/"


def test_an_address_of_ipv6_is_known_as_a_browser_writes_it() -> None:
    names = names_of(Place("2001:DB8:0::1", 8443, cert=Path("c"), key=Path("k")), 8443)
    assert names.admit("[2001:db8::1]:8443")


# -- the password ---------------------------------------------------------------------


def password_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_text(text)
    path.chmod(mode)
    return path


async def test_a_password_comes_from_the_first_line_of_a_file(tmp_path: Path) -> None:
    found = read_password({}, password_file(tmp_path, "correct horse\n"))
    assert found is not None
    assert await found.matches("correct horse")
    assert not await found.matches("correct horse\n")


async def test_a_very_long_password_is_compared_to_its_end() -> None:
    found = read_password({"BREAKFIX_WEB_PASSWORD": "x" * 5000}, None)
    assert found is not None
    assert await found.matches("x" * 5000)
    assert not await found.matches("x" * 4999)


async def test_a_password_comes_from_the_environment() -> None:
    found = read_password({"BREAKFIX_WEB_PASSWORD": "correct horse"}, None)
    assert found is not None
    assert await found.matches("correct horse")


def test_there_need_not_be_a_password() -> None:
    assert read_password({}, None) is None


@pytest.mark.parametrize("text", ["", "\n", "short"])
def test_a_short_password_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="too short"):
        read_password({}, password_file(tmp_path, text))


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="others can read"):
        read_password({}, password_file(tmp_path, "correct horse", 0o644))


def test_a_password_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_password({}, tmp_path / "none")


# -- the command ----------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_url_is_all_of_standard_output_and_a_signal_stops_it(
    number: signal.Signals, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [*WEB, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"BREAKFIX_HOME": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    assert json.loads(first)["url"].startswith("http://127.0.0.1:")
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_refusal_is_two_lines_and_an_exit_code(tmp_path: Path) -> None:
    found = subprocess.run(
        [*WEB, "--host", EVERYWHERE], capture_output=True, text=True, check=False, timeout=30
    )
    assert found.returncode == 2
    assert found.stderr.startswith("breakfix: 0.0.0.0 can be reached by others")
