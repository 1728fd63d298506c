"""JSON on one line for programs, on many for curl and browsers."""

from __future__ import annotations

from tests.embedded.cluster_fixture import Http, running

ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/absent"


async def told(http: Http, path: str, agent: str) -> str:
    headers = {"User-Agent": agent}
    async with http.session.get(http.url + path, headers=headers) as answer:
        return await answer.text()


async def test_json_is_printed_for_who_asks() -> None:
    async with running() as (_, http):
        text = await told(http, ACCOUNT, "kubectl/v1.34.0")
        assert text.startswith('{"kind":"Status","apiVersion":"v1","metadata":{}')
        assert text.endswith('"code":404}\n')
        indented = '{\n  "kind": "Status",\n  "apiVersion": "v1",\n  "metadata": {},\n'
        for agent in ("curl/8.5.0", "Wget", "Mozilla/5.0 (X11)"):
            text = await told(http, ACCOUNT, agent)
            assert text.startswith(indented)
            assert text.endswith("}")
        assert "\n  " not in await told(http, f"{ACCOUNT}?pretty=false", "curl/8")
        assert (await told(http, "/api/v1?pretty=true", "me")).startswith('{\n  "kind": "APIRes')
        assert (await told(http, "/apis", "curl/8")).startswith('{\n  "kind": "APIGroupList"')
        assert (await told(http, "/", "me")).startswith('{\n  "paths": [\n')
        assert (await told(http, "/version", "me")).endswith('"\n}')
