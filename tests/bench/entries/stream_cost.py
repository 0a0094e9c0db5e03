"""What being watched costs: training speed streamed to a store, against the same loop unseen.

Ours: `Execution` of the circle MLP (manual stage, full speed) on a store, as in a worker:
everything committed at 10 Hz, pictures, controls read, checkpoints every two seconds, final
weights. Epochs per second over the whole of `Execution.run`.

Baseline: the same generator with the same config and context (not attentive, so it yields as
seldom as it does to `Execution`), every event thrown away:
`for event in train(config, context): pass`.

Fair because both are the same code in the same process, with one thread, for the same number of
epochs, 10 seconds of work or more, so that start and end weigh little; what differs is the
streaming alone. They take turns of a tenth of a second on the same core and only their own turns
count, because the speed of a shared machine changes by more within seconds than what is measured
here (programs/stream.py). Two bare sides measured so differ by 0 % in the median and by up to 5 %
in a pair. Flushes follow the wall clock, so a run that gets half a core flushes twice as often in
its own time: "of a core" says what streaming costs a run that has a core to itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from rdfia_core.jobs.engines import MALLOC_ENVIRONMENT
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import Program, temporary_home

MIN_SECONDS = 10.0
TRIAL_EPOCHS = 600
MAX_EPOCHS = 20_000


class Streaming:
    """Holds duels of a streamed and a bare run; each side takes its sample from the newest one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._duels: list[dict[str, Any]] = []
        self._pending: dict[str, Sample] = {}
        program.ask(epochs=TRIAL_EPOCHS, streamed_first=True)
        trial = program.ask(epochs=TRIAL_EPOCHS, streamed_first=True)
        epochs = TRIAL_EPOCHS * MIN_SECONDS / trial["bare"]["cpu_seconds"]
        self._epochs = min(MAX_EPOCHS, round(epochs))

    def measure(self, side: str) -> Sample:
        """Return one side's epochs per second; the first to ask starts the next duel, and in it."""
        if side not in self._pending:
            duel = self._program.ask(epochs=self._epochs, streamed_first=side == "streamed")
            self._duels.append(duel)
            self._pending = {name: self._sample(duel[name]) for name in ("streamed", "bare")}
        return self._pending.pop(side)

    def _sample(self, taken: Mapping[str, float]) -> Sample:
        return Sample(self._epochs / taken["seconds"], self._epochs / taken["cpu_seconds"])

    def remarks(self) -> list[str]:
        """Say the same in percent, and what it is of a core."""
        pairs = [(duel["streamed"], duel["bare"]) for duel in self._duels]
        wall = [1 - bare["seconds"] / streamed["seconds"] for streamed, bare in pairs]
        cpu = [1 - bare["cpu_seconds"] / streamed["cpu_seconds"] for streamed, bare in pairs]
        core = [(s["cpu_seconds"] - b["cpu_seconds"]) / s["seconds"] for s, b in pairs]
        share = [s["cpu_seconds"] / s["seconds"] for s, _ in pairs]
        flushes = [duel["flushes"] / duel["streamed"]["seconds"] for duel in self._duels]
        return [
            f"{self._epochs} epochs a run, {median(flushes):.1f} flushes/s, a run got "
            f"{median(share):.0%} of a core during its turns",
            f"slowdown, median of the pairs: {median(wall):.1%} by the wall clock, "
            f"{median(cpu):.1%} by CPU; streaming took {median(core):.1%} of a core",
        ]


@contextmanager
def prepare() -> Iterator[Sides]:
    environment = {**MALLOC_ENVIRONMENT, "OMP_NUM_THREADS": "1"}  # as in a worker
    with temporary_home(), Program("stream", environment) as program:
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
    repeats=7,
)
