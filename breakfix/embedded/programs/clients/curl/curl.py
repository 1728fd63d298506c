"""curl, with 7.88's words and exit codes."""

from __future__ import annotations

import re

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.clients.curl.data import posted
from breakfix.embedded.programs.clients.curl.errors import FAILED_INIT, HINT
from breakfix.embedded.programs.clients.curl.option_checks import conflict, misused
from breakfix.embedded.programs.clients.curl.options import LONG, SHORT
from breakfix.embedded.programs.clients.curl.request import VERSION
from breakfix.embedded.programs.clients.curl.retry import perform_with_retries
from breakfix.embedded.programs.clients.curl.warnings import warn
from breakfix.embedded.programs.clients.curl.write_out import write_out
from breakfix.embedded.programs.options import OptionError, Options, getopt

_ABOUT = (
    f"curl {VERSION} (x86_64-pc-linux-gnu) libcurl/{VERSION} OpenSSL/3.0.16\n"
    "Release-Date: 2023-02-20\nProtocols: http https telnet\n"
    "Features: IPv6 SSL\n"
)


async def curl(process: Process) -> int:
    """Curl's usual options; one or several URLs."""
    try:
        options = getopt(process.argv[1:], SHORT, LONG)
    except OptionError as error:
        return await _misused(process, str(error))
    if "V" in options:
        await process.out(_ABOUT)
        return 0
    if fault := misused(options):
        await process.err(fault)
        return FAILED_INIT
    if words := conflict(options):
        await warn(process, options, words)
        return FAILED_INIT
    data = await posted(process, options)
    urls = [*options.all("url"), *options.rest]
    if not urls:
        await process.err(HINT)
        return FAILED_INIT
    code = 0
    for address in urls:
        code = await _transfer(process, options, address, data)
    return code


async def _misused(process: Process, words: str) -> int:
    """What getopt found wrong, as curl says them."""
    option = re.search(r"'(-*[^']*)'", words)
    name = option[1] if option else ""
    name = name if name.startswith("-") else f"-{name}"
    kind = "requires parameter" if "requires" in words else "is unknown"
    await process.err(f"curl: option {name}: {kind}\n{HINT}")
    return FAILED_INIT


async def _transfer(process: Process, options: Options, address: str, data: bytes | None) -> int:
    """One URL; gives the exit code."""
    handle, error = await perform_with_retries(process, options, address, data)
    code = error.code if error else 0
    if "w" in options:
        await process.out(write_out(handle, code))
    return code
