"""What holds for all tests: which of them stay together, and when garbage is collected.

Thousands of collected tests and all that they import stay until the end. To look at them
again and again took a third of the time that the tests of the terminal took.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest

NEW, YOUNG, OLD = 50_000, 20, 20
ONE_BY_ONE = "all_rounds/"


def pytest_collection_finish() -> None:
    """Leave what is there now alone from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, YOUNG, OLD)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For several workers: files as a whole, for the fixtures that their tests share; the
    long proofs, which share nothing, one by one."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if ONE_BY_ONE in nodeid else nodeid.partition("::")[0]

    return ByFile(config, log)
