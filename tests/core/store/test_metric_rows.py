"""Rows gathered between flushes, whatever scalars each of them brings."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.store.metric_rows import RowBuffer

scalars = st.dictionaries(st.sampled_from("abcd"), st.floats(allow_nan=True), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(scalars, max_size=12), st.integers(0, 12))
def test_any_rows_come_out_as_they_went_in(events: list[dict[str, float]], split: int) -> None:
    buffer = RowBuffer(first=5)
    num_seen = 0
    for part in (events[:split], events[split:]):
        for number, event in enumerate(part, start=num_seen):
            buffer.add(number, number / 2, event)
        rows = buffer.taken()
        assert (rows is None) == (not part)
        if rows is not None:
            assert rows.first == 5 + num_seen
            assert len(rows) == len(part)
            assert rows.columns["step"].tolist() == list(range(num_seen, num_seen + len(part)))
            for name in set().union(*part):
                given_values = [event.get(name, math.nan) for event in part]
                np.testing.assert_array_equal(rows.columns[name], given_values)
        buffer.clear()
        num_seen += len(part)


def test_a_failed_flush_keeps_its_rows() -> None:
    buffer = RowBuffer()
    buffer.add(1, 0.5, {"loss": 2.0})
    assert buffer.taken() is not None
    buffer.add(2, 1.0, {"loss": 1.0})
    rows = buffer.taken()
    assert rows is not None
    assert rows.columns["loss"].tolist() == [2.0, 1.0]
