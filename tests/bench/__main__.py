"""`python -m tests.bench [--only NAME] [--repeats N] [--out bench.json]`."""

import argparse
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.harness import (
    MIN_REPEATS,
    Entry,
    Measurement,
    find_entries,
    load,
    measure,
    processor,
    table,
    write_results,
)
from tests.bench.home import bytecode_cache

BAD_VALUE = 2
FAILURE = 1

LEGEND = """\
ours, baseline: medians by the wall clock, measured in turn.
ratio: of the medians, above 1 where ours is better.  by CPU: the same in processor time.
pairs: smallest, median and largest ratio within a pair.
spread: (max - min) / median of ours."""


def main(
    arguments: Sequence[str] | None = None,
    found: Mapping[str, Callable[[], Entry]] | None = None,
) -> int:
    """Measure what is asked for; the exit status is 0, 1 for a failed entry, 2 for a bad value."""
    asked = _parser().parse_args(arguments)
    entries = dict(find_entries() if found is None else found)
    if asked.only is not None and asked.only not in entries:
        return _refuse(f"There is no benchmark '{asked.only}'. There are: {', '.join(entries)}.")
    if asked.repeats is not None and asked.repeats < MIN_REPEATS:
        return _refuse(f"--repeats must be at least {MIN_REPEATS}. Got {asked.repeats}.")
    if asked.only is not None:
        entries = {asked.only: entries[asked.only]}
    print(f"{processor()}, {load()}")
    taken = _measure_all(entries, asked.repeats)
    results = [measurement.result() for measurement in taken]
    write_results(asked.out, results, keep_others=asked.only is not None)
    if taken:
        print(f"\n{table(taken)}\n\n{LEGEND}\n{load()}. Written to {asked.out}.")
    return 0 if len(taken) == len(entries) else FAILURE


def _measure_all(
    entries: Mapping[str, Callable[[], Entry]], repeats: int | None
) -> list[Measurement]:
    """Measure one entry after the other; one that fails does not keep the others from theirs."""
    taken = []
    with bytecode_cache():
        for name, load_entry in entries.items():
            print(f"\n{name}", flush=True)
            try:
                entry = load_entry()
                print(f"  baseline: {entry.baseline or 'none'}", flush=True)
                taken.append(measure(name, entry, repeats or entry.repeats, _say))
            except Exception:  # noqa: BLE001  an entry is a program of its own
                traceback.print_exc()
                continue
            for remark in taken[-1].remarks:
                _say(f"  {remark}")
    return taken


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benchmarks.")
    parser.add_argument("--only", metavar="NAME", help="measure this one entry")
    parser.add_argument("--repeats", type=int, metavar="N", help="measure each side N times")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where results go")
    return parser


def _refuse(sentence: str) -> int:
    print(f"Error: {sentence}", file=sys.stderr)
    return BAD_VALUE


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    # So that being told to end cleans up like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
