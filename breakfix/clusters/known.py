"""What was last seen of a cluster's capabilities, for showing rounds before it is asked.

One small JSON file a cluster in the data directory; a damaged or missing one is nothing
known. What counts when a round starts is always asked anew.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from urllib.parse import quote

from breakfix.clusters.base import Capabilities
from breakfix.clusters.kind import DEFAULT_NAME
from breakfix.clusters.private_files import write_private
from breakfix.settings import Settings

KIND, EMBEDDED = f"kind:{DEFAULT_NAME}", f"embedded:{DEFAULT_NAME}"
OWN = {"auto": (KIND, EMBEDDED), "kind": (KIND,), "embedded": (EMBEDDED,)}


def remember_capabilities(settings: Settings, cluster: str, found: Capabilities) -> None:
    """Write it down; a full disk is no reason not to play."""
    text = json.dumps({"names": sorted(found.names), "missing": found.missing})
    with contextlib.suppress(OSError):
        write_private(_file(settings, cluster), text)


def known_capabilities(settings: Settings, cluster: str) -> Capabilities | None:
    """What was seen last. `kind` and `embedded` are breakfix's own clusters; `auto` is the
    first of these two of which anything is known."""
    found = (_read(settings, name) for name in OWN.get(cluster, (cluster,)))
    return next((known for known in found if known is not None), None)


def _read(settings: Settings, cluster: str) -> Capabilities | None:
    try:
        found = json.loads(_file(settings, cluster).read_text("utf-8"))
        return Capabilities(frozenset(found["names"]), dict(found["missing"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(settings: Settings, cluster: str) -> Path:
    return settings.data_dir / "capabilities" / f"{quote(cluster, safe='')}.json"
