"""One world a test: a fake cluster, a history, a pack with one scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.game.shop import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
