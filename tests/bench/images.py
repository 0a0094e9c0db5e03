"""Training speed on images: one epoch of a lab's network on real images against a textbook loop.

Ours: the lab's network as a background job at full speed, on all training images but 500,
streamed to the store with pictures and checkpoints. Images per second of that epoch by the store's
clock, from the first stored metric (the evaluation before training) to the run's end: the
evaluation after the epoch, on 5,000 training images and all held out and test images, events,
pictures and checkpoints are all in it.

Baseline: a program of `programs/`, the same network, recipe and batch size on as many threads with
the same niceness, in a fresh process that evaluates nothing; its clock leaves out imports, data and
the first batches. Loading in the loop's own process (num_workers=0) or in one beside it is tried
once, and the faster of the two is what we compare with.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.worker import NICENESS
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import (
    OWNER,
    RUN_SECONDS,
    Program,
    completed,
    running_dispatcher,
    temporary_home,
)

BASELINE_IMAGES = 6_400
HELD_OUT = 500
WATCH_SECONDS = 0.02
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Lab:
    """What is trained.

    Args:
        experiment: Name of the lab.
        recipe: Its hyperparameters but batch size and precision, its data set among them.
        num_images: Images of the data set's training file.
        program: The textbook's way of training the same.
    """

    experiment: str
    recipe: Mapping[str, object]
    num_images: int
    program: str


CNN = Lab(
    "cifar_cnn",
    {"dataset": "cifar10", "augmentation": "crop,flip", "normalization": "per_channel"},
    50_000,
    "textbook_images",
)


def image_entry(
    *, batch_size: int, precision: str = "float32", target: str, lab: Lab = CNN
) -> Entry:
    """Return the entry of one lab, batch size and precision."""

    @contextmanager
    def prepare() -> Iterator[Sides]:
        if not os.environ.get("RDFIA_DATA_DIR"):
            raise RuntimeError(f"This entry needs RDFIA_DATA_DIR with {lab.recipe['dataset']}.npz.")
        with temporary_home() as settings, running_dispatcher(settings) as store:
            # The first run on a machine converts the archive.
            _epoch(store, settings, lab, {"num_train": 2_560, "batch_size": 32})
            threads = settings.threads_for(settings.num_slots)
            rates = {
                workers: _textbook(lab, batch_size, workers, threads).value for workers in (0, 1)
            }
            workers = max(rates, key=rates.__getitem__)
            values = {"batch_size": batch_size, "precision": precision}
            yield Sides(
                lambda: _epoch(store, settings, lab, values),
                lambda: _textbook(lab, batch_size, workers, threads),
                lambda: [f"baseline with num_workers={workers}; tried: {rates}; {threads} threads"],
            )

    return Entry(
        prepare=prepare,
        unit="images/s",
        higher_is_better=True,
        baseline="textbook loop: PIL, ToTensor, Normalize, DataLoader, float32, not evaluated",
        target=target,
    )


def _epoch(store: RunStore, settings: Settings, lab: Lab, values: dict[str, object]) -> Sample:
    asked = {**lab.recipe, "num_val": HELD_OUT, **values, "epochs": 1}
    run_id = submit(store, settings, lab.experiment, asked, owner=OWNER)
    first: RunRecord | None = None
    end = time.monotonic() + RUN_SECONDS
    while not (run := store.run(run_id)).is_over and time.monotonic() < end:
        if first is None and run.metrics:
            first = run
        # Whoever looks on takes from the training, which has all cores.
        time.sleep(WATCH_SECONDS if first is None else LOOK_SECONDS)
    completed(run)
    if first is None:
        raise RuntimeError("the run was over before its first metric was seen")
    images = run.config["num_train"] or lab.num_images - HELD_OUT
    return Sample(images * (run.epoch - first.epoch) / (run.ended - first.updated))


def _textbook(lab: Lab, batch_size: int, num_workers: int, threads: int) -> Sample:
    time.sleep(0.2)
    with Program(lab.program) as program:
        num_batches = BASELINE_IMAGES // batch_size
        taken = program.ask(
            batch_size=batch_size,
            num_batches=num_batches,
            num_workers=num_workers,
            threads=threads,
            niceness=NICENESS,
        )
    return Sample(num_batches * batch_size / taken["seconds"])
