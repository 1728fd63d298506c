"""curl --retry: a transfer is tried again where its error may pass."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import TimedOutError
from breakfix.embedded.programs.clients.curl.errors import (
    COULDNT_CONNECT,
    COULDNT_RESOLVE_HOST,
    COULDNT_RESOLVE_PROXY,
    HTTP_RETURNED_ERROR,
    OPERATION_TIMEDOUT,
    CurlError,
    timed_out,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.transfer import perform
from breakfix.embedded.programs.clients.curl.warnings import warn
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import within

_STATUSES = (408, 429, 500, 502, 503, 504)
_LONGEST_PAUSE = 600  # s
_LATE = (OPERATION_TIMEDOUT, COULDNT_RESOLVE_HOST, COULDNT_RESOLVE_PROXY)


async def perform_with_retries(
    process: Process, options: Options, address: str, data: bytes | None
) -> tuple[Handle, CurlError | None]:
    """The last try, and what was wrong with it; each error is told."""
    tries, pause = int(options.get("retry") or 0), 1.0
    delay, longest = (float(options.get(n) or 0) for n in ("retry-delay", "retry-max-time"))
    clock = process.host.clock
    started = clock.monotonic()
    while True:
        handle = Handle(process, options, clock.monotonic(), data)
        error = await _tried(handle, address)
        await _report(handle, error)
        why = _transient(handle, error)
        late = longest and clock.monotonic() - started >= longest
        if tries <= 0 or not why or late:
            return handle, error
        wait = _retry_after(handle) or delay or pause
        words = f"Problem {why}. Will retry in {wait:g} seconds. {tries} retries left."
        await warn(process, options, words)
        tries -= 1
        await clock.sleep(wait)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _report(handle: Handle, error: CurlError | None) -> None:
    """Say what was wrong, unless -s is given without -S."""
    if error is None:
        return
    handle.error = error.words
    if "s" not in handle.options or "S" in handle.options:
        await handle.process.err(error.report())


def _retry_after(handle: Handle) -> float:
    """Seconds that the server asks for."""
    text = handle.response.header("retry-after") if handle.response else ""
    return float(text) if text.isdigit() else 0


async def _tried(handle: Handle, address: str) -> CurlError | None:
    """One try, within -m."""
    limit = float(handle.options.get("m") or 0)
    try:
        await within(handle.process, limit or None, perform(handle, address))
    except TimedOutError:
        return timed_out(handle, limit)
    except CurlError as error:
        return error
    return None


def _transient(handle: Handle, error: CurlError | None) -> str:
    """Why it may be better the next time; "" for never."""
    options, response = handle.options, handle.response
    if error is None or error.code == HTTP_RETURNED_ERROR:
        if response is not None and response.status in _STATUSES:
            return ": HTTP error"
    elif error.code in _LATE:
        return ": timeout"
    elif error.code == COULDNT_CONNECT and "retry-connrefused" in options:
        return ": connection refused"
    return "(retrying all errors)" if error and "retry-all-errors" in options else ""
