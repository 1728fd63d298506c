"""Objects and lists as bytes, in the form a client wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import orjson

from breakfix.embedded.objects import Object
from breakfix.embedded.registry.reading import Page
from breakfix.embedded.registry.served import Served
from breakfix.embedded.server.answers import JSON, Answer
from breakfix.embedded.server.negotiation import Form
from breakfix.embedded.storage.store import Store

Include = Literal["Metadata", "Object", "None"]


class Forms:
    """Renders; knows the store for its ready bytes, and the time for ages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def one(
        self, served: Served, item: Object, form: Form, now: datetime, include: Include,
        status: int = 200,
    ) -> Answer:  # fmt: skip
        """A single object."""
        return _encoded(self.one_bytes(served, item, form, now, include), form, status)

    def one_bytes(
        self, served: Served, item: Object, form: Form, now: datetime, include: Include,
        headers: bool = True,
    ) -> bytes:  # fmt: skip
        """The JSON of a single object; a watch asks for table `headers` only once."""
        if form.kind == "Table":
            version = item["metadata"].get("resourceVersion", "")
            return orjson.dumps(self._table(served, [item], form, now, include, version, headers))
        if form.kind:
            from breakfix.embedded.tables import partial

            return orjson.dumps(partial.partial(item, f"meta.k8s.io/{form.version}"))
        if item.get("apiVersion") == served.storage_version and item["metadata"].get("name"):
            return self._store.encoded(served.key, item)
        return orjson.dumps(item)

    @staticmethod
    def _table(
        served: Served, items: list[Object], form: Form, now: datetime, include: Include,
        version: str, headers: bool = True, continue_: str = "", remaining: int | None = None,
    ) -> Object:  # fmt: skip
        from breakfix.embedded.tables import render

        kinds = {item.get("kind") for item in items} - {served.resource.kind}
        key, custom = ("scale", None) if kinds == {"Scale"} else ("", served.columns)
        return render.table(
            served.resource, items, now=now, include=include, version=version,
            continue_=continue_, remaining=remaining, custom=custom, headers=headers,
            api_version=f"meta.k8s.io/{form.version}", key=key,
        )  # fmt: skip

    def list(
        self, served: Served, page: Page, form: Form, now: datetime, include: Include
    ) -> Answer:
        """A page of a list."""
        version = str(page.version)
        if form.kind == "Table":
            shown = [served.out(i) for i in page.items]
            table = self._table(
                served, shown, form, now, include, version, True, page.continue_, page.remaining
            )
            return _encoded(orjson.dumps(table), form, 200)
        if form.kind:
            from breakfix.embedded.tables import partial

            found = partial.partial_list(
                [served.out(i) for i in page.items], version, page.continue_, page.remaining,
                f"meta.k8s.io/{form.version}",
            )  # fmt: skip
            return _encoded(orjson.dumps(found), form, 200)
        meta: Object = {"resourceVersion": version}
        meta |= {"continue": page.continue_} if page.continue_ else {}
        meta |= {"remainingItemCount": page.remaining} if page.remaining is not None else {}
        return _encoded(self._joined(served, page.items, meta), form, 200)

    def _joined(self, served: Served, items: Sequence[Object], meta: Object) -> bytes:
        r = served.resource
        head = orjson.dumps(
            {"kind": f"{r.kind}List", "apiVersion": r.api_version, "metadata": meta}
        )
        parts = [self.one_bytes(served, served.out(i), Form(), _NEVER, "None") for i in items]
        if not r.custom:
            prefix = f'{{"apiVersion":"{r.api_version}","kind":"{r.kind}",'.encode()
            size = len(prefix)
            parts = [b"{" + p[size:] if p.startswith(prefix) else p for p in parts]
        return head[:-1] + b',"items":[' + b",".join(parts) + b"]}"


_NEVER = datetime.min


def _encoded(body: bytes, form: Form, status: int) -> Answer:
    if not form.yaml:
        return Answer(status, body, JSON)
    import yaml

    return Answer(status, yaml.safe_dump(orjson.loads(body)).encode(), "application/yaml")
