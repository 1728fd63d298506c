"""Programs and an API server that exist only in a test's memory."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from breakfix.clusters.api import ApiError, ExecResult
from breakfix.clusters.base import Object
from breakfix.clusters.process import OnLine, ignore, missing
from breakfix.clusters.requests import Connect
from breakfix.errors import ClusterError, CommandError

Answer = str | Callable[[], str]


@contextlib.contextmanager
def no_progress(text: str) -> Iterator[None]:
    yield


class Shown:
    """A Progress that remembers its steps."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    @contextlib.contextmanager
    def __call__(self, text: str) -> Iterator[None]:
        self.steps.append(text)
        yield


class FakePrograms:
    """Programs whose answers are given: by the beginning of the command line."""

    def __init__(
        self, answers: dict[str, Answer], installed: Sequence[str] = ("docker", "kind", "kubectl"),
        platform: str = "linux",
    ) -> None:  # fmt: skip
        self.answers = answers
        self.installed = installed
        self.platform = platform
        self.ran: list[str] = []

    def find(self, name: str) -> str | None:
        return f"/bin/{name}" if name in self.installed else None

    async def run(
        self, command: Sequence[str], on_line: OnLine = ignore,
        env: Mapping[str, str] | None = None, timeout: float | None = None,
    ) -> str:  # fmt: skip
        if command[0] not in self.installed:
            raise missing(command[0], self.platform)
        line = " ".join(command)
        self.ran.append(line)
        for start in sorted(self.answers, key=len, reverse=True):
            if line.startswith(start):
                answer = self.answers[start]
                text = answer if isinstance(answer, str) else answer()
                for each in text.splitlines():
                    on_line(each)
                return text
        raise AssertionError(f"unexpected command: {line}")


def fails(command: str, output: str, code: int = 1) -> Callable[[], str]:
    def fail() -> str:
        raise CommandError(command.split(), code, output)

    return fail


class FakeApi:
    """Objects by path. `refuse` says with which code a request is refused."""

    def __init__(
        self, objects: dict[str, Object] | None = None,
        refuse: Callable[[str, str], int] = lambda method, path: 0,
        run: Callable[[Sequence[str]], int] = lambda command: 0,
    ) -> None:  # fmt: skip
        self.objects: dict[str, Any] = {"/readyz": "ok"} | (objects or {})
        self.refuse = refuse
        self.run = run
        self.asked: list[str] = []

    @property
    def writes(self) -> list[str]:
        return [request for request in self.asked if not request.startswith("GET ")]

    async def request(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None,
        content_type: str = "application/json", timeout: float = 30.0,
    ) -> Any:  # fmt: skip
        self.asked.append(f"{method} {path}")
        if code := self.refuse(method, path):
            raise ApiError(code, {"message": f"refused with {code}"}, f"{method} {path}")
        answer: Any = getattr(self, f"_{method.lower()}")(path, body or {}, bool(query))
        return answer

    def _get(self, path: str, body: Object, dry_run: bool) -> Any:
        if path not in self.objects:
            raise ApiError(404, {"message": "not found"}, f"GET {path}")
        return self.objects[path]

    def _post(self, path: str, body: Object, dry_run: bool) -> Object:
        if body["kind"] == "SelfSubjectAccessReview":
            return {"status": {"allowed": True}}
        target = f"{path}/{body['metadata']['name']}"
        if target in self.objects:
            raise ApiError(409, {"message": "exists"}, f"POST {path}")
        if not dry_run:
            self._store(target, body)
        return body

    def _put(self, path: str, body: Object, dry_run: bool) -> Object:
        wanted = body["metadata"].get("resourceVersion")
        if wanted not in (None, self._get(path, {}, False)["metadata"].get("resourceVersion")):
            raise ApiError(409, {"message": "changed meanwhile"}, f"PUT {path}")
        return self._store(path, body)

    def _store(self, path: str, body: Object) -> Object:
        versions = [int(o["metadata"].get("resourceVersion", 0)) for o in self._stored()]
        meta = body["metadata"] | {"resourceVersion": str(max(versions, default=0) + 1)}
        self.objects[path] = body | {"metadata": meta}
        return body

    def _stored(self) -> list[Object]:
        objects = (o for o in self.objects.values() if isinstance(o, dict))
        return [o for o in objects if "metadata" in o]

    def _delete(self, path: str, body: Object, dry_run: bool) -> Object:
        self._get(path, {}, False)
        for each in [p for p in self.objects if _within(p, path)]:
            del self.objects[each]
        return {}

    async def exec(
        self, pod: str, namespace: str, command: Sequence[str], container: str = "",
        timeout: float = 10.0,
    ) -> ExecResult:  # fmt: skip
        return ExecResult(self.run(command), "", "")


def _within(path: str, parent: str) -> bool:
    """True for the object itself and, of a namespace, for what is in it in any group."""
    namespace = parent.removeprefix("/api/v1")
    inside = namespace.startswith("/namespaces/") and namespace.count("/") == 2
    return path == parent or (inside and f"{namespace}/" in path)


def connects(api: FakeApi | None) -> Connect:
    """A Connect to that API; to None nothing answers."""

    @contextlib.asynccontextmanager
    async def connect(kubeconfig: Path) -> AsyncIterator[FakeApi]:
        if api is None:
            raise ClusterError("the Kubernetes API does not answer: refused")
        yield api

    return connect
