"""What a person has set for the terminal, kept in one small file of the data directory.

Not a history: a file that is damaged or cannot be read counts as one that was never
written, and nothing of a round depends on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from breakfix.clusters.private_files import write_private

FILE = "terminal.json"


@dataclass(frozen=True)
class Preferences:
    """`theme` is empty while nobody has chosen one; `keys` maps a binding's id to keys
    (`round.verify` to `v,f2`); `layout` is the board's own (see widgets/board.py);
    `welcomed` is true once the welcome was seen."""

    theme: str = ""
    animations: bool = True
    welcomed: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    layout: Mapping[str, Any] = field(default_factory=dict)


class PreferencesFile:
    """The preferences of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE

    def read(self) -> Preferences:
        """What was set; what is missing or of another type is the default."""
        return self.read_told()[0]

    def read_told(self) -> tuple[Preferences, str]:
        """What was set, and in words what was wrong with the file, if anything."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return Preferences(), ""
        except (OSError, ValueError) as error:
            return Preferences(), f"{self._path} cannot be read: {error}"
        if not isinstance(found, dict):
            return Preferences(), f"{self._path} is not a set of settings"
        return _known(found), ""

    def change(self, **values: Any) -> Preferences:
        """Set some, keep the others. Raises ClusterError where the file cannot be written."""
        changed = replace(self.read(), **values)
        write_private(self._path, json.dumps(asdict(changed), indent=1))
        return changed


def _known(found: Mapping[str, Any]) -> Preferences:
    default = asdict(Preferences())
    fits = {n: v for n, v in found.items() if n in default and type(v) is type(default[n])}
    return Preferences(**fits)
