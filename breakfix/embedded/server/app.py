"""From an HTTP request to its response: who, may they, what, and the audit of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, cast

from aiohttp import web

from breakfix.embedded.audit import AuditLog, Entry
from breakfix.embedded.auth import forbidden
from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.auth.authentication import Authenticator
from breakfix.embedded.auth.impersonation import impersonation
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.tls import peer_certificate
from breakfix.embedded.errors import StatusError, bad_request, internal
from breakfix.embedded.objects import Object
from breakfix.embedded.schema import protobuf
from breakfix.embedded.server import options
from breakfix.embedded.server.answers import Answer, refusal, warning_headers
from breakfix.embedded.server.documents import Documents
from breakfix.embedded.server.paths import RequestInfo, parse
from breakfix.embedded.server.printing import printed
from breakfix.embedded.server.replies import Reply
from breakfix.embedded.server.use import Use
from breakfix.embedded.server.verbs import Request, Resources
from breakfix.embedded.server.watching import Watch, error_line
from breakfix.embedded.users import User

log = logging.getLogger("breakfix.embedded")
LARGEST_BODY = 3 * 1024 * 1024  # bytes, as etcd and the real server bound it
WRITES = ("create", "update")
WATCH_TIMEOUT = 1800.0  # s, where a client names none
Stream = Callable[[web.BaseRequest, Request], Awaitable[web.StreamResponse]]


class Elsewhere(Protocol):
    """What other servers serve."""

    def at(self, path: str) -> Object | None:
        """The APIService of a path, where it is another server's."""

    async def pass_on(
        self, http: web.BaseRequest, body: bytes, item: Object, user: User
    ) -> web.StreamResponse:
        """That server's answer."""


Control = Callable[[str, Mapping[str, str]], Answer]  # method and query


class App:
    """One API server's handler; `streams` are what part of a pod or node is asked for,
    `controls` what can be set at a path of its own."""

    def __init__(
        self, resources: Resources, documents: Documents, authenticator: Authenticator,
        authorizer: Rbac, audit: AuditLog,
    ) -> None:  # fmt: skip
        self._resources = resources
        self._documents = documents
        self._authenticator = authenticator
        self._authorizer = authorizer
        self._audit = audit
        self.streams: dict[tuple[str, str], Stream] = {}
        self.controls: dict[str, Control] = {}
        self.elsewhere: Elsewhere | None = None
        self.use = Use()

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer; raises only for a client that went away."""
        info = parse(http.method, http.path, http.query)
        entry = self._audit.begin(http, info)
        try:
            return await self._handle(http, info, entry)
        except StatusError as error:
            return _refused(http, entry, error)
        except RecursionError:
            return _refused(http, entry, bad_request("the body is nested too deeply"))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as trouble:
            log.exception("%s %s", http.method, http.path)
            return _refused(http, entry, internal(repr(trouble)))

    async def _handle(
        self, http: web.BaseRequest, info: RequestInfo, entry: Entry
    ) -> web.StreamResponse:
        user = self._who(http, entry)
        with self.use.by(user):
            return await self._for(user, http, info, entry)

    async def _for(
        self, user: User, http: web.BaseRequest, info: RequestInfo, entry: Entry
    ) -> web.StreamResponse:
        self._authorize(user, info, entry, http.query.get("fieldSelector", ""))
        if self.elsewhere and (item := self.elsewhere.at(info.path)):
            found = await self.elsewhere.pass_on(http, await _body(http), item, user)
            entry.end(found.status)
            return found
        if info.verb != "watch":
            options.check_timeout(http.query)
        if not info.is_resource:
            control = self.controls.get(http.path)
            answer = control(http.method, http.query) if control else self._documents.answer(http)
            entry.end(answer.status)
            whole = info.path.startswith(("/api/", "/apis/")) or info.path in ("/api", "/apis")
            return _response(printed(answer, http) if whole else answer, [])
        request = Request(info, http.query, *await self._sent(http, info), user)
        stream = self.streams.get((info.resource, info.subresource)) if not info.group else None
        if stream is not None:
            self._resources.served(info)
            entry.begin_response()
            return await stream(http, request)
        return await self._resource(http, request, entry)

    async def _sent(
        self, http: web.BaseRequest, info: RequestInfo
    ) -> tuple[Mapping[str, str], bytes]:
        """Headers and body, with protobuf turned into JSON where the path takes it: custom
        resources do not, but for the options of a DELETE. Raises StatusError 400 and 413."""
        body = await _body(http)
        if not body or not protobuf.is_protobuf(http.headers.get("Content-Type", "")):
            return http.headers, body
        if info.verb in WRITES and self._resources.is_custom(info):
            return http.headers, body
        return {**http.headers, "Content-Type": "application/json"}, protobuf.to_json(body)

    async def _resource(
        self, http: web.BaseRequest, request: Request, entry: Entry
    ) -> web.StreamResponse:
        agent = http.headers.get("User-Agent", "")
        asked = options.asked(request.info, http.query, agent, request.user)
        found = await self._resources.answer(request, asked)
        if isinstance(found, Watch):
            entry.begin_response()
            return await _stream(http, found)
        entry.end(found.status, request=request, annotations=asked.annotations)
        return _response(printed(found, http), asked.warnings)

    # -- who, and may they -------------------------------------------------------------

    def _who(self, http: web.BaseRequest, entry: Entry) -> User:
        user = self._authenticator.authenticate(http.headers, peer_certificate(http.transport))
        entry.user = user
        other = impersonation(user, http.headers.items())
        if other is None:
            return user
        for check in other.checks:
            self._decide(check, entry)
        entry.impersonated = other.user
        return other.user

    def _authorize(self, user: User, info: RequestInfo, entry: Entry, field_selector: str) -> None:
        if not info.is_resource:
            self._decide(Attributes(user, info.verb, path=info.path), entry)
            return
        attributes = Attributes(
            user, info.verb, info.group, info.version, info.resource, info.subresource,
            info.namespace, info.name, field_selector=field_selector,
        )  # fmt: skip
        self._decide(attributes, entry)

    def _decide(self, attributes: Attributes, entry: Entry) -> None:
        decision = self._authorizer.decide(attributes)
        entry.decision = decision
        if not decision.allowed:
            raise forbidden.refusal(attributes, decision.reason)


def _refused(http: web.BaseRequest, entry: Entry, error: StatusError) -> web.StreamResponse:
    entry.end(error.code, error)
    return _response(printed(refusal(error), http), [])


async def _body(http: web.BaseRequest) -> bytes:
    """Raises StatusError 413."""
    length = http.content_length or 0
    if length <= LARGEST_BODY:
        body = await http.read() if http.can_read_body else b""
        if len(body) <= LARGEST_BODY:
            return body
    raise StatusError(
        413, "RequestEntityTooLarge", f"Request entity too large: limit is {LARGEST_BODY}"
    )


def _response(answer: Answer, warnings: list[str]) -> web.StreamResponse:
    headers = {
        "Content-Type": answer.content_type, **answer.headers,
        "Cache-Control": "no-cache, private",
    }  # fmt: skip
    more = [f"Warning: {value}" for value in warning_headers(warnings)]
    return cast("web.StreamResponse", Reply(answer.status, answer.body, headers, more))


async def _stream(http: web.BaseRequest, watch: Watch) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json",
                                           "Cache-Control": "no-cache, private"})  # fmt: skip
    response.enable_chunked_encoding()
    try:
        await _write(http, response, watch)
    except StatusError as error:
        await response.write(error_line(error))
    except ConnectionError:
        pass
    finally:
        watch.close()
    return response


async def _write(http: web.BaseRequest, response: web.StreamResponse, watch: Watch) -> None:
    seconds = _seconds(http.query.get("timeoutSeconds", ""))
    bookmarks = http.query.get("allowWatchBookmarks") in ("true", "1")
    transport = http.transport
    if transport is None:
        raise ConnectionResetError("the client went away")
    watch.drop, watch.alive = transport.abort, lambda: not transport.is_closing()
    await response.prepare(http)
    async for block in watch.blocks(seconds, bookmarks):
        await response.write(block)
    await response.write_eof()


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() and int(text) else WATCH_TIMEOUT
