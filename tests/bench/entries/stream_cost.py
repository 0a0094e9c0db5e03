"""What being watched costs: training speed streamed to a store, against the same loop unseen.

Ours: `Execution` of the circle MLP (manual stage, full speed) on a store, as in a worker:
everything committed at 10 Hz, pictures, controls read, checkpoints every two seconds, final
weights. Epochs per second over the whole of `Execution.run`.

Baseline: the same generator with the same config, every event thrown away:
`for event in train(config, context): pass`.

Fair because both are the same code in the same process with one thread, in turn, for the same
number of epochs, 4 seconds of work or more; what differs is the streaming alone. Flushes follow
the wall clock, so on a machine shared with others a run that gets half a core makes twice as many
in its own time: the remark "of a core" says what streaming costs wherever it has a core to itself.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import Program, temporary_home

MIN_SECONDS = 4.5
TRIAL_EPOCHS = 600
MAX_EPOCHS = 20_000


class Streaming:
    """Asks one process for streamed and bare runs of the same length."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._taken: dict[str, list[dict[str, float]]] = {"streamed": [], "bare": []}
        program.ask(side="streamed", epochs=TRIAL_EPOCHS)
        trial = program.ask(side="bare", epochs=TRIAL_EPOCHS)
        epochs = round(TRIAL_EPOCHS * MIN_SECONDS / trial["cpu_seconds"], -2)
        self._epochs = min(MAX_EPOCHS, epochs)

    def measure(self, side: str) -> Sample:
        """Run one side once; epochs per second."""
        taken = self._program.ask(side=side, epochs=self._epochs)
        self._taken[side].append(taken)
        return Sample(self._epochs / taken["seconds"], self._epochs / taken["cpu_seconds"])

    def remarks(self) -> list[str]:
        """Say the same in percent, and what it is of a core."""
        streamed, bare = self._taken["streamed"], self._taken["bare"]
        pairs = list(zip(streamed, bare, strict=True))
        wall = [1 - b["seconds"] / s["seconds"] for s, b in pairs]
        cpu = [1 - b["cpu_seconds"] / s["cpu_seconds"] for s, b in pairs]
        core = [(s["cpu_seconds"] - b["cpu_seconds"]) / s["seconds"] for s, b in pairs]
        flushes = [s["flushes"] / s["seconds"] for s in streamed]
        share = [s["cpu_seconds"] / s["seconds"] for s in streamed]
        return [
            f"{self._epochs} epochs a run, {statistics.median(flushes):.1f} flushes/s, "
            f"the run got {statistics.median(share):.0%} of a core",
            f"slowdown, median of the pairs: {statistics.median(wall):.1%} by the wall clock, "
            f"{statistics.median(cpu):.1%} by CPU; streaming took {statistics.median(core):.1%} "
            "of a core",
        ]


@contextmanager
def prepare() -> Iterator[Sides]:
    with temporary_home(), Program("stream") as program:
        streaming = Streaming(program)
        yield Sides(
            lambda: streaming.measure("streamed"),
            lambda: streaming.measure("bare"),
            streaming.remarks,
        )


ENTRY = Entry(
    prepare=prepare,
    unit="epochs/s",
    higher_is_better=True,
    baseline="the same generator in the same process without a store",
    target="ratio >= 0.98",
)
