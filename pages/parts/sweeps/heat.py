"""What the sweep view is told: cells as texts, colours from 0 to 1, and the table."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.sweeps.words import NBSP, cell_key, told_cell, told_mean, told_number, told_value
from rdfia_core.config import FieldSpec
from rdfia_core.figures.sweep_grid import MEASURES, Cell, is_accuracy

Specs = Mapping[str, FieldSpec]
WIDE = 30.0
"""From this ratio on, colours follow the logarithm: one bad cell would make all others alike."""


def heat_data(
    cells: Sequence[Cell], shown: Sequence[str], specs: Specs, measure: str, chosen: str
) -> dict[str, Any]:
    """Return the data of the sweep view (docs/live.md).

    Args:
        cells: Row by row.
        shown: One axis for tiles, or two: down and across.
        specs: Declared fields of the experiment.
        measure: What the cells show.
        chosen: The key of the chosen cell, or "".
    """
    tones, scale = _tones(cells, measure)
    data: dict[str, Any] = {
        "title": MEASURES[measure],
        "scale": scale,
        "rows": None,
        "columns": None,
        "cells": [
            _cell(cell, tone, specs, measure) for cell, tone in zip(cells, tones, strict=True)
        ],
        "chosen": chosen,
        "table": _table(cells, shown, specs, measure),
    }
    if len(shown) == 2:
        data["rows"], data["columns"] = (_axis(name, cells, specs) for name in shown)
    return data


def _axis(name: str, cells: Sequence[Cell], specs: Specs) -> dict[str, Any]:
    values = list(dict.fromkeys(cell.values[name] for cell in cells))
    return {"label": specs[name].label, "values": [told_value(specs[name], v) for v in values]}


def _tones(cells: Sequence[Cell], measure: str) -> tuple[list[float | None], dict[str, str] | None]:
    """Return each cell's place on the scale, and the ends of the scale in words."""
    means = [cell.mean for cell in cells if cell.mean is not None]
    if not means:
        return [None] * len(cells), None
    low, high = min(means), max(means)
    is_wide = not is_accuracy(measure) and low > 0 and high / low > WIDE

    def place(value: float) -> float:
        if high == low:
            return 0.5
        if is_wide:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    words = " (logarithmic)" if is_wide else ""
    scale = {"low": told_number(measure, low), "high": told_number(measure, high) + words}
    return [None if cell.mean is None else place(cell.mean) for cell in cells], scale


def _cell(cell: Cell, tone: float | None, specs: Specs, measure: str) -> dict[str, Any]:
    diverged = "no"
    if cell.num_diverged:
        diverged = "all" if cell.num_diverged == cell.num_ended and not cell.count else "some"
    text = "" if cell.mean is None else told_number(measure, cell.mean)
    if not text and diverged == "all":
        text = "✕"
    elif not text and cell.num_ended == cell.num_planned:
        text = "–"
    spread = "" if cell.std is None else f"± {told_number(measure, cell.std, with_unit=False)}"
    place = told_cell(specs, cell.values)
    return {
        "key": cell_key(cell.values),
        "place": place,
        "text": text,
        "spread": spread,
        "note": _note(cell, diverged),
        "words": f"{place}: {_words(cell, measure)}",
        "tone": tone,
        "share": cell.share,
        "diverged": diverged,
    }


def _note(cell: Cell, diverged: str) -> str:
    """Return the small line of a cell: what is missing from its mean."""
    if diverged == "all":
        is_over = cell.num_ended == cell.num_planned
        return "diverged" if is_over else f"{cell.num_diverged} of {cell.num_planned} diverged"
    if cell.num_diverged:
        return f"✕ {cell.num_diverged} of {cell.num_planned}"
    if cell.num_unfinished:
        return f"{cell.num_unfinished} not finished"
    if cell.num_ended < cell.num_planned:
        return f"{cell.num_ended} of {cell.num_planned}" if cell.num_planned > 1 else ""
    if cell.count < cell.num_planned:
        return f"{cell.count} of {cell.num_planned}"
    return ""


def _words(cell: Cell, measure: str) -> str:
    parts = []
    if cell.mean is None:
        parts.append("no number yet" if cell.num_ended < cell.num_planned else "no number")
    else:
        mean = told_mean(measure, cell.mean, cell.std)
        parts.append(f"{MEASURES[measure].lower()} {mean} over {cell.count} runs")
    parts.append(f"{cell.num_ended} of {cell.num_planned} ended")
    if cell.num_diverged:
        parts.append(f"{cell.num_diverged} diverged")
    if cell.num_unfinished:
        parts.append(f"{cell.num_unfinished} not finished")
    return "; ".join(parts)


def told_interval(cell: Cell, measure: str) -> str:
    """Return the interval of a cell's mean, "–" for less than two runs."""
    if cell.mean is None or cell.half is None:
        return "–"
    ends = [cell.mean - cell.half, cell.mean + cell.half]
    if is_accuracy(measure):  # Student's interval knows no bounds, an accuracy does
        ends = [min(1.0, max(0.0, end)) for end in ends]
    low, high = (told_number(measure, end, with_unit=False) for end in ends)
    return f"{low} to {high}" + (f"{NBSP}%" if is_accuracy(measure) else "")


def _table(
    cells: Sequence[Cell], shown: Sequence[str], specs: Specs, measure: str
) -> dict[str, Any]:
    numbers = ("Mean", "± deviation", "95 % interval of the mean", "Runs", "Diverged", "Ended")
    header = [
        {"text": specs[name].label, "numeric": specs[name].kind in ("integer", "number")}
        for name in shown
    ]
    header += [{"text": text, "numeric": True} for text in numbers]
    return {"header": header, "rows": [_row(cell, shown, specs, measure) for cell in cells]}


def _row(cell: Cell, shown: Sequence[str], specs: Specs, measure: str) -> dict[str, Any]:
    entries: list[tuple[str, Any]] = []
    for name in shown:
        told, value = told_value(specs[name], cell.values[name]), cell.values[name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        entries.append((told, value if is_number else told))
    mean = "–" if cell.mean is None else told_number(measure, cell.mean)
    std = "–" if cell.std is None else told_number(measure, cell.std, with_unit=False)
    entries += [
        (mean, cell.mean),
        (std, cell.std),
        (told_interval(cell, measure), cell.half),
        (str(cell.count), cell.count),
        (str(cell.num_diverged), cell.num_diverged),
        (f"{cell.num_ended} of {cell.num_planned}", cell.num_ended),
    ]
    return {
        "key": cell_key(cell.values),
        "cells": [{"text": text, "sort": sort} for text, sort in entries],
    }


def cells_csv(cells: Sequence[Cell], shown: Sequence[str], measure: str) -> bytes:
    """Return the table as CSV, with numbers as they are."""
    out = io.StringIO()
    writer = csv.writer(out)
    numbers = ("mean", "std", "interval_half_width", "num_in_mean", "num_planned", "num_ended")
    writer.writerow([*shown, "measure", *numbers, "num_diverged", "num_unfinished"])
    for cell in cells:
        found = ("" if value is None else value for value in (cell.mean, cell.std, cell.half))
        counts = (cell.count, cell.num_planned, cell.num_ended, cell.num_diverged)
        writer.writerow([*cell.values.values(), measure, *found, *counts, cell.num_unfinished])
    return out.getvalue().encode()
