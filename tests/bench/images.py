"""Training speed on images: one epoch of the lab's network on CIFAR-10 against the textbook loop.

Ours: the lab's network as a background job at full speed, on all 49,500 training images, with the
lab's crop, flip and standardisation, streamed to the store with pictures and checkpoints. Images
per second of that epoch by the store's clock, from the first stored metric (the evaluation before
training) to the run's end: the evaluation after the epoch, on 5,000 training images and all held
out and test images, events, pictures and checkpoints are all in it.

Baseline: `programs/textbook_images.py`, the same network, recipe and batch size on as many threads
with the same niceness, in a fresh process that evaluates nothing; its clock leaves out imports,
data and the first batches. Loading in the loop's own process (num_workers=0) or in one beside it is
tried once, and the faster of the two is what we compare with.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

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

TRAINING_IMAGES = 50_000
BASELINE_IMAGES = 6_400
WATCH_SECONDS = 0.02
LOOK_SECONDS = 0.5
RECIPE = {"dataset": "cifar10", "augmentation": "crop,flip", "normalization": "per_channel"}


def image_entry(*, batch_size: int, precision: str, target: str) -> Entry:
    """Return the entry of one batch size and precision."""

    @contextmanager
    def prepare() -> Iterator[Sides]:
        if not os.environ.get("RDFIA_DATA_DIR"):
            raise RuntimeError("This entry needs RDFIA_DATA_DIR with cifar10.npz.")
        with temporary_home() as settings, running_dispatcher(settings) as store:
            # The first run on a machine converts the archive.
            _epoch(store, settings, {"num_train": 2_560, "batch_size": 32})
            threads = settings.threads_for(settings.num_slots)
            rates = {workers: _textbook(batch_size, workers, threads).value for workers in (0, 1)}
            workers = max(rates, key=rates.__getitem__)
            values = {"batch_size": batch_size, "precision": precision}
            yield Sides(
                lambda: _epoch(store, settings, values),
                lambda: _textbook(batch_size, workers, threads),
                lambda: [f"baseline with num_workers={workers}; tried: {rates}; {threads} threads"],
            )

    return Entry(
        prepare=prepare,
        unit="images/s",
        higher_is_better=True,
        baseline="textbook loop: PIL, ToTensor, Normalize, DataLoader, float32, not evaluated",
        target=target,
    )


def _epoch(store: RunStore, settings: Settings, values: dict[str, object]) -> Sample:
    run_id = submit(store, settings, "cifar_cnn", {**RECIPE, **values, "epochs": 1}, owner=OWNER)
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
    images = run.config["num_train"] or TRAINING_IMAGES - run.config["num_val"]
    return Sample(images * (run.epoch - first.epoch) / (run.ended - first.updated))


def _textbook(batch_size: int, num_workers: int, threads: int) -> Sample:
    time.sleep(0.2)
    with Program("textbook_images") as program:
        num_batches = BASELINE_IMAGES // batch_size
        taken = program.ask(
            batch_size=batch_size,
            num_batches=num_batches,
            num_workers=num_workers,
            threads=threads,
            niceness=NICENESS,
        )
    return Sample(num_batches * batch_size / taken["seconds"])
