"""The benchmarks' harness, on entries that measure nothing and take no time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.harness import (
    ENTRIES,
    Entry,
    Measurement,
    Sample,
    Sides,
    find_entries,
    measure,
    merge,
    table,
)


class Scripted:
    """An entry whose sides return what a test wrote down, and which notes what happens."""

    def __init__(self, ours: list[float], baseline: list[float] | None) -> None:
        self.log: list[str] = []
        self._ours = iter(ours)
        self._baseline = None if baseline is None else iter(baseline)

    def _next(self, side: str, values: Iterator[float]) -> Sample:
        self.log.append(side)
        return Sample(next(values))

    @contextmanager
    def prepare(self) -> Iterator[Sides]:
        self.log.append("open")
        baseline = self._baseline
        yield Sides(
            lambda: self._next("ours", self._ours),
            None if baseline is None else lambda: self._next("baseline", baseline),
            lambda: ["a remark"],
        )
        self.log.append("close")

    def entry(self, *, higher_is_better: bool = True) -> Entry:
        return Entry(self.prepare, "ms", higher_is_better, baseline="other", target="ratio >= 2")


def taken(ours: list[float], baseline: list[float] | None, **options: bool) -> Measurement:
    entry = Scripted(ours, baseline).entry(**options)
    return measure("fake", entry, len(ours), lambda _line: None)


def loader(ours: list[float], baseline: list[float] | None) -> Callable[[], Entry]:
    return Scripted(ours, baseline).entry


def test_the_sides_take_turns_and_the_first_one_alternates() -> None:
    scripted = Scripted([1.0, 1.0, 1.0], [1.0, 1.0, 1.0])
    measure("fake", scripted.entry(), 3, lambda _line: None)
    pairs = ["ours", "baseline", "baseline", "ours", "ours", "baseline"]
    assert scripted.log == ["open", *pairs, "close"]


def test_an_entry_is_closed_when_a_side_fails() -> None:
    closed = []

    @contextmanager
    def prepare() -> Iterator[Sides]:
        try:
            yield Sides(lambda: Sample(1 / 0))
        finally:
            closed.append(True)

    with pytest.raises(ZeroDivisionError):
        measure("fake", Entry(prepare, "ms", higher_is_better=True), 5, lambda _line: None)
    assert closed


def test_values_are_medians() -> None:
    found = taken([1.0, 100.0, 3.0], [2.0, 2.5, 50.0])
    assert (found.value, found.baseline_value) == (3.0, 2.5)


def test_spread_is_the_range_over_the_median_of_ours() -> None:
    assert taken([8.0, 10.0, 13.0], [1.0, 1.0, 1.0]).result()["spread"] == 0.5


def test_a_higher_rate_gives_a_ratio_above_one() -> None:
    assert taken([6.0], [2.0], higher_is_better=True).ratio == 3.0


def test_a_shorter_time_gives_a_ratio_above_one() -> None:
    assert taken([2.0], [6.0], higher_is_better=False).ratio == 3.0


def test_pairs_are_compared_within_themselves_whichever_side_was_first() -> None:
    assert taken([2.0, 8.0], [1.0, 2.0]).pair_ratios == [2.0, 4.0]


def test_the_ratio_in_processor_time_needs_it_from_both_sides() -> None:
    found = taken([2.0], [1.0])
    assert found.cpu_ratio is None
    found.ours, found.baseline = [Sample(2.0, 9.0)], [Sample(1.0, 3.0)]
    assert found.cpu_ratio == 3.0


def test_an_entry_without_a_baseline_has_no_ratio() -> None:
    result = taken([2.0], None).result()
    assert (result["value"], result["baseline_value"], result["ratio"]) == (2.0, None, None)


def test_a_result_has_the_fields_of_bench_json() -> None:
    fields = "name value unit baseline baseline_value ratio spread device"
    assert list(taken([2.0], [1.0]).result()) == fields.split()


def test_the_table_shows_the_target_beside_the_ratio() -> None:
    header, _, row = table([taken([3.0], [1.0])]).splitlines()
    assert header.split()[:2] == ["name", "ours"]
    assert row.startswith("fake")
    assert row.endswith("ratio >= 2")


def test_merging_replaces_by_name_and_keeps_the_rest() -> None:
    old = [{"name": "b", "value": 1}, {"name": "a", "value": 2}]
    new = [{"name": "b", "value": 3}]
    assert merge(old, new) == [{"name": "a", "value": 2}, {"name": "b", "value": 3}]


def test_only_changes_one_result_of_an_existing_file(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    entries = {name: loader([float(k)] * 5, [1.0] * 5) for k, name in enumerate("ab", start=1)}
    assert main(["--out", str(out)], entries) == 0
    again = {**entries, "b": loader([7.0] * 5, [1.0] * 5)}
    assert main(["--only", "b", "--out", str(out)], again) == 0
    assert {item["name"]: item["value"] for item in json.loads(out.read_text())} == {"a": 1, "b": 7}


def test_a_full_run_forgets_entries_that_are_no_more(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    out.write_text('[{"name": "gone", "value": 1}]')
    main(["--out", str(out)], {"a": loader([1.0] * 5, None)})
    assert [item["name"] for item in json.loads(out.read_text())] == ["a"]


def test_an_unknown_name_is_answered_with_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bench.json"
    entries = {"mlp_job": loader([], []), "tick": loader([], [])}
    assert main(["--only", "tock", "--out", str(out)], entries) == 2
    error = capsys.readouterr().err
    assert error == "Error: There is no benchmark 'tock'. There are: mlp_job, tick.\n"
    assert not out.exists()


def test_fewer_repeats_than_five_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--repeats", "4"], {"a": loader([], [])}) == 2
    assert "at least 5. Got 4." in capsys.readouterr().err


def test_a_failing_entry_leaves_the_others_their_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bench.json"
    entries = {"bad": loader([], None), "good": loader([1.0] * 5, None)}
    assert main(["--out", str(out)], entries) == 1
    assert [item["name"] for item in json.loads(out.read_text())] == ["good"]
    assert "StopIteration" in capsys.readouterr().err


def test_the_entries_are_the_files_in_their_folder() -> None:
    files = {path.stem for path in ENTRIES.glob("*.py")}
    assert set(find_entries()) == files
    assert {"mlp_job", "submit", "stream_cost", "tick"} <= files
