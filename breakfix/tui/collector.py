"""The garbage collector's pauses, kept below what an eye notices.

A full collection looks at every object there is: a tenth of a second on a busy screen, and
about once a second where much changes. What is there once a round is up stays until its
end, so it need not be looked at again and again.
"""

from __future__ import annotations

import gc

NEW, YOUNG, OLD = 5_000, 20, 20


def settle() -> None:
    """Clear up now, and leave what remains alone until the next call. For a moment at
    which a short pause is not noticed."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, YOUNG, OLD)
