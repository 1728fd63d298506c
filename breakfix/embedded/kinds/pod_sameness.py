"""Pod specs that were found good before: those of a template are all the same."""

from __future__ import annotations

import re

import orjson

from breakfix.embedded.objects import Object

LARGEST = 16 * 1024  # bytes of a spec that is remembered
REMEMBERED = 512  # specs
_TOKEN_VOLUME = re.compile("kube-api-access-[a-z0-9]{5}")


class GoodSpecs:
    """Remembers specs. What is asked of a spec must follow from it alone."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def key(self, spec: Object, kind: bytes = b"") -> bytes | None:
        """What specs of one template have in common; None for one that is not remembered."""
        found = orjson.dumps(spec) + kind
        if len(found) > LARGEST:
            return None
        for volume in spec.get("volumes") or ():
            name = volume.get("name", "")
            if _TOKEN_VOLUME.fullmatch(name):  # a name as good as any other, new in each pod
                return found.replace(f'"{name}"'.encode(), b'"\x00"')
        return found

    def __contains__(self, key: bytes | None) -> bool:
        return key in self._known

    def add(self, key: bytes | None) -> None:
        """Nothing is wrong with this one."""
        if key is not None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known.add(key)
