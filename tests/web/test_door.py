"""Who is let in: by token, cookie, password, under which name and from which page."""

from __future__ import annotations

import logging
import re
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from breakfix.web import serving
from breakfix.web.access import Names
from breakfix.web.address import Place
from breakfix.web.password import FREE_GUESSES, LONGEST_WAIT, Password, Slowdown
from tests.web.serving import EVERYWHERE, Visit, certificate, served

STATIC = "/static/textual/js/textual.js"
SECRET = "correct horse battery"


# -- the token and the cookie ---------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", "/?token=%ff%00", STATIC, "/ws", "/nowhere"]
)
async def test_without_the_token_nothing_is_shown(path: str) -> None:
    async with served() as visit:
        assert (await visit.get(path)).status == 403


async def test_the_printed_address_shows_the_page_and_gives_a_cookie() -> None:
    async with served() as visit:
        answer = await visit.enter()
        assert answer.status == 200
        assert "textual-terminal" in await answer.text()
        given = answer.headers["Set-Cookie"]
        assert "HttpOnly" in given
        assert "SameSite=Strict" in given


@pytest.mark.parametrize("path", ["/", STATIC, "/static/breakfix/page.js"])
async def test_the_cookie_opens_everything_else(path: str) -> None:
    async with served() as visit:
        await visit.enter()
        assert (await visit.get(path)).status == 200


async def test_the_token_is_in_the_way_of_nothing_but_the_page() -> None:
    async with served() as visit:
        assert (await visit.get(f"{STATIC}?token={visit.token}")).status == 403


async def test_a_cookie_of_another_run_opens_nothing() -> None:
    async with served() as visit:
        port = visit.origin.rpartition(":")[2]
        assert (await visit.get(Cookie=f"breakfix-{port}=guessed")).status == 403


async def test_the_address_for_opening_a_browser_works_once() -> None:
    async with served() as visit, ClientSession() as other:
        assert (await visit.client.get(visit.opened.once)).status == 200
        assert (await other.get(visit.opened.once)).status == 403


async def test_to_ask_for_the_head_alone_does_not_use_that_address_up() -> None:
    async with served() as visit:
        assert (await visit.client.head(visit.opened.once)).status == 405
        assert (await visit.client.get(visit.opened.once)).status == 200


async def test_no_secret_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(password=Password(SECRET)) as visit:
        await visit.enter()
        await visit.post(token=visit.token, password=SECRET)
        await visit.get(f"/nowhere?token={visit.token}")
    assert visit.token not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_every_address_of_loopback_serves(host: str) -> None:
    async with served(Place(host)) as visit:
        assert (await visit.enter()).status == 200


async def test_static_folders_are_not_listed() -> None:
    async with served() as visit:
        await visit.enter()
        assert (await visit.get("/static/textual/")).status == 403


# -- names and origins ----------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_names_of_this_machine_are_answered_to(host: str) -> None:
    async with served() as visit:
        port = visit.origin.rpartition(":")[2]
        answer = await visit.get(f"/?token={visit.token}", Host=f"{host}:{port}")
        assert answer.status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "localhost", "127.0.0.1:1", "localhost:{port}@evil.example",
     "evil.example", "127.0.0.1.evil.example:{port}", "10.0.0.1:{port}", "", "localhost:x"],
)  # fmt: skip
async def test_under_another_name_even_the_cookie_opens_nothing(host: str) -> None:
    async with served() as visit:
        await visit.enter()
        port = visit.origin.rpartition(":")[2]
        assert (await visit.get(Host=host.format(port=port))).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
async def test_from_another_page_even_the_cookie_opens_nothing(origin: str) -> None:
    async with served() as visit:
        await visit.enter()
        assert (await visit.get(Origin=origin)).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", ""])
async def test_the_socket_opens_to_our_own_page_alone(origin: str) -> None:
    async with served() as visit:
        await visit.enter()
        with pytest.raises(WSServerHandshakeError, match="403"):
            await visit.socket(Origin=origin)


async def test_the_socket_needs_the_cookie() -> None:
    async with served() as visit:
        with pytest.raises(WSServerHandshakeError, match="403"):
            await visit.socket(f"?token={visit.token}")


def test_where_all_addresses_are_listened_on_any_address_is_a_name() -> None:
    names = Names("https", 443, frozenset({"box"}), any_address=True)
    asked = ("box", "192.0.2.7", "[2001:db8::1]:443", "evil.example", "box:8443")
    assert [names.admit(host) for host in asked] == [True, True, True, False, False]


# -- headers --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/nowhere", STATIC])
async def test_every_answer_is_guarded(path: str) -> None:
    async with served() as visit:
        await visit.enter()
        headers = (await visit.get(path)).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_the_page_asks_nobody_else() -> None:
    async with served() as visit:
        page = await (await visit.enter()).text()
        style = await (await visit.get("/static/breakfix/page.css")).text()
        named = re.findall(r"""(?:src|href)="([^"]*)"|url\("([^"]*)"\)""", page + style)
        assert all((a or b).startswith("/static/") for a, b in named)
        for address in (a or b for a, b in named):
            assert (await visit.get(address)).status == 200


# -- the password ---------------------------------------------------------------------


async def _form(visit: Visit) -> str:
    """The token within the form."""
    page = await (await visit.enter()).text()
    return str(re.findall(r'name="token" value="([^"]+)"', page)[0])


async def test_a_password_is_asked_for_before_anything_is_shown() -> None:
    async with served(password=Password(SECRET)) as visit:
        page = await visit.enter()
        assert 'type="password"' in await page.text()
        assert "Set-Cookie" not in page.headers


async def test_the_right_password_opens() -> None:
    async with served(password=Password(SECRET)) as visit:
        answer = await visit.post(token=await _form(visit), password=SECRET)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert "textual-terminal" in await (await visit.get()).text()


async def test_a_wrong_password_is_asked_for_again() -> None:
    async with served(password=Password(SECRET)) as visit:
        answer = await visit.post(token=await _form(visit), password="guess")
        assert answer.status == 403
        assert "That is not the password." in await answer.text()
        assert (await visit.get()).status == 403


async def test_the_password_alone_without_a_token_opens_nothing() -> None:
    async with served(password=Password(SECRET)) as visit:
        answer = await visit.post(token="guess", password=SECRET)
        assert (answer.status, "Set-Cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    ("data", "kind"), [(b"token=%ff\xff", ""), (b"token=x", "; charset=none")]
)  # fmt: skip
async def test_a_form_that_is_none_is_refused(data: bytes, kind: str) -> None:
    async with served(password=Password(SECRET)) as visit:
        headers = {
            "Origin": visit.origin, "Content-Type": f"application/x-www-form-urlencoded{kind}",
        }  # fmt: skip
        sent = await visit.client.post(f"{visit.origin}/enter", data=data, headers=headers)
        assert sent.status == 400


async def test_a_form_that_says_no_origin_is_refused() -> None:
    async with served(password=Password(SECRET)) as visit:
        form = {"token": visit.token, "password": SECRET}
        assert (await visit.client.post(f"{visit.origin}/enter", data=form)).status == 403


async def test_without_a_password_there_is_no_form_to_send() -> None:
    async with served() as visit:
        assert (await visit.post(token=visit.token, password="")).status == 403


async def test_after_some_guesses_even_the_right_password_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standing = Slowdown(lambda: 0.0)
    monkeypatch.setattr(serving, "Slowdown", lambda _: standing)
    async with served(password=Password(SECRET)) as visit:
        for _ in range(FREE_GUESSES):
            await visit.post(token=visit.token, password="guess")
        answer = await visit.post(token=visit.token, password=SECRET)
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1


def test_waiting_grows_to_a_limit_and_ends_with_the_right_password() -> None:
    now = 0.0
    slowdown = Slowdown(lambda: now)
    waits = []
    for _ in range(12):
        assert slowdown.guess("192.0.2.1") == 0
        waits.append(slowdown.guess("192.0.2.1"))
        now += waits[-1]
    assert waits == [0, 1, 2, 4, 8, 16, 32, *[LONGEST_WAIT] * 5]
    slowdown.right("192.0.2.1")
    assert slowdown.guess("192.0.2.1") == 0


def test_a_guesser_does_not_get_further_by_another_address_of_its_network() -> None:
    slowdown = Slowdown(lambda: 0.0)
    for number in range(FREE_GUESSES):
        slowdown.guess(f"2001:db8::{number}")
    assert slowdown.guess("2001:db8::ffff") > 0
    assert slowdown.guess("2001:db8:0:1::1") == 0


# -- TLS ------------------------------------------------------------------------------


async def test_over_tls_the_cookie_is_for_tls_alone(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=cert)
    trusting.check_hostname = False
    async with served(Place(EVERYWHERE, 0, ("127.0.0.1",), cert, key), Password(SECRET)) as found:
        visit = replace(found, tls=trusting)
        answer = await visit.post(token=await _form(visit), password=SECRET)
        assert "Secure" in answer.headers["Set-Cookie"]
        assert visit.origin.startswith("https://")
