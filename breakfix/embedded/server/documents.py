"""What is served beside resources: health, version, discovery, OpenAPI, OIDC."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Protocol

import orjson
from aiohttp import web

from breakfix.embedded.auth.certificates import NODE_IP, SECURE_PORT
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.facts import loading
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.served import Catalogue
from breakfix.embedded.server import discovery
from breakfix.embedded.server.answers import (
    Answer,
    NoPageError,
    no_such_method,
    no_such_path,
    ok,
    text,
)
from breakfix.embedded.server.health import HEALTH, health
from breakfix.embedded.server.openapi import CustomDefinition


class Elsewhere(Protocol):
    """What other servers serve; `version` changes with it."""

    version: int

    def merged(self, path: str, document: Object | None) -> Object | None:
        """A discovery document with it."""


class Documents:
    """Answers paths that are no resource; documents are made once for each catalogue version."""

    def __init__(
        self,
        catalogue: Catalogue,
        tokens: Tokens,
        definitions: Callable[[], list[CustomDefinition]],
    ) -> None:
        self._catalogue = catalogue
        self._tokens = tokens
        self._definitions = definitions
        self._made: dict[tuple[str, ...], Answer] = {}
        self._of = (-1, -1)
        self.elsewhere: Elsewhere | None = None

    def answer(self, http: web.BaseRequest) -> Answer:
        """Raises StatusError 404."""
        parts = tuple(p for p in http.path.split("/") if p)
        if http.method not in ("GET", "HEAD"):
            raise no_such_method()
        if parts and parts[0] in HEALTH:
            found = health(parts, http.query, http.query.getall("exclude", []))
            if found is None:
                raise NoPageError
            return found
        if parts[:1] == ("openapi",) and len(parts) > 1:
            return self._openapi(http, parts)
        accept = http.headers.get("Accept", "") if parts in (("api",), ("apis",)) else ""
        found = self._kept((*parts, accept), lambda: self._make(http, parts))
        if found is None:
            raise NoPageError
        return found

    def _kept(self, key: tuple[str, ...], make: Callable[[], Answer | None]) -> Answer | None:
        now = (self._catalogue.version, self.elsewhere.version if self.elsewhere else 0)
        if self._of != now:
            self._made, self._of = {}, now
        answer = self._made.get(key)
        if answer is None and (answer := make()) is not None:
            self._made[key] = answer
        return answer

    def _make(self, http: web.BaseRequest, parts: tuple[str, ...]) -> Answer | None:
        match parts:
            case ("version",):
                return Answer(200, orjson.dumps(loading.version(), option=orjson.OPT_INDENT_2))
            case ():
                found = {"paths": loading.paths()}
                return Answer(200, orjson.dumps(found, option=orjson.OPT_INDENT_2))
            case (".well-known", "openid-configuration"):
                return ok(self._tokens.discovery(f"https://{NODE_IP}:{SECURE_PORT}"))
            case ("openid", "v1", "jwks"):
                return Answer(200, ok(self._tokens.key_set()).body, "application/jwk-set+json")
            case ("metrics",):
                return text("")
        return self._discovered(http, parts)

    def _discovered(self, http: web.BaseRequest, parts: tuple[str, ...]) -> Answer | None:
        resources = self._catalogue.resources()
        if parts in (("api",), ("apis",)) and discovery.wants_aggregated(
            http.headers.get("Accept", "")
        ):
            found = discovery.aggregated(resources, core=parts == ("api",))
            return Answer(200, orjson.dumps(self._merged(parts, found)), discovery.AGGREGATED)
        document = self._merged(parts, self._older(parts, resources, http.host))
        return ok(document) if document else None

    def _merged(self, parts: tuple[str, ...], document: Object | None) -> Object | None:
        return self.elsewhere.merged("/".join(parts), document) if self.elsewhere else document

    @staticmethod
    def _older(parts: tuple[str, ...], resources: list[Resource], host: str) -> Object | None:
        match parts:
            case ("api",):
                return discovery.api_versions(host)
            case ("apis",):
                return discovery.group_list(resources)
            case ("api", version):
                return discovery.resource_list(version, resources)
            case ("apis", group):
                return discovery.group(group, resources)
            case ("apis", group, version):
                return discovery.resource_list(f"{group}/{version}", resources)
        return None

    def _openapi(self, http: web.BaseRequest, parts: tuple[str, ...]) -> Answer:
        from breakfix.embedded.server import openapi

        form = openapi.form(parts[1], http.headers.get("Accept", ""))
        answer = self._kept((*parts, form), lambda: self._described(openapi, parts[1:], form))
        if answer is None:
            raise no_such_path()
        if openapi.matches(http.headers.get("If-None-Match", ""), answer.headers["ETag"]):
            return Answer(304, b"", headers=answer.headers)
        return answer

    def _described(self, openapi: ModuleType, parts: tuple[str, ...], form: str) -> Answer | None:
        body = self._document(openapi, parts)
        if body is None:
            return None
        body = openapi.in_form(body, form)
        return Answer(200, body, form, {"ETag": openapi.etag(body)})

    def _document(self, openapi: ModuleType, parts: tuple[str, ...]) -> bytes | None:
        custom = self._definitions()
        found: bytes | None = None
        if parts == ("v2",):
            found = openapi.swagger(custom)
        elif parts == ("v3",):
            found = orjson.dumps(openapi.index(custom))
        elif parts[0] == "v3":
            found = openapi.document("/".join(parts[1:]), custom)
        return found
