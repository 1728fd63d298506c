"""nginx: what it refuses, and a reload that fails."""

from __future__ import annotations

import pytest

from tests.embedded.programs.pods import Lab

_CONF = """events {}
http {
  error_log stderr notice;
  types { text/one a; }
  server { listen ADDRESS; location / { root /srv; } }
}
"""
_NEW = _CONF.replace("stderr notice", "/tmp/errors").replace("text/one", "text/two")


async def test_a_reload_that_cannot_bind_leaves_everything_as_it_was() -> None:
    lab = Lab()
    files = {"/c": _CONF.replace("ADDRESS", "8080"), "/srv/x.a": "x\n",
             "/new": _NEW.replace("ADDRESS", "127.0.0.1:8080")}  # fmt: skip
    web = await lab.pod("web", "nginx", "nginx", "-c", "/c", "-g", "daemon off;", files=files)
    assert await web.sh("cp /new /c; kill -HUP 1; sleep 4") == (0, "")
    shown = "curl -s -w '%{content_type}' http://127.0.0.1:8080/x.a"
    assert await web.sh(shown) == (0, "x\ntext/one")
    assert await web.sh("curl -s http://$(hostname -i):8080/x.a") == (0, "x\n")
    log = web.output.text
    assert "bind() to 127.0.0.1:8080 failed (98: Address already in use)" in log
    assert "still could not bind()" in log


async def test_a_reload_opens_new_addresses_and_closes_old_ones() -> None:
    lab = Lab()
    files = {"/c": _CONF.replace("ADDRESS", "8080"), "/srv/x.a": "x\n",
             "/new": _NEW.replace("ADDRESS", "8081")}  # fmt: skip
    web = await lab.pod("web", "nginx", "nginx", "-c", "/c", "-g", "daemon off;", files=files)
    assert await web.sh("cp /new /c; kill -HUP 1; sleep 1") == (0, "")
    shown = "curl -s -w '%{content_type}' http://127.0.0.1:8081/x.a"
    assert await web.sh(shown) == (0, "x\ntext/two")
    assert (await web.sh("curl -s http://127.0.0.1:8080/x.a"))[0] == 7


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("resolver valid=10s; listen 80;", "no name servers defined in /c:1"),
        ("listen [::1;", 'invalid host in "[::1" of the "listen" directive in /c:1'),
        ("listen [::1]:99999;", 'invalid port in "[::1]:99999" of the "listen" directive in /c:1'),
    ],
)
async def test_it_refuses(wrong: str, words: str) -> None:
    lab = Lab()
    files = {"/c": "events {} http { server { " + wrong + " } }\n"}
    web = await lab.pod("web", "nginx", "sleep", "100", files=files)
    code, said = await web.sh("nginx -t -c /c 2>&1")
    assert code == 1
    assert words in said


async def test_an_ipv6_address_has_its_port() -> None:
    lab = Lab()
    conf = "events {} http { server { listen 80; listen [::1]:8080; } }\n"
    web = await lab.pod("web", "nginx", "nginx", "-c", "/c", "-g", "daemon off;",
                        files={"/c": conf})  # fmt: skip
    assert (await web.sh("curl -s -o /dev/null http://127.0.0.1/"))[0] == 0
