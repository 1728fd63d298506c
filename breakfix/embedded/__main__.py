"""python -m breakfix.embedded: one cluster in the foreground, until SIGINT or SIGTERM, or until
nobody uses it.

Prints the path of its kubeconfig (or the kubeconfig itself, without --kubeconfig) when it
answers. Exit codes: 0 ended, 2 wrong use, 3 it cannot be started (the reason on stderr).
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from breakfix.embedded.auth.keys import write_private

if TYPE_CHECKING:
    from breakfix.embedded.cluster import EmbeddedCluster, Options

LONGEST_PAUSE = 60.0  # s between two looks whether a cluster is still to be kept


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m breakfix.embedded", description=__doc__)
    parser.add_argument("--name", default="embedded", help="of the kubeconfig's context")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="keeps the state; without it, in memory")
    parser.add_argument("--kubeconfig", type=Path, help="where to write it (0600)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--unused", type=float, default=0, metavar="SECONDS",
                        help="end when nobody has asked for so long and no file keep-* is in"
                        " --directory; 0 never ends")  # fmt: skip
    parser.add_argument("--zones", help="of the nodes, in turn: a,b,c", default="",
                        type=lambda text: tuple(filter(None, text.split(","))))  # fmt: skip
    return parser.parse_args()


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Without looking for garbage, of which imports make none; and without reading the system's
    certificates, which aiohttp does when it is imported, for clients that are not used here."""
    name = "SSL_CERT_FILE"
    before = os.environ.get(name)
    os.environ[name] = os.devnull
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


async def _serve(asked: argparse.Namespace) -> int:
    with _quick_imports():
        from breakfix.embedded.cluster import EmbeddedCluster, Options
    from breakfix.embedded.errors import StatusError
    from breakfix.embedded.storage.sqlite import StateError

    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # JSON has no cycles: looking for them is mostly in vain
    options = Options(asked.name, asked.nodes, asked.directory, asked.host, asked.port, asked.zones)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        cluster = EmbeddedCluster(options)
        await cluster.start()
    except (OSError, StateError, StatusError, ValueError) as error:
        sys.stderr.write(f"the embedded cluster cannot be started: {_why(error, options)}\n")
        return 3
    if asked.kubeconfig:
        asked.kubeconfig.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(asked.kubeconfig, cluster.kubeconfig.encode())
    sys.stdout.write(f"{asked.kubeconfig or cluster.kubeconfig}\n")
    sys.stdout.flush()
    gc.freeze()  # what a cluster starts with stays: later collections need not look at it
    waits = [ended.wait()] + ([_unused(cluster, asked)] if asked.unused > 0 else [])
    await asyncio.wait(map(asyncio.ensure_future, waits), return_when=asyncio.FIRST_COMPLETED)
    await cluster.stop()
    return 0


async def _unused(cluster: EmbeddedCluster, asked: argparse.Namespace) -> None:
    """Until nobody has asked for a while, and nobody wants it kept."""
    while True:
        await cluster.app.use.until_unused(asked.unused)
        if not asked.directory or not any(asked.directory.glob("keep-*")):
            sys.stderr.write(f"nobody has asked for {asked.unused:g} s\n")
            return
        await asyncio.sleep(min(asked.unused, LONGEST_PAUSE))


def _why(error: Exception, options: Options) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {options.port} of {options.host} is taken: --port 0 takes a free one"
    return str(error)


def main() -> None:
    """Run until told to end."""
    sys.exit(asyncio.run(_serve(_arguments())))


if __name__ == "__main__":
    main()
