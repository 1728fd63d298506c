"""OpenBSD's nc, busybox's telnet, dig and ss, as they were seen in agnhost:2.53."""

from __future__ import annotations

import pytest

from breakfix.embedded.programs.clients.dig_options import read
from breakfix.embedded.programs.clients.nc_ports import listening_port
from tests.embedded.programs.pods import Lab

_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"


async def test_nc_refuses_ports_that_cannot_be() -> None:
    me = await Lab().pod("me", _IMAGE, "/agnhost", "pause")
    assert await me.sh("nc 127.0.0.1 nope") == (1, "nc: port number invalid: nope\n")
    assert await me.sh("nc 127.0.0.1 80000") == (1, "nc: port number too large: 80000\n")
    assert await me.sh("nc 127.0.0.1 0") == (1, "nc: port number too small: 0\n")
    unknown = "nc: getaddrinfo: Servname not supported for ai_socktype\n"
    assert await me.sh("nc -l -p nope") == (1, unknown)
    assert await me.sh("nc -l") == (1, "nc: missing port number\n")


def test_nc_listens_on_the_low_bits() -> None:
    assert listening_port("80000") == 80000 - 65536


async def test_the_end_of_input_ends_telnet() -> None:
    lab = Lab()
    await lab.pod("web", "busybox", "httpd", "-f")
    me = await lab.pod("me", "busybox", "sleep", "99")
    for _ in range(5):
        code, text = await me.sh("echo x | telnet web 80")
        assert (code, text.startswith("Connected to web\n")) == (0, True)


@pytest.mark.parametrize("words", ["mx foo.bar", "foo.bar mx", "MX foo.bar"])
def test_dig_takes_the_type_anywhere(words: str) -> None:
    query = read(["dig", *words.split()])
    assert (query.name, query.type) == ("foo.bar", "MX")


async def test_ss_aligns_its_columns() -> None:
    lab = Lab()
    me = await lab.pod("me", "nicolaka/netshoot", "nc", "-lk", "-p", "8079")
    head = "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
    row = "LISTEN 0      511          0.0.0.0:8079      0.0.0.0:*          \n"
    assert await me.sh("ss -tln") == (0, head + row)
