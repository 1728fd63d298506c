"""Requests for resources, verb by verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from breakfix.embedded import errors
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.subresources import Subresources
from breakfix.embedded.schema.builtin import schema_of
from breakfix.embedded.schema.decoding import decode
from breakfix.embedded.server import options
from breakfix.embedded.server.answers import Answer, NoPageError, no_such_method, no_such_path, ok
from breakfix.embedded.server.forms import Forms, Include
from breakfix.embedded.server.negotiation import Form, form_of, not_acceptable
from breakfix.embedded.server.paths import RequestInfo, truthy
from breakfix.embedded.server.watching import Watch
from breakfix.embedded.users import User

SUBRESOURCE_BODIES = {"scale": ("autoscaling/v1", "Scale"), "eviction": ("policy/v1", "Eviction"),
                      "binding": ("v1", "Binding"),
                      "token": ("authentication.k8s.io/v1", "TokenRequest")}  # fmt: skip
DEPRECATED = {
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}
Virtual = Callable[[Asked, Object], Awaitable[Object]]


@dataclass(frozen=True)
class Request:
    """An authenticated, authorized request."""

    info: RequestInfo
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user: User

    @property
    def content_type(self) -> str:
        """Of the body; JSON where a client says nothing."""
        return self.headers.get("Content-Type", "") or "application/json"


class Resources:
    """What the verbs do; returns an Answer, or a Watch to be streamed."""

    def __init__(self, registry: Registry, subresources: Subresources) -> None:
        self._registry = registry
        self._subresources = subresources
        self.forms = Forms(registry.store)
        self.virtual: dict[str, Virtual] = {}  # reviews: answered, never stored

    def is_custom(self, info: RequestInfo) -> bool:
        """Does the path name a resource of a CRD?"""
        found = self._registry.catalogue.find(info.group, info.version, info.resource)
        return found is not None and found.resource.custom

    def served(self, info: RequestInfo) -> Served:
        """What the path names. Raises StatusError 404 and 405."""
        found = self._registry.catalogue.find(info.group, info.version, info.resource)
        if found is None:
            known = (info.group, info.version) in self._registry.catalogue.group_versions()
            raise no_such_path() if known else NoPageError()
        _check_place(found, info)
        sub = found.resource.subresource(info.subresource) if info.subresource else None
        if info.subresource and sub is None:
            raise no_such_path()
        verbs = sub.verbs if sub else found.resource.verbs
        proxied = info.subresource == "proxy" and info.verb == "options"
        if not proxied and (info.verb not in verbs or (sub is None and _misplaced(info))):
            raise no_such_method()
        return found

    async def answer(self, request: Request, asked: Asked) -> Answer | Watch:
        """Do it. Raises StatusError."""
        served = self.served(request.info)
        if not served.resource.namespaced:
            asked.namespace = ""  # the path of a Namespace names it as its own
        if served.resource.key in DEPRECATED:
            asked.warnings.append(DEPRECATED[served.resource.key])
        form = form_of(request.headers.get("Accept", ""))
        verb = getattr(self, f"_{request.info.verb}")
        found: Answer | Watch = await verb(request, served, asked, form)
        return found

    # -- reads ------------------------------------------------------------------------

    async def _get(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        item = await self._subresources.get(served, asked)
        return self._shown(request, served, item, form, 200)

    async def _list(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        page = await self._registry.page(served, asked.namespace, options.list_query(request.query))
        return self.forms.list(served, page, form, self._registry.clock.now(), _include(request))

    async def _watch(self, request: Request, served: Served, asked: Asked, form: Form) -> Watch:
        query = options.list_query(request.query)
        watch = Watch(
            self._registry.store, self.forms, self._registry.clock, served, asked.namespace,
            query, form, _include(request),
        )  # fmt: skip
        initial = request.query.get("sendInitialEvents")
        try:
            await watch.begin(None if initial is None else truthy(initial))
        except errors.StatusError as error:
            if error.code != 410:  # noqa: PLR2004
                raise
            watch.fail(error)
        return watch

    # -- writes -----------------------------------------------------------------------

    async def _create(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        if asked.subresource:
            item = await self._subresources.create(
                served, asked, self._body(request, served, asked)
            )
            return self._shown(request, served, item, form, 201)
        virtual = self.virtual.get(served.resource.key)
        body = self._body(request, served, asked)
        if virtual is not None:
            asked.created = True
            if form.kind:
                raise not_acceptable()
            return ok(await virtual(asked, body), 201)
        asked.name = ""
        item = await self._registry.create(served, asked, body)
        return self._shown(request, served, item, form, 201)

    async def _update(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        body = self._body(request, served, asked)
        if not (body.get("metadata") or {}).get("name"):
            raise errors.bad_request("name must be provided")
        item = await self._subresources.update(served, asked, body)
        return self._shown(request, served, item, form, 201 if asked.created else 200)

    async def _patch(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        options.check_patch(request.content_type, request.query)
        item = await self._subresources.patch(served, asked, request.content_type, request.body)
        return self._shown(request, served, item, form, 201 if asked.created else 200)

    async def _delete(self, request: Request, served: Served, asked: Asked, form: Form) -> Answer:
        self._delete_options(request, asked)
        item, gone = await self._registry.delete(served, asked)
        if not gone:
            return self._shown(request, served, item, form, 200)
        if served.strategy.returns_deleted:
            return self._shown(request, served, item, form, 200)
        return ok(_deleted(served, item))

    async def _deletecollection(
        self, request: Request, served: Served, asked: Asked, form: Form
    ) -> Answer:
        self._delete_options(request, asked)
        query = options.list_query(request.query)
        items = await self._registry.delete_collection(served, asked, query)
        await served.ready(items)
        r = served.resource
        meta = {"resourceVersion": str(self._registry.store.version)}
        del form
        return ok({"kind": f"{r.kind}List", "apiVersion": r.api_version, "metadata": meta,
                   "items": [served.out(i) for i in items]})  # fmt: skip

    @staticmethod
    def _delete_options(request: Request, asked: Asked) -> None:
        asked.options = options.delete_options(request.query, request.body)
        if asked.options.get("dryRun"):
            asked.dry_run = True

    # -- bodies -----------------------------------------------------------------------

    def _body(self, request: Request, served: Served, asked: Asked) -> Object:
        kind = SUBRESOURCE_BODIES.get(asked.subresource)
        if kind is None:
            return self._registry.decode(served, asked, request.body, request.content_type)
        api_version, name = kind
        group, _, version = api_version.rpartition("/")
        found = decode(
            request.body, request.content_type, schema_of(api_version, name), asked.strictness,
            group, version, name,
        )  # fmt: skip
        asked.warnings += found.warnings
        return found.item

    def _shown(
        self, request: Request, served: Served, item: Object, form: Form, status: int
    ) -> Answer:
        scale = item.get("kind") == "Scale" and form.kind == "Table"
        if item.get("kind") != served.resource.kind and not scale:
            return ok(item, status)
        return self.forms.one(
            served, item, form, self._registry.clock.now(), _include(request), status
        )


def _misplaced(info: RequestInfo) -> bool:
    """Is something created under a name, or changed without one?"""
    return bool(info.name) if info.verb == "create" else (
        info.verb in ("update", "patch") and not info.name
    )  # fmt: skip


def _check_place(served: Served, info: RequestInfo) -> None:
    """A resource of a namespace needs one where a name is given; others take none."""
    if served.resource.namespaced:
        if (
            info.name
            and not info.namespace
            and info.verb not in ("list", "watch", "deletecollection")
        ):
            raise no_such_path()
        if info.verb == "create" and not info.namespace:
            raise no_such_path()
    elif info.namespace and served.resource.key != "namespaces":
        raise no_such_path()


def _include(request: Request) -> Include:
    found = request.query.get("includeObject", "")
    return found if found in ("Object", "None") else "Metadata"  # type: ignore[return-value]


def _deleted(served: Served, item: Object) -> Object:
    """metav1.Status of a deletion."""
    r = served.resource
    details = {"name": name_of(item), "group": r.group, "kind": r.plural,
               "uid": item["metadata"]["uid"]}  # fmt: skip
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {k: v for k, v in details.items() if v}}  # fmt: skip
