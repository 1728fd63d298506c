"""Frames: what stands on the screen as plain text, compared with what is stored.

`pytest tests/tui --update-frames` writes them anew; read the difference before you commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import _wait

from breakfix.tui.screens import round as round_screen

FRAMES = Path(__file__).parent / "frames"
Golden = Callable[[str, str], None]
RESTING = 0.01  # s


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-frames", action="store_true", help="store the frames seen now")


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often the garbage collector was told to clear up: here it need not, for a full
    collection looks at the objects of all tests."""
    calls: list[None] = []
    monkeypatch.setattr(round_screen, "settle", lambda: calls.append(None))
    return calls


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a key Textual looks three times whether the app rests: 10 ms each, not 20."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", RESTING)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", RESTING / 20)


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
