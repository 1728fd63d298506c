"""agnhost guestbook: a primary with replicas, and the page before them."""

from __future__ import annotations

import json

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import (
    GetError,
    UsageError,
    flags,
    go_json,
    http_get,
    log,
)
from breakfix.embedded.programs.agnhost.go_http import go_http_error, written
from breakfix.embedded.programs.agnhost.serving import serve
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import mux

_PATIENCE = 15.0  # s that a replica tries to register


class _Book:
    def __init__(self, process: Process, backend: str) -> None:
        self.process, self.backend = process, backend
        self.store: dict[str, str] = {}
        self.replicas: list[str] = []

    async def register(self, request: Request) -> Response:
        host = request.form().get("host", "")
        await log(self.process, f"GET /register?host={host}")
        self.replicas.append(host)
        await log(self.process, f"Node '{host}' registered.")
        return written(go_json({"data": self.store}))

    async def get(self, request: Request) -> Response:
        key = request.form().get("key", "")
        await log(self.process, f"GET /get?key={key}")
        return written(go_json({"data": self.store.get(key, "") if key else self.store}))

    async def set(self, request: Request) -> Response:
        form = request.form()
        key, value = form.get("key", ""), form.get("value", "")
        await log(self.process, f"GET /set?key={key}&value={value}")
        if not key:
            return go_http_error("cannot set with empty key.", 400)
        self.store[key] = value
        for replica in self.replicas:
            url = f"http://{replica}:{self.backend}/set?key={key}&value={value}"
            try:
                await http_get(self.process, url)
            except GetError as error:
                words = f"encountered error while propagating to replica '{replica}': {error}"
                return go_http_error(words, 417)
        return written(go_json({"message": "Updated"}))

    async def page(self, request: Request) -> Response:
        form = request.form()
        command = form.get("cmd", "").lower()
        key, value = form.get("key", ""), form.get("value", "")
        await log(self.process, f"GET /guestbook?cmd={command}&key={key}&value={value}")
        if command not in ("get", "set"):
            return go_http_error(f"unsupported cmd: '{command}'", 400)
        if command == "set" and not key:
            return go_http_error("cannot set with empty key.", 400)
        host = "agnhost-replica" if command == "get" else "agnhost-primary"
        url = f"http://{host}:{self.backend}/{command}?key={key}&value={value}"
        try:
            found = await http_get(self.process, url)
        except GetError as error:
            return go_http_error(f"encountered error: {error}", 417)
        return written(found.body.decode())

    async def join(self, primary: str) -> bool:
        """Register at the primary and take its store."""
        clock, host = self.process.host.clock, self.process.host
        until = clock.monotonic() + _PATIENCE
        url = f"http://{primary}:{self.backend}/register?host={host.space.addresses[0]}"
        while clock.monotonic() < until:
            await log(self.process, f"Registering to primary: {url.removeprefix('http://')}")
            try:
                self.store = json.loads((await http_get(self.process, url)).body)["data"]
            except (GetError, ValueError) as error:
                words = f"encountered error while registering to primary: {error}. Retrying in 1s."
                await log(self.process, words)
                await clock.sleep(1)
                continue
            await log(self.process, f"Registered to node: {primary}")
            return True
        return False


async def guestbook(process: Process) -> int:
    """`agnhost guestbook [--http-port P] [--backend-port P] [--replicaof HOST]`."""
    try:
        given, _ = await flags(
            process, {"http-port": "80", "backend-port": "6379", "replicaof": ""}
        )
    except UsageError:
        return 1
    book = _Book(process, given["backend-port"])
    if given["replicaof"] and not await book.join(given["replicaof"]):
        await log(process, "Timed out while registering to primary.")
        return 1
    pages = {
        "/register": book.register,
        "/get": book.get,
        "/set": book.set,
        "/guestbook": book.page,
    }
    return await serve(process, int(given["http-port"]), mux(pages))
