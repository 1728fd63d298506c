"""Times that are shown side by side add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from breakfix.scenario.quantities import past_par


@given(st.floats(0, 9000), st.integers(1, 3600))
def test_time_taken_is_par_and_what_is_past_it(elapsed: float, par: int) -> None:
    assert int(elapsed) == par + past_par(elapsed, float(par))


def test_a_part_of_a_second_is_not_counted_twice() -> None:
    assert past_par(220.6, 420.0) == -200
