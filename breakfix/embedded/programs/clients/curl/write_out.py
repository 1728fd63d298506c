"""curl -w: the format and its variables."""

from __future__ import annotations

import re

from breakfix.embedded.programs.clients.curl.handle import Handle

_PHASES = ("namelookup", "connect", "appconnect", "pretransfer", "starttransfer")
_FIXED = {
    "speed_download": "0", "size_header": "0", "ssl_verify_result": "0",
}  # fmt: skip


def write_out(handle: Handle, code: int) -> str:
    """-w's format, filled in; `code` is the exit code."""
    values = _variables(handle, code)
    pattern = handle.options.get("w")
    text = re.sub(r"%\{([a-z_]+)\}", lambda m: values.get(m[1], ""), pattern)
    return text.replace("%%", "%").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")


def _variables(handle: Handle, code: int) -> dict[str, str]:
    total = handle.process.host.clock.monotonic() - handle.started
    return {
        **_FIXED, **_of_response(handle), "exitcode": str(code), "errormsg": handle.error,
        "scheme": handle.scheme.upper(), "method": handle.method,
        "http_version": "1.1" if handle.response else "0", "num_connects": str(handle.connects),
        "size_upload": str(handle.uploaded),
        "remote_ip": handle.remote[0], "remote_port": str(handle.remote[1]),
        "local_ip": handle.local[0], "local_port": str(handle.local[1]),
        "url_effective": str(handle.url or ""), "num_redirects": str(handle.redirects),
        "time_total": f"{total:.6f}",
        **{f"time_{phase}": f"{handle.times.get(phase, 0):.6f}" for phase in _PHASES},
    }  # fmt: skip


def _of_response(handle: Handle) -> dict[str, str]:
    response, redirect = handle.response, ""
    if response and handle.url and response.has("location"):
        redirect = str(handle.url.joined(response.header("location")))
    status = f"{response.status if response else 0:03d}"
    return {
        "http_code": status, "response_code": status, "redirect_url": redirect,
        "size_download": str(len(response.body) if response else 0),
        "content_type": response.header("content-type") if response else "",
    }  # fmt: skip
