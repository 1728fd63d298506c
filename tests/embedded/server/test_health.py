"""How clients look whether the server is well, and how long they give it."""

from __future__ import annotations

from tests.embedded.cluster_fixture import running


async def test_health_tells_its_checks() -> None:
    async with running() as (_, http):
        assert await http.ask("GET", "/livez") == (200, "ok")
        assert await http.ask("GET", "/livez/etcd") == (200, "ok")
        assert (await http.ask("GET", "/livez/nothing"))[0] == 404
        _, text = await http.ask("GET", "/readyz?verbose&exclude=etcd")
        lines = text.splitlines()
        assert {"[+]ping ok", "[+]etcd excluded: ok", "[+]informer-sync ok"} <= set(lines)
        assert lines[-1] == "readyz check passed"


async def test_a_timeout_is_a_duration() -> None:
    async with running() as (_, http):
        for given, code in (("3m", 200), ("1.5s", 200), ("0s", 200), ("x", 400), ("3", 400)):
            assert (await http.ask("GET", f"/version?timeout={given}"))[0] == code, given
