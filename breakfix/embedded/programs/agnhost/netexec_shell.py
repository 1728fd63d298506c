"""netexec's /shell and /upload: what it does to its own container."""

from __future__ import annotations

from contextlib import suppress

from breakfix.embedded.machine.streams import Empty, Memory
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import go_json, log
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response

_MAX_OUTPUT = 1 << 20


async def shell(process: Process, request: Request) -> Response:
    """`/shell?cmd=COMMAND`."""
    form = request.form()
    command = form.get("shellCommand") or form.get("cmd", "")
    await log(process, f"GET /shell?cmd={command}")
    output = Memory(_MAX_OUTPUT)
    assert process.spawn is not None  # noqa: S101 - every container's process has it
    code = await process.spawn(["/bin/sh", "-c", command], stdin=Empty(),
                               stdout=output, stderr=output)  # fmt: skip
    found = {"output": output.text} if output.data else {}
    if code:
        found["error"] = f"exit status {code}"
    shown = " ".join(f"{k}:{v}" for k, v in sorted(found.items()))
    await log(process, f"Output: map[{shown}]")
    return written(go_json(found))


class Uploads:
    """Files that were sent, by number."""

    def __init__(self, process: Process) -> None:
        self.process, self.count = process, 0

    async def upload(self, request: Request) -> Response:
        await log(self.process, "GET /upload")
        content = _uploaded(request)
        if content is None:
            return written(go_json({"error": "Unable to upload file."}))
        self.count += 1
        path = f"/uploads/upload{self.count:09d}"
        try:
            self.process.files.write(path, content)
        except OSError:
            return written(go_json({"error": "Unable to open file for write"}))
        with suppress(OSError, AttributeError):
            self.process.files.chmod(path, 0o700)  # type: ignore[attr-defined]
        await log(self.process, f"Wrote upload to {path}")
        return written(go_json({"output": path}), 201)


def _uploaded(request: Request) -> bytes | None:
    """The form's file."""
    kind = request.header("content-type")
    mark = kind.partition("boundary=")[2].strip('"').encode()
    if not kind.startswith("multipart/form-data") or not mark:
        return None
    for part in request.body.split(b"--" + mark):
        head, _, body = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return body.removesuffix(b"\r\n")
    return None
