"""What CoreDNS prints when it starts: its zones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from breakfix.embedded.programs.coredns.server import Listening


def zones_shown(listening: Iterable[Listening]) -> str:
    """Each with its port; a warning where its name is unusual."""
    lines = []
    for found in listening:
        on = f" on {found.address}" if found.address else ""
        for zone in sorted(found.zones):
            if not _is_plain(zone):
                words = "does not follow RFC1035 preferred syntax"
                lines.append(f'Warning: Domain "{zone}" {words}\n')
            lines.append(f"{zone}:{found.port}{on}\n")
    return "".join(lines)


def _is_plain(zone: str) -> bool:
    if zone == "." or zone.endswith(("in-addr.arpa.", "ip6.arpa.")):
        return True
    return bool(re.fullmatch(r"(([A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?)\.)+", zone))
