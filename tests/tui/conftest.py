"""Frames: what stands on the screen as plain text, compared with what is stored.

`pytest tests/tui --update-frames` writes them anew; read the difference before you commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FRAMES = Path(__file__).parent / "frames"
Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-frames", action="store_true", help="store the frames seen now")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a frame with the stored one of that name."""
    update = bool(request.config.getoption("--update-frames", default=False))

    def compare(name: str, frame: str) -> None:
        path = FRAMES / f"{name}.txt"
        if update:
            FRAMES.mkdir(exist_ok=True)
            path.write_text(frame)
        assert path.exists(), f"no frame {name}: run pytest tests/tui --update-frames"
        assert frame == path.read_text()

    return compare
