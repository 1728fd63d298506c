"""Asks a real API server; only scripts/record-facts and the test of the facts do this."""

from __future__ import annotations

import base64
import json
import re
import ssl
import tempfile
import zlib
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

from breakfix.embedded.facts.cleaning import clean_object, clean_schema, is_of_the_cluster
from breakfix.embedded.facts.internal_structs import InternalStructs
from breakfix.embedded.facts.structs import Structs
from breakfix.embedded.server.openapi_prose import prose

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"

RBAC = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
# What a fresh cluster has, in the order in which it can be created.
DEFAULTS = (
    ("v1", "namespaces"),
    ("apiregistration.k8s.io/v1", "apiservices"),
    ("scheduling.k8s.io/v1", "priorityclasses"),
    ("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations"),
    ("flowcontrol.apiserver.k8s.io/v1", "flowschemas"),
    ("networking.k8s.io/v1", "servicecidrs"),
    ("networking.k8s.io/v1", "ipaddresses"),
    ("storage.k8s.io/v1", "storageclasses"),
    ("v1", "serviceaccounts"),
    ("v1", "configmaps"),
    ("v1", "services"),
    ("v1", "endpoints"),
    ("discovery.k8s.io/v1", "endpointslices"),
    ("apps/v1", "daemonsets"),
    ("apps/v1", "deployments"),
)

COMPRESSED = ("prose", "tables")  # texts for people
Found = dict[str, Any]  # by the name of the file, without its ending


class RealServer:
    """GET on the server of a kubeconfig with a client certificate (as kind's are)."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._server: str = cluster["server"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as pem:
            for part in ("client-certificate-data", "client-key-data"):
                pem.write(base64.b64decode(user[part]))
            pem.flush()
            self._tls.load_cert_chain(pem.name)

    def get(self, path: str, accept: str = "application/json") -> Any:
        """The document at a path. Raises urllib's HTTPError."""
        request = Request(self._server + path, headers={"Accept": accept})  # noqa: S310
        with urlopen(request, context=self._tls, timeout=60) as answer:  # noqa: S310
            return json.load(answer)


def path_of(api_version: str) -> str:
    """The path of a group version: /api/v1, /apis/apps/v1."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def record(server: RealServer, modules: Path | None = None) -> Found:
    """Everything, as it is stored; without the cache of Go modules no `structs`."""
    discovery = [*_groups(server, "/api"), *_groups(server, "/apis")]
    version = server.get("/version")
    schemas, documents, texts = _schemas(server)
    structs: Found = {}
    if modules is not None:
        known = Structs(modules, "0." + version["gitVersion"].removeprefix("v1."))
        structs = {"structs": {n: f for n in schemas if (f := known.facts(n))}}
        structs["internal"] = InternalStructs(
            modules, version["gitVersion"].removeprefix("v1.")
        ).facts()
    return structs | {
        "version": version,
        "paths": server.get("/")["paths"],
        "discovery": discovery,
        "schemas": schemas,
        "documents": documents,
        "prose": texts,
        "tables": _tables(server, discovery),
        "rbac": _rbac(server),
        "defaults": _defaults(server),
    }


def _groups(server: RealServer, path: str) -> list[Any]:
    found: list[Any] = server.get(path, AGGREGATED)["items"]
    for group in found:
        group["metadata"].pop("creationTimestamp", None)
    return found


def _schemas(server: RealServer) -> tuple[Found, Found, Found]:
    """All definitions, the roots of those in each document (the rest they refer to), and
    what is said of fields where the `kubernetes` package does not have the text."""
    schemas: Found = {}
    documents: Found = {}
    texts: Found = {}
    for path in server.get("/openapi/v3")["paths"]:
        found = server.get(f"/openapi/v3/{path}").get("components", {}).get("schemas", {})
        if "/" in path and found:
            documents[path] = _roots(found)
        schemas |= {name: clean_schema(schema) for name, schema in found.items()}
        texts |= {name: said for name, schema in found.items() if (said := _prose(name, schema))}
    return dict(sorted(schemas.items())), documents, dict(sorted(texts.items()))


def _prose(name: str, schema: Found) -> Found:
    """Where the `kubernetes` package says nothing, or something else; "" is the whole."""
    words = prose(name)
    parts = {"": schema, **schema.get("properties", {})}
    known = {"": words.description, **words.fields}
    texts = {k: part["description"] for k, part in parts.items() if "description" in part}
    return {k: text for k, text in texts.items() if text != known.get(k)}


def _roots(schemas: Found) -> list[str]:
    """The names that no other definition refers to."""
    referred = {
        other
        for name, schema in schemas.items()
        for other in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema))
        if other != name
    }
    return sorted(schemas.keys() - referred)


def _tables(server: RealServer, discovery: list[Any]) -> Found:
    """The columns of each resource that can be listed, by api version and plural."""
    tables: Found = {}
    for group in discovery:
        for version in group["versions"]:
            name = group["metadata"].get("name", "")
            api_version = f"{name}/{version['version']}" if name else version["version"]
            tables[api_version] = {
                resource["resource"]: _columns(server, api_version, resource["resource"])
                for resource in version["resources"]
                if "list" in resource["verbs"]
            }
    return tables


def _columns(server: RealServer, api_version: str, plural: str) -> list[Any]:
    found = server.get(f"{path_of(api_version)}/{plural}?limit=1", TABLE)
    columns: list[Any] = found["columnDefinitions"]
    return columns


def _rbac(server: RealServer) -> Found:
    return {plural: _list(server, "rbac.authorization.k8s.io/v1", plural) for plural in RBAC}


def _defaults(server: RealServer) -> list[Any]:
    return [item for gv, plural in DEFAULTS for item in _list(server, gv, plural)]


def _list(server: RealServer, api_version: str, plural: str) -> list[Any]:
    found = server.get(f"{path_of(api_version)}/{plural}")
    kind = found["kind"].removesuffix("List")
    items = [{"apiVersion": api_version, "kind": kind, **i} for i in found["items"]]
    return sorted(
        (clean_object(i) for i in items if is_of_the_cluster(i)),
        key=lambda i: (i["metadata"].get("namespace", ""), i["metadata"]["name"]),
    )


def write(folder: Path, found: Found) -> None:
    """Store each part in its file, an entry a line, so that a change can be read."""
    for name, part in found.items():
        text = _lines(part).encode()
        if name in COMPRESSED:
            (folder / f"{name}.json.z").write_bytes(zlib.compress(text, 9))
        else:
            (folder / f"{name}.json").write_bytes(text)


def stored(folder: Path, name: str) -> Any:
    """A part as it was stored, None where it was not."""
    if name in COMPRESSED:
        path = folder / f"{name}.json.z"
        return json.loads(zlib.decompress(path.read_bytes())) if path.exists() else None
    path = folder / f"{name}.json"
    return json.loads(path.read_bytes()) if path.exists() else None


def _lines(part: Any) -> str:
    def text(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    if isinstance(part, dict):
        return "{\n" + ",\n".join(f"{text(k)}:{text(v)}" for k, v in part.items()) + "\n}\n"
    return "[\n" + ",\n".join(map(text, part)) + "\n]\n"
