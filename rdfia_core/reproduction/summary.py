"""Measurements in words: what a metric is called, and a cell of a table."""

from collections.abc import Sequence
from typing import Any

from rdfia_core.figures.reproduction import Row
from rdfia_core.reproduction.comparing import COUNT, PERCENT, Table, Unit, unit_of, values_of
from rdfia_core.reproduction.entries import Arm
from rdfia_core.reproduction.findings import Finding
from rdfia_core.training.paired import spread

TITLES = {
    "test_accuracy": "Test accuracy",
    "train_accuracy": "Training accuracy",
    "train_now_accuracy": "Training accuracy after",
    "train_loss": "Training loss",
    "test_loss": "Test loss",
    "epochs_to_90": "Epochs to 90 % on train",
    "unsteadiness": "Change from epoch to epoch",
    "best_epoch": "Epoch of the lowest test loss",
    "lowest_test_loss": "Lowest test loss",
    "first_train_loss": "Training loss in epoch 1",
    "first_train_now_loss": "Training loss after epoch 1",
    "first_test_loss": "Test loss after epoch 1",
    "num_weights": "Weights",
    "convolution_share": "In convolutions",
    "multiply_adds_4": "Multiply-adds at 4 times the width",
    "weights_4": "Weights at 4 times the width",
    "equivariance_error": "Error of moving along",
    "change_conv": "Change of the first convolution",
    "change_pool1": "After one pooling",
    "change_pool3": "After three poolings",
    "change_global": "After a global average",
    "num_support_vectors": "Support vectors",
    "num_patches": "Patches",
    "change_outside": "Change by all but the corner",
    "change_inside": "Change by the corner",
    "refuses_size": "Made for 224, refuses 28",
}
_YES_OR_NO = ("refuses_size",)


def metric_title(name: str) -> str:
    """Return a metric's name for a person."""
    return TITLES[name]


def told_cell(table: Table, arm: str, metric: str) -> str:
    """Return mean ± standard deviation of an arm; – where nothing was measured."""
    values = list(values_of(table, arm, metric).values())
    if not values:
        has_diverged = any(runs.get("diverged") for runs in table.get(arm, {}).values())
        return "diverged" if has_diverged else "–"
    if metric in _YES_OR_NO:
        return "yes" if all(values) else "no"
    unit, found = unit_of(metric), spread(values)
    word = unit.word if unit.word.strip() == "%" else ""
    deviation = f" ± {_number(unit.scale * found['std'], unit)}" if found["std"] else ""
    return f"{_number(unit.scale * found['mean'], unit)}{deviation}{word}"


def _number(value: float, unit: Unit) -> str:
    """Write a number: large ones and counts whole, tiny ones with two digits."""
    if abs(value) >= 1000 or (unit is COUNT and value.is_integer()):
        return f"{value:,.0f}"
    rounded = f"{value:.{unit.digits}f}"
    return rounded if float(rounded) or not value else f"{value:.2g}"


def table_cells(
    finding: Finding, metrics: Sequence[str] | None = None
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: each setting, what is printed, how many seeds, what was measured.

    Args:
        finding: Of the entry.
        metrics: Which are shown; None for all of the entry's.
    """
    entry = finding.entry
    names = (entry.metric, *entry.also) if metrics is None else metrics
    header = ["Setting", "Printed", "Seeds", *(metric_title(name) for name in names)]
    rows = []
    for arm in entry.arms_of(finding.variant):
        count = len(finding.measured[arm.name])
        cells = [told_cell(finding.table, arm.name, name) for name in names]
        rows.append([arm.label, told_printed(arm, entry.metric), str(count or "–"), *cells])
    return header, rows


def more_cells(finding: Finding) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of what else was measured of each setting."""
    names = finding.entry.also
    rows = [
        [arm.label, *(told_cell(finding.table, arm.name, name) for name in names)]
        for arm in finding.entry.arms_of(finding.variant)
    ]
    return ["Setting", *(metric_title(name) for name in names)], rows


def told_printed(arm: Arm, metric: str) -> str:
    """Return what the report prints of a setting, – if nothing."""
    if arm.printed is None:
        return "–"
    return arm.printed.told() + (PERCENT.word if unit_of(metric) is PERCENT else "")


def made_words(finding: Finding) -> str:
    """Say where, when and how long the measurements of an entry were made."""
    devices = "; ".join(f"{m.device}, torch {m.torch}, {m.date}" for m in finding.made)
    runs = [run for seeds in finding.measured.values() for run in seeds.values()]
    seeds = sorted({seed for arm in finding.measured.values() for seed in arm})
    told = f"seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
    seconds = sum(run.seconds for run in runs)
    count = f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}"
    work = f"{seconds:,.0f} s" if seconds >= 1 else "less than 1 s"
    return f"{count}, {told}. {devices}. {work} at work."


def arm_rows(finding: Finding) -> list[Row]:
    """Return the settings of an entry as the figure draws them."""
    entry, scale = finding.entry, unit_of(finding.entry.metric).scale
    rows = []
    for arm in entry.arms_of(finding.variant):
        found = values_of(finding.table, arm.name, entry.metric).values()
        values = [scale * value for value in found]
        over = spread(values) if values else None
        printed = arm.printed
        bounds = None if printed is None else (printed.low, printed.high or printed.low)
        mean = None if over is None else over["mean"]
        deviation = 0.0 if over is None else over["std"] or 0.0
        rows.append(Row(arm.label, values, mean, deviation, bounds))
    return rows


def curve_runs(finding: Finding) -> tuple[list[str], list[dict[str, Any]]]:
    """Return labels and curves of an entry for a figure; no curves where a run has no course."""
    arms = finding.entry.arms_of(finding.variant)
    runs = [
        {"arm": place + 1, "ends": run.ends, **run.curves}
        for place, arm in enumerate(arms)
        for run in finding.measured[arm.name].values()
        if len(run.curves.get(finding.entry.metric, ())) > 1
    ]
    return [arm.label for arm in arms], runs
