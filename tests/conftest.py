"""What holds for all tests: the garbage collector looks at what a test made, and rarely.

Thousands of collected tests and all that they import stay until the end. To look at them
again and again took a third of the time that the tests of the terminal took.
"""

from __future__ import annotations

import gc

NEW, YOUNG, OLD = 50_000, 20, 20


def pytest_collection_finish() -> None:
    """Leave what is there now alone from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, YOUNG, OLD)
