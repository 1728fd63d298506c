"""curl --retry: a transfer is tried again where its error may pass."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import TimedOutError
from breakfix.embedded.programs.clients.curl.errors import (
    COULDNT_CONNECT,
    COULDNT_RESOLVE_HOST,
    HTTP_RETURNED_ERROR,
    OPERATION_TIMEDOUT,
    CurlError,
    timed_out,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.transfer import perform
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import within

_STATUSES = (408, 429, 500, 502, 503, 504)
_LONGEST_PAUSE = 600  # s
_REASONS = {COULDNT_CONNECT: "connection refused", OPERATION_TIMEDOUT: "timeout"}


async def perform_with_retries(
    process: Process, options: Options, address: str
) -> tuple[Handle, CurlError | None]:
    """The last try, and what was wrong with it."""
    tries = int(options.get("retry") or 0)
    delay = float(options.get("retry-delay") or 0)
    pause = 1.0
    while True:
        handle = Handle(process, options, process.host.clock.monotonic())
        error = await _tried(handle, address)
        if tries <= 0 or not _transient(handle, error):
            return handle, error
        tries -= 1
        await _warn(handle, error, delay or pause, tries)
        await process.host.clock.sleep(delay or pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


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


def _transient(handle: Handle, error: CurlError | None) -> bool:
    """May it be better the next time?"""
    options, response = handle.options, handle.response
    if error is None or error.code == HTTP_RETURNED_ERROR:
        return response is not None and response.status in _STATUSES
    if "retry-all-errors" in options or error.code in (COULDNT_RESOLVE_HOST, OPERATION_TIMEDOUT):
        return True
    return error.code == COULDNT_CONNECT and "retry-connrefused" in options


async def _warn(handle: Handle, error: CurlError | None, seconds: float, left: int) -> None:
    if "s" in handle.options:
        return
    why = _REASONS.get(error.code, "(retrying all errors)") if error else "HTTP error"
    retries = "retry" if left == 1 else "retries"
    await handle.process.err(
        f"Warning: Problem: {why}. Will retry in {seconds:g} seconds. {left} {retries} left.\n"
    )
