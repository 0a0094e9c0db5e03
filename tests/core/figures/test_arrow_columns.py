"""Columns made of buffers are those that pyarrow makes of lists, and load no pandas."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.figures.arrow_columns import list_column, number_column, text_column, time_column

NUMBERS = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)  # the reference loads pandas at its first call
@given(st.lists(TEXTS))
def test_texts_are_kept(values: list[str]) -> None:
    assert text_column(values).equals(pa.array(values, pa.string()))


@settings(deadline=None)
@given(st.lists(st.none() | NUMBERS))
def test_numbers_and_gaps_are_kept(values: list[float | None]) -> None:
    column = number_column(values)
    column.validate(full=True)
    assert column.to_pylist() == values


@settings(deadline=None)
@given(st.lists(st.lists(NUMBERS)))
def test_lists_of_numbers_are_kept(rows: list[list[float]]) -> None:
    assert list_column(rows).equals(pa.array(rows, pa.list_(pa.float64())))


@settings(deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=1), min_size=1))
def test_lists_of_texts_are_kept(rows: list[list[str]]) -> None:
    assert list_column(rows).equals(pa.array(rows, pa.list_(pa.string())))


def test_moments_are_kept_to_the_millisecond() -> None:
    assert time_column([0.0, 1.2345]).cast(pa.int64()).to_pylist() == [0, 1234]


def test_a_table_loads_no_pandas() -> None:
    script = (
        "import sys, pyarrow as pa\n"
        "from rdfia_core.figures import arrow_columns as a\n"
        "columns = {'t': a.text_column(['x']), 'n': a.number_column([None]),\n"
        "           'l': a.list_column([['x']]), 'm': a.time_column([1.0])}\n"
        "table = pa.Table.from_arrays(list(columns.values()), names=list(columns))\n"
        "with pa.RecordBatchStreamWriter(pa.BufferOutputStream(), table.schema) as writer:\n"
        "    writer.write_table(table)\n"
        "assert 'pandas' not in sys.modules\n"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)
