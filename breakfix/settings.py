"""Settings: where things are kept and which programs are used.

Read once at the edge (the command line) from the environment, then passed on as an
argument; nothing deep inside reads the environment. docs/cli.md lists the variables.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIGHT_BACKGROUNDS = ("7", "9", "10", "11", "12", "13", "14", "15")


@dataclass(frozen=True)
class Settings:
    """All that can be set.

    data_dir: history, snapshots, kubeconfigs (0700). kind_node_image and image_mirror
    are passed to kind clusters that breakfix creates. tools_image is what a check runs
    in when the selected container has no network tools. color is None for automatic.
    light_terminal: the terminal says that its background is light.
    """

    data_dir: Path
    kind_node_image: str = ""
    image_mirror: str = ""
    tools_image: str = "busybox:1.36"
    kubeconfig: str = ""
    extra_packs: tuple[Path, ...] = ()
    color: bool | None = None
    light_terminal: bool = False

    @property
    def database(self) -> Path:
        """The SQLite file of the history."""
        return self.data_dir / "history.sqlite3"

    @property
    def kubeconfig_dir(self) -> Path:
        """Kubeconfigs that breakfix writes: one file a cluster, each 0600."""
        return self.data_dir / "kubeconfig"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from BREAKFIX_* variables, KUBECONFIG, NO_COLOR and COLORFGBG."""
    home = environ.get("BREAKFIX_HOME")
    packs = environ.get("BREAKFIX_PACKS", "")
    return Settings(
        data_dir=Path(home).expanduser() if home else _default_data_dir(),
        kind_node_image=environ.get("BREAKFIX_KIND_NODE_IMAGE", ""),
        image_mirror=environ.get("BREAKFIX_IMAGE_MIRROR", ""),
        tools_image=environ.get("BREAKFIX_TOOLS_IMAGE") or Settings.tools_image,
        kubeconfig=environ.get("KUBECONFIG", ""),
        extra_packs=tuple(Path(p).expanduser() for p in packs.split(os.pathsep) if p),
        color=False if environ.get("NO_COLOR") else None,
        light_terminal=_is_light(environ.get("COLORFGBG", "")),
    )


def _is_light(colorfgbg: str) -> bool:
    """What COLORFGBG (`15;0`, `0;default;15`) tells of the background, read as Vim does."""
    return colorfgbg.rpartition(";")[2] in LIGHT_BACKGROUNDS


def _default_data_dir() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("breakfix", appauthor=False))
