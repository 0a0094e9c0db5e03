"""Metric rows as stored: a flush is one row of the table, holding a float64 matrix."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, select

from rdfia_core.store.schema import metric_table


@dataclass(frozen=True, slots=True)
class MetricRows:
    """Consecutive metric rows of one run.

    Args:
        first: Number of the first row, counted from 0 within the run.
        columns: Arrays of one length by name: step, epoch, and one each scalar. NaN: not given.
    """

    first: int
    columns: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


class RowBuffer:
    """Rows between two flushes; a fast run adds 150 of them in between.

    Adding is one append: what turns rows into numbers runs once a flush, when its code is in the
    processor's caches, and not once an epoch, when it is not.

    Args:
        first: Number of the first row.
    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._rows: list[tuple[int, float, Mapping[str, float]]] = []

    def add(self, step: int, epoch: float, scalars: Mapping[str, float]) -> None:
        """Add one row; `scalars` must not change afterwards."""
        self._rows.append((step, epoch, scalars))

    def taken(self) -> MetricRows | None:
        """Return the rows, or None if there are none; `clear` forgets them.

        A scalar that a row does not have is NaN there.
        """
        if not self._rows:
            return None
        each = [scalars for _, _, scalars in self._rows]
        names = tuple(dict.fromkeys(chain.from_iterable(each)))
        if any(tuple(scalars) != names for scalars in each):
            each = [{name: scalars.get(name, math.nan) for name in names} for scalars in each]
        values = array("d")
        for (step, epoch, _), scalars in zip(self._rows, each, strict=True):
            values.append(step)
            values.append(epoch)
            values.extend(scalars.values())
        matrix = np.array(values).reshape(len(each), -1)
        columns = zip(("step", "epoch", *names), matrix.T, strict=True)
        return MetricRows(self._first, dict(columns))

    def clear(self) -> None:
        """Go on after these rows: they are stored."""
        self._first += len(self._rows)
        self._rows = []


def as_row(run_id: str, rows: MetricRows) -> dict[str, Any]:
    """Return rows as one row of the table; `step` and `epoch` must be among the columns."""
    names = list(rows.columns)
    matrix = np.array([rows.columns[name] for name in names], dtype="<f8")
    return {
        "run_id": run_id,
        "first": rows.first,
        "count": matrix.shape[1],
        "last_step": int(rows.columns["step"][-1]),
        "names": names,
        "data": matrix.tobytes(),
    }


def read(connection: Connection, run_id: str, first: int) -> MetricRows:
    """Return the rows from number `first` on."""
    values = {"run_id": run_id, "row": first}
    chunks = [_decode(row) for row in connection.execute(_FROM_ROW, values)]
    if not chunks:
        return MetricRows(first, {})
    start = chunks[0].first
    columns = _joined([chunk.columns for chunk in chunks])
    skip = max(0, first - start)
    return MetricRows(start + skip, {name: values[skip:] for name, values in columns.items()})


def truncate(connection: Connection, run_id: str, step: int) -> None:
    """Forget the rows after a step."""
    table = metric_table
    late = (table.c.run_id == run_id) & (table.c.last_step > step)
    query = select(table.c.first, table.c.count, table.c.names, table.c.data).where(late)
    chunks = [_decode(row) for row in connection.execute(query)]
    connection.execute(table.delete().where(late))
    for chunk in chunks:
        keep = chunk.columns["step"] <= step
        if keep.any():
            kept = {name: values[keep] for name, values in chunk.columns.items()}
            row = as_row(run_id, MetricRows(chunk.first, kept))
            connection.execute(table.insert(), row)


_FROM_ROW = (
    select(metric_table.c.first, metric_table.c.count, metric_table.c.names, metric_table.c.data)
    .where(
        (metric_table.c.run_id == bindparam("run_id"))
        & (metric_table.c.first + metric_table.c.count > bindparam("row"))
    )
    .order_by(metric_table.c.first)
)


def _decode(row: Sequence[Any]) -> MetricRows:
    first, count, names, data = row
    matrix = np.frombuffer(data, dtype="<f8").reshape(len(names), count)
    return MetricRows(first, dict(zip(names, matrix, strict=True)))


def _joined(chunks: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Concatenate, with NaN where a chunk lacks a column."""
    names = dict.fromkeys(name for chunk in chunks for name in chunk)
    lengths = [len(chunk["step"]) for chunk in chunks]
    return {
        name: np.concatenate(
            [
                chunk.get(name, np.full(length, np.nan))
                for chunk, length in zip(chunks, lengths, strict=True)
            ]
        )
        for name in names
    }
