"""The asynchronous Kubernetes client without the synchronous one.

`import kubernetes.aio` first runs `kubernetes/__init__.py`, which imports the whole
synchronous client with requests and OAuth: 9 MiB and 270 modules that nothing here uses.
The two packages are put in place without running them; what is imported from them is found
as ever.

And asyncio sets aside 256 KiB for each TLS connection that it reads from; with a connection
for each watch that is 12 MiB. A TLS record has 16 KiB at most (RFC 8446, 5.1).
"""

from __future__ import annotations

import sys
from asyncio import sslproto
from importlib import import_module
from importlib.util import find_spec, module_from_spec

PARENTS = ("kubernetes", "kubernetes.aio")
TLS_BUFFER = 32 * 1024
MODULES = ("kubernetes.aio.client", "kubernetes.aio.config")


def import_client() -> None:
    """Import what the API client stands on; takes some tenths of a second the first time."""
    if hasattr(sslproto.SSLProtocol, "max_size"):
        sslproto.SSLProtocol.max_size = TLS_BUFFER
    for name in PARENTS:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            sys.modules[name] = module_from_spec(spec)
    for name in MODULES:
        import_module(name)
