"""ingress-nginx as its manifest installs it, and what it makes of Ingresses."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.errors import StatusError
from breakfix.embedded.network.certificate_checks import shown_by
from breakfix.embedded.network.tls import TlsStream, client_context
from breakfix.embedded.programs.ingress.locations import matches
from breakfix.embedded.programs.ingress.model import Location
from breakfix.embedded.programs.nginx.htpasswd import matches as matches_password
from breakfix.embedded.programs.nginx.htpasswd import md5_crypt
from tests.embedded.servers.fixture import Lab, deployment, live, service

NAMESPACE = "ingress-nginx"
PREFIX = "nginx.ingress.kubernetes.io/"
PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


def ingress(
    name: str, *paths: tuple[str, str, str], host: str = "web.local", tls: str = "",
    cls: str = "nginx", **annotations: str,
) -> dict[str, Any]:  # fmt: skip
    """`paths`: path, pathType and Service."""
    rules = [
        {"path": path, "pathType": kind, "backend": {"service": {
            "name": target, "port": {"number": 80}}}}
        for path, kind, target in paths
    ]  # fmt: skip
    given = {PREFIX + k.replace("_", "-"): v for k, v in annotations.items()}
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "annotations": given}, "spec": {
            "ingressClassName": cls, "rules": [{"host": host, "http": {"paths": rules}}],
            **({"tls": [{"hosts": [host], "secretName": tls}]} if tls else {}),
        },
    }  # fmt: skip


async def install(lab: Lab) -> None:
    await lab.apply("ingress_nginx.yaml")
    echo = ("/agnhost", "netexec", "--http-port=80")
    await lab.create(deployment("web", "registry.k8s.io/e2e-test-images/agnhost:2.55", *echo))
    await lab.create(deployment("idle", "registry.k8s.io/e2e-test-images/agnhost:2.55", "/agnhost",
                                "pause"))  # fmt: skip
    await lab.create(deployment("client", "curlimages/curl:8.14.1", "sleep", "100000"))
    for name in ("web", "idle", "empty"):
        await lab.create(service(name))
    await lab.until(lambda: lab.ready("ingress-nginx-controller", NAMESPACE) and lab.ready("web")
                    and lab.ready("client"))  # fmt: skip


async def curl(lab: Lab, url: str, *options: str) -> str:
    """Through the hostPort of the controller's node."""
    address = lab.pod("ingress-nginx-controller", NAMESPACE)["status"]["hostIP"]
    host = url.split("/")[2]
    to = [w for port in (80, 443) for w in ("--resolve", f"{host}:{port}:{address}")]
    return await lab.sh("client", "curl", "-s", *to, *options, url)


async def code(lab: Lab, url: str, *options: str) -> str:
    return await curl(lab, url, "-o", "/dev/null", "-w", "%{http_code}", *options)


async def shown(lab: Lab, host: str) -> str:
    """The subject of the certificate for a host."""
    address = lab.pod("ingress-nginx-controller", NAMESPACE)["status"]["hostIP"]
    stream = await lab.cluster.pods.dial(address, 443)
    secured = await TlsStream(stream, client_context(verify=False), host).start()
    secured.close()
    return shown_by(secured.ssl)[0].subject.rfc4514_string()


def test_it_serves_by_host_and_path() -> None:
    async def work(lab: Lab) -> None:
        await install(lab)
        await lab.create(ingress(
            "web", ("/", "Prefix", "web"), ("/empty", "Exact", "empty"),
            ("/idle", "Prefix", "idle"), ("/none", "Exact", "nothing"),
        ))  # fmt: skip
        await asyncio.sleep(8)
        name = lab.pod("web")["metadata"]["name"]
        assert await curl(lab, "http://web.local/hostname") == name
        assert await curl(lab, "http://other.local/") == PAGE.format("404 Not Found")
        assert await curl(lab, "http://web.local/empty") == \
            PAGE.format("503 Service Temporarily Unavailable")  # fmt: skip
        assert await code(lab, "http://web.local/none") == "503"
        assert await curl(lab, "http://web.local/idle/x") == PAGE.format("502 Bad Gateway")
        assert (await curl(lab, "http://web.local/idle2")).startswith("NOW")
        log = await lab.logs("ingress-nginx-controller", NAMESPACE)
        idle = lab.pod("idle")["status"]["podIP"]
        three = ", ".join([f"{idle}:80"] * 3)
        assert f"[default-idle-80] [] {three} 0, 0, 0 " in log
        assert "connect() failed (111: Connection refused) while connecting to upstream" in log
        assert 'Service "default/empty" does not have any active Endpoint.' in log
        await asyncio.sleep(60)
        item = lab.client.get("ingresses.networking.k8s.io", "web", "default")
        assert item is not None
        assert item["status"]["loadBalancer"] == {"ingress": [{"hostname": "localhost"}]}
        events = [e for e in lab.client.list("events", "default")
                  if e["involvedObject"]["kind"] == "Ingress"]  # fmt: skip
        assert [(e["reason"], e["message"]) for e in events] == [("Sync", "Scheduled for sync")]

    live(work)


def test_certificates_and_annotations() -> None:
    async def work(lab: Lab) -> None:
        await install(lab)
        authority = Authority.create(lab.cluster.clock.now())
        pair = authority.server(lab.cluster.clock.now(), ["tls.local"])
        data = {"tls.crt": pair.certificate_pem, "tls.key": pair.key_pem}
        await lab.create({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": "pair"},
            "data": {k: base64.b64encode(v).decode() for k, v in data.items()},
        })  # fmt: skip
        users = base64.b64encode(f"ann:{md5_crypt('secret', 'salt')}\n".encode()).decode()
        await lab.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "users"},
                          "data": {"auth": users}})  # fmt: skip
        await lab.create(ingress("tls", ("/", "Prefix", "web"), host="tls.local", tls="pair"))
        await lab.create(ingress(
            "rewrite", ("/app(/|$)(.*)", "ImplementationSpecific", "web"), host="app.local",
            rewrite_target="/$2",
        ))  # fmt: skip
        await lab.create(ingress("closed", ("/", "Prefix", "web"), host="closed.local",
                                 whitelist_source_range="192.0.2.0/24"))  # fmt: skip
        await lab.create(ingress(
            "secret", ("/", "Prefix", "web"), host="secret.local", auth_type="basic",
            auth_secret="users", auth_realm="Who",
        ))  # fmt: skip
        await lab.create(ingress("slow", ("/", "Prefix", "web"), host="slow.local",
                                 proxy_read_timeout="2"))  # fmt: skip
        await asyncio.sleep(12)
        moved = await curl(lab, "http://tls.local/a?b=1", "-i")
        assert moved.startswith("HTTP/1.1 308 Permanent Redirect")
        assert "Location: https://tls.local/a?b=1\r\n" in moved
        for host, subject in (
            ("tls.local", "kube-apiserver"),
            ("no.local", "Kubernetes Ingress Controller Fake Certificate"),
        ):
            assert f"CN={subject}" in await shown(lab, host)
        assert await code(lab, "https://tls.local/hostname", "-k") == "200"
        assert await curl(lab, "http://app.local/app/echo?msg=hi") == "hi"
        assert await code(lab, "http://app.local/hostname") == "404"
        assert await code(lab, "http://closed.local/") == "403"
        asked = await curl(lab, "http://secret.local/", "-i")
        assert 'WWW-Authenticate: Basic realm="Who"' in asked
        assert await code(lab, "http://secret.local/", "-u", "ann:wrong") == "401"
        assert await code(lab, "http://secret.local/", "-u", "ann:secret") == "200"
        assert await code(lab, "http://slow.local/shell?cmd=sleep%2010") == "504"

    live(work)


def test_what_is_refused_and_what_is_not_its_own() -> None:
    async def work(lab: Lab) -> None:
        await install(lab)
        await lab.create(ingress("first", ("/", "Prefix", "web")))
        said = 'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: '
        for item, why in (
            (ingress("second", ("/", "Prefix", "web")),
             'host "web.local" and path "/" is already defined in ingress default/first'),
            (ingress("third", ("/a(/|$)", "Prefix", "web"), host="b"),
             "ingress contains invalid paths: path /a(/|$) cannot be used with pathType Prefix"),
            (ingress("fourth", ("/", "Prefix", "web"), host="c", server_snippet="x;"),
             f"{PREFIX}server-snippet annotation cannot be used. Snippet directives are disabled "
             "by the Ingress administrator"),
        ):  # fmt: skip
            with pytest.raises(StatusError) as refused:
                await lab.create(item)
            assert str(refused.value) == said + why
        await lab.create(ingress("foreign", ("/", "Prefix", "web"), host="d", cls="traefik"))
        await asyncio.sleep(8)
        assert await code(lab, "http://d/hostname") == "404"
        log = await lab.logs("ingress-nginx-controller", NAMESPACE)
        assert 'validating ingress class" ingress="default/foreign"' in log

    live(work)


def test_a_service_that_is_to_be_published_must_be_there() -> None:
    def publish(item: dict[str, Any]) -> None:
        if item["kind"] == "Deployment":
            args = item["spec"]["template"]["spec"]["containers"][0]["args"]
            args[-1] = "--publish-service=ingress-nginx/nothing"

    async def work(lab: Lab) -> None:
        await lab.apply("ingress_nginx.yaml", publish)
        prefix = "ingress-nginx-controller"

        def restarted() -> bool:
            known = (lab.pod(prefix, NAMESPACE).get("status") or {}).get("containerStatuses") or []
            return any(c["restartCount"] for c in known)

        await lab.until(restarted)
        log = await lab.logs(prefix, NAMESPACE)
        assert (
            'No service with name ingress-nginx/nothing found: services "nothing" not found' in log
        )

    live(work)


def location(path: str, kind: str) -> Location:
    return Location(path, kind, {"metadata": {}}, "s", "80", "b")


def test_paths_as_locations() -> None:
    assert matches(location("/foo", "Exact"), False) == ["= /foo"]
    assert matches(location("/foo/", "Prefix"), False) == ["/foo/", "= /foo"]
    assert matches(location("/", "Prefix"), False) == ["/"]
    assert matches(location("/foo", "ImplementationSpecific"), False) == ["/foo"]
    assert matches(location("/foo", "Prefix"), True) == ['~* "^/foo"']
    assert matches(location('/a" {deny all;}', "Prefix"), False) == ["/adenyall/", "= /adenyall"]


def test_passwords_as_htpasswd_writes_them() -> None:
    assert matches_password("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/")
    assert not matches_password("Secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/")
    assert matches_password("secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")
