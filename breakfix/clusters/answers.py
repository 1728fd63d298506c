"""What comes back from the API server: the JSON of an answer, or the error that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from breakfix.errors import ClusterError

BAD_REQUEST, NOT_FOUND, CONFLICT = 400, 404, 409


class ApiError(ClusterError):
    """The API server answered with a failure; `code` is the HTTP status, `reason` its word."""

    def __init__(self, code: int, status: dict[str, Any], request: str) -> None:
        self.code = code
        self.reason = str(status.get("reason") or "")
        self.status = status
        text = str(status.get("message") or f"HTTP {code}")
        super().__init__(f"{text} ({request})", "")


@dataclass(frozen=True)
class ExecResult:
    """What a command in a container did; exit_code is -1 when it could not be started."""

    exit_code: int
    stdout: str
    stderr: str


def decoded(data: bytes, code: int, content_type: str, request: str) -> Any:
    """The JSON of an answer, or its text. Raises ApiError for a refusal."""
    is_json = "json" in content_type
    try:
        answer = orjson.loads(data) if is_json and data else data.decode("utf-8", "replace")
    except ValueError as error:
        raise ClusterError(f"the answer to {request} is not JSON: {error}") from error
    if code >= BAD_REQUEST:
        status = answer if isinstance(answer, dict) else {"message": str(answer)[:500].strip()}
        raise ApiError(code, status, request)
    return answer
