"""agnhost's servers where a port is taken or a request is odd; the words are those of 2.53."""

from __future__ import annotations

from breakfix.embedded.programs.agnhost.webhook_server import reviewed
from tests.embedded.programs.pods import Lab, Pod

_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"


async def _netexec(*more: str) -> Pod:
    return await Lab().pod("me", _IMAGE, "/agnhost", "netexec", *more)


async def test_netexec_says_which_udp_listener_failed() -> None:
    me = await _netexec()
    code, text = await me.run("/agnhost", "netexec", "--http-port=1")
    words = "failed to create listener for UDP address :8081:listen udp :8081: bind:"
    assert (code, f"Error occurred: {words} address already in use\n" in text) == (1, True)
    code, text = await me.run("/agnhost", "netexec", "--udp-port=1")
    assert (code, "] listen tcp :8080: bind: address already in use\n" in text) == (1, True)


async def test_netexec_listens_on_several_addresses() -> None:
    me = await _netexec("--udp-listen-addresses=127.0.0.1,127.0.0.2,10.244.1.5")
    for address in ("127.0.0.1", "127.0.0.2", "10.244.1.5"):
        assert await me.sh(f"echo hostName | nc -w 1 -u {address} 8081") == (0, "me"), address


async def test_dial_refuses_ports_that_cannot_be() -> None:
    me = await _netexec()
    bad = "host and/or port param are invalid."
    for port, words in (
        ("x", "lookup tcp/x: unknown port"),
        ("99999", "address 99999: invalid port"),
    ):
        url = f"http://127.0.0.1:8080/dial?host=127.0.0.1&port={port}&request=hostname"
        assert await me.sh(f"curl -s -w '%{{http_code}}' '{url}'") == (0, f"{bad} {words}\n400")
    missing = "request parameter not specified. <nil>\n"
    assert await me.sh("curl -s 'http://127.0.0.1:8080/dial?port=x'") == (0, missing)


async def test_porter_goes_on_without_a_taken_port() -> None:
    env = {"SERVE_PORT_82": "a", "SERVE_TLS_PORT_82": "b"}
    me = await Lab().pod("me", _IMAGE, "/agnhost", "porter", env=env)
    words = 'server on port "82" failed: listen tcp 0.0.0.0:82: bind: address already in use\n'
    assert words in me.output.text
    assert await me.sh("curl -s localhost:82") == (0, "a")


def test_a_review_may_lack_its_kind() -> None:
    assert reviewed({}, {"uid": ""}).body == b'{"response": {"uid": ""}}'


async def test_tcp_reset_ends_without_its_port() -> None:
    me = await _netexec()
    code, text = await me.run("/agnhost", "tcp-reset", "--port=8080")
    words = "] Error from net.Listen(): listen tcp :8080: bind: address already in use\n"
    assert (code, text.endswith(words)) == (1, True)
