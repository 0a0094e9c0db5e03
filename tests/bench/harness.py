"""Measures entries: ours and a baseline in turn, so that a busy machine is equally busy for both.

An entry is a module in `tests/bench/entries/` with an `ENTRY`; its file name is its name. To add
one, add a file: nothing else names it.
"""

import importlib
import json
import os
import pkgutil
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ENTRIES = Path(__file__).with_name("entries")
MIN_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value.

    Args:
        value: In the entry's unit, by the clock on the wall.
        cpu_value: The same in processor time of the measured process, where that means something:
            other work on the machine lengthens it little.
    """

    value: float
    cpu_value: float | None = None


@dataclass(frozen=True)
class Sides:
    """What is compared, ready to be measured any number of times.

    Args:
        ours: Measures our side once.
        baseline: Measures the other side once; None where there is nothing to compare with.
        remarks: Returns sentences to print below the result.
    """

    ours: Callable[[], Sample]
    baseline: Callable[[], Sample] | None = None
    remarks: Callable[[], list[str]] = list


@dataclass(frozen=True)
class Entry:
    """One benchmark.

    Args:
        prepare: Sets up, yields the two sides, and cleans up.
        unit: Of the values.
        higher_is_better: True for rates, False for times. The ratio is above 1 where ours is
            better: ours / baseline for rates, baseline / ours for times.
        baseline: What the other side is, in a few words; "" where there is none.
        target: What we want to reach. Printed, never asserted.
        repeats: How often each side is measured unless asked otherwise.
        device: Where it computes.
    """

    prepare: Callable[[], AbstractContextManager[Sides]]
    unit: str
    higher_is_better: bool
    baseline: str = ""
    target: str = ""
    repeats: int = MIN_REPEATS
    device: str = "cpu"


@dataclass
class Measurement:
    """The samples of one entry, in the order of their pairs."""

    name: str
    entry: Entry
    ours: list[Sample] = field(default_factory=list)
    baseline: list[Sample] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        """Median of our values."""
        return statistics.median(sample.value for sample in self.ours)

    @property
    def baseline_value(self) -> float | None:
        """Median of the baseline's values."""
        if not self.baseline:
            return None
        return statistics.median(sample.value for sample in self.baseline)

    @property
    def ratio(self) -> float | None:
        """Ratio of the medians, above 1 where ours is better."""
        return (
            None if self.baseline_value is None else self._better(self.value, self.baseline_value)
        )

    @property
    def pair_ratios(self) -> list[float]:
        """Ratio within each pair, whose two sides were measured one after the other."""
        pairs = zip(self.ours, self.baseline, strict=False)
        return [self._better(ours.value, other.value) for ours, other in pairs]

    @property
    def cpu_ratio(self) -> float | None:
        """Ratio of the medians in processor time, where both sides know it."""
        ours = [sample.cpu_value for sample in self.ours if sample.cpu_value is not None]
        other = [sample.cpu_value for sample in self.baseline if sample.cpu_value is not None]
        if not ours or not other:
            return None
        return self._better(statistics.median(ours), statistics.median(other))

    def result(self) -> dict[str, Any]:
        """What bench.json keeps."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.entry.unit,
            "baseline": self.entry.baseline or None,
            "baseline_value": _rounded(self.baseline_value),
            "ratio": _rounded(self.ratio),
            "spread": _rounded(spread(self.ours)),
            "device": f"{self.entry.device}: {processor()}, {os.cpu_count()} cores",
        }

    def _better(self, ours: float, other: float) -> float:
        return ours / other if self.entry.higher_is_better else other / ours


def measure(
    name: str, entry: Entry, repeats: int, say: Callable[[str], None] = print
) -> Measurement:
    """Measure both sides in turn; which one is first alternates from pair to pair."""
    taken = Measurement(name, entry)
    with entry.prepare() as sides:
        for index in range(repeats):
            pair = [(sides.ours, taken.ours)]
            if sides.baseline is not None:
                pair.append((sides.baseline, taken.baseline))
            for side, samples in pair if index % 2 == 0 else reversed(pair):
                samples.append(side())
            shown = [f"ours {taken.ours[-1].value:.4g}"]
            shown += [f"baseline {taken.baseline[-1].value:.4g}"] if taken.baseline else []
            say(f"  {index + 1}/{repeats}  {'  '.join(shown)}  {entry.unit}  {load()}")
        taken.remarks = sides.remarks()
    return taken


def find_entries(folder: Path = ENTRIES) -> dict[str, Callable[[], Entry]]:
    """Return a loader for each entry by name; none is imported before its turn."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(folder)]))
    return {name: lambda name=name: _load(name) for name in names}


def _load(name: str) -> Entry:
    entry: Entry = importlib.import_module(f"tests.bench.entries.{name}").ENTRY
    return entry


def spread(samples: Sequence[Sample]) -> float:
    """(max - min) / median."""
    values = [sample.value for sample in samples]
    return (max(values) - min(values)) / statistics.median(values)


def merge(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Replace results of the same name, keep the others, in alphabetical order."""
    by_name = {result["name"]: dict(result) for result in [*old, *new]}
    return [by_name[name] for name in sorted(by_name)]


def write_results(path: Path, results: Sequence[Mapping[str, Any]], *, keep_others: bool) -> None:
    """Write bench.json, keeping what an existing file says of other entries if asked."""
    old = json.loads(path.read_text()) if keep_others and path.exists() else []
    path.write_text(json.dumps(merge(old, results), indent=2) + "\n")


def table(measurements: Sequence[Measurement]) -> str:
    """Lay the results out for people, each ratio beside its target."""
    rows = [("name", "ours", "baseline", "unit", "ratio", "pairs", "by CPU", "spread", "target")]
    for taken in measurements:
        pairs = taken.pair_ratios
        rows.append(
            (
                taken.name,
                _text(taken.value),
                _text(taken.baseline_value),
                taken.entry.unit,
                _text(taken.ratio, ".3g"),
                _range(pairs),
                _text(taken.cpu_ratio, ".3g"),
                f"{spread(taken.ours):.0%}",
                taken.entry.target,
            )
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in [lines[0], "-" * len(lines[0]), *lines[1:]])


def load() -> str:
    """How busy the machine is: processes that want to run, over 1, 5 and 15 minutes."""
    return "load " + " ".join(f"{value:.1f}" for value in os.getloadavg())


@cache
def processor() -> str:
    """Return the processor's name."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _range(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{min(values):.3g} {statistics.median(values):.3g} {max(values):.3g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _text(value: float | None, digits: str = ".4g") -> str:
    return "-" if value is None else format(value, digits)
