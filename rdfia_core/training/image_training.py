"""The training loop of all image labs. B images of a batch, K classes.

Like the loop of the four stages it yields events and knows no listener. The data never leave the
training device; the loss of an epoch is summed up there, and read at most ten times a second, since
reading makes the processor wait for the device. Long because the loop and what resumes it exactly
are one state.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rdfia_core.errors import LimitError
from rdfia_core.events import Checkpoint, End, EndReason, Event, Metrics, Snapshot, Started, Step
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.early_stopping import EarlyStopping
from rdfia_core.training.image_data import ImagePart, Pipeline
from rdfia_core.training.image_diagnosis import ImageDiagnosis
from rdfia_core.training.image_evaluation import Outcome, evaluate
from rdfia_core.training.memory import free_device_memory, is_out_of_memory, largest_that_fits
from rdfia_core.training.mixing import MixedTargets, Targets, soft_cross_entropy
from rdfia_core.training.optimizers import (
    load_optimizer_arrays,
    optimizer_arrays,
    set_learning_rate,
)
from rdfia_core.training.precision import autocast, emulation_note
from rdfia_core.training.tensor_state import (
    as_array,
    default_rng_state,
    set_default_rng_state,
    tensors_under,
)

READ_SECONDS = 0.1
MAX_REEVALUATED = 5_000  # training images, for train_now: enough for ± 0.7 points of accuracy


@dataclass(frozen=True)
class ImageTask:
    """What is trained on what; B is the batch size, fixed for a run.

    Args:
        network: On the device, in the memory format of the images.
        train: Training part.
        evaluated: What is evaluated after each epoch: the training part or a sample of it under
            the name "train_now", val and test where there are any.
        pictured: Name of the evaluated part whose confusion matrix is shown.
        pipeline: From bytes to inputs.
        optimizer: Of all parameters that are trained.
        layers: Weights of each layer, whose gradients' norms are told.
        learning_rate_at: Learning rate of a step, from the number of steps before it and the base.
        batch_size: B.
        epochs: When to end.
        label_smoothing: Of the training loss, in [0, 1).
        num_classes: K.
        device: cpu, cuda or mps.
        precision: float32 or bfloat16.
    """

    network: nn.Module
    train: ImagePart
    evaluated: tuple[ImagePart, ...]
    pictured: str
    pipeline: Pipeline
    optimizer: Optimizer
    layers: Sequence[Sequence[nn.Parameter]]
    learning_rate_at: Callable[[int, float], float]
    batch_size: int
    epochs: int
    label_smoothing: float
    num_classes: int
    device: str
    precision: str


class ImageTraining:
    """One training.

    Args:
        task: What is trained on what.
        order: Cuts the epochs into batches.
        live: learning_rate, the base, as it is now; the owner may change it.
        picture: Makes the picture of this moment from the last outcome and its epoch; None for no
            pictures.
        diagnosis: Looks for what goes wrong; None to look for nothing.
        stopping: Decides on stopping early; None to train to the end.
        evaluates_epochs: Evaluate before the first epoch and after each; if not, after the last
            alone, which leaves nothing to stop early by.
    """

    def __init__(
        self,
        task: ImageTask,
        order: BatchOrder,
        *,
        live: Mapping[str, float],
        picture: Callable[[Outcome | None, float], Snapshot] | None = None,
        diagnosis: ImageDiagnosis | None = None,
        stopping: EarlyStopping | None = None,
        evaluates_epochs: bool = True,
    ) -> None:
        self._task = task
        self._order = order
        self._live = live
        self._picture = picture
        self._diagnosis = diagnosis
        self._stopping = stopping
        self._evaluates_epochs = evaluates_epochs
        self._step = 0
        self._learning_rate = float(live["learning_rate"])
        # Loss times B and hits, summed over the epoch; float64 where the device has it.
        dtype = torch.float32 if task.device == "mps" else torch.float64
        self._sums_2 = torch.zeros(2, dtype=dtype, device=task.device)
        self._num_summed = 0
        self._read = (0.0, 0.0, 0)  # sums and number at the last reading
        self._next_reading = 0.0
        self._evaluated_epoch = -1
        self._outcomes: dict[str, Outcome] = {}
        self._scalars: dict[str, float] = {}

    # The loop

    def events(self) -> Iterator[Event]:
        """Train to the end."""
        task = self._task
        yield Started(sum(p.numel() for p in task.network.parameters()), task.device)
        yield self._step_event()
        note = emulation_note(task.device, task.precision)
        if note is not None and not self._step:
            yield note
        if self._is_time_to_evaluate:
            yield from self._evaluation()
        task.network.train()
        while self._order.epoch < task.epochs and not self._is_time_to_stop:
            if self._order.is_epoch_over:
                self._begin_epoch()
            self._update()
            if self._order.is_epoch_over and self._is_time_to_evaluate:
                yield from self._evaluation()
            elif time.perf_counter() >= self._next_reading:
                yield Metrics(self._step, self._order.progress, self._batch_scalars())
            if not math.isfinite(self._read[0]):
                yield from self._diagnose()
                yield self._step_event()
                yield self._end(EndReason.DIVERGED, self._diverged_sentence())
                return
            yield self._step_event()
        sentence = ""
        if self._stopping is not None:
            self._scalars = self._stopping.restore_best(task.network)
            sentence = self._stopping.sentence(self._order.epoch)
        yield self._end(EndReason.COMPLETED, sentence)

    @property
    def _is_time_to_stop(self) -> bool:
        return self._stopping is not None and self._stopping.is_time

    @property
    def _is_time_to_evaluate(self) -> bool:
        return self._evaluates_epochs or self._order.epoch == self._task.epochs

    def _begin_epoch(self) -> None:
        self._order.begin_epoch()
        self._sums_2.zero_()
        self._num_summed, self._read = 0, (0.0, 0.0, 0)

    def _update(self) -> None:
        places = self._order.order[self._order.next_batch(self._task.batch_size)]
        places_B = places.to(self._task.train.rows_N.device)
        base = float(self._live["learning_rate"])
        self._learning_rate = self._task.learning_rate_at(self._step, base)
        set_learning_rate(self._task.optimizer, self._learning_rate)
        try:
            logits_BK, targets, loss = self._forward_backward(places_B)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise LimitError(self._too_large_sentence()) from error
        self._task.optimizer.step()
        self._step += 1
        main_B = targets.main if isinstance(targets, MixedTargets) else targets
        with torch.no_grad():
            hits = (logits_BK.argmax(dim=1) == main_B).sum()
            self._sums_2 += torch.stack([loss.detach() * len(places_B), hits]).to(self._sums_2)
        self._num_summed += len(places_B)

    def _forward_backward(self, places_B: Tensor) -> tuple[Tensor, Targets, Tensor]:
        task = self._task
        x_BCHW, target_B = task.train.images(places_B), task.train.targets(places_B)
        x_BCHW, targets = task.pipeline.training(x_BCHW, target_B)
        with autocast(task.device, task.precision):
            logits_BK = task.network(x_BCHW)
        loss = soft_cross_entropy(logits_BK.float(), targets, task.label_smoothing)
        task.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return logits_BK, targets, loss

    # Numbers

    def _evaluation(self) -> Iterator[Event]:
        """Evaluate all parts, unless this epoch has been evaluated before the run was resumed."""
        is_new = self._evaluated_epoch < self._order.epoch
        task = self._task
        self._outcomes = yield from evaluate(
            task.network,
            task.evaluated,
            task.pipeline,
            num_classes=task.num_classes,
            device=task.device,
            precision=task.precision,
        )
        task.network.train()
        if not is_new:
            return
        self._evaluated_epoch = self._order.epoch
        self._scalars = {}
        if self._step:
            loss, accuracy = self._epoch_means()
            self._scalars |= {"train_loss": loss, "train_accuracy": accuracy}
        for name, outcome in self._outcomes.items():
            self._scalars |= {f"{name}_loss": outcome.loss, f"{name}_accuracy": outcome.accuracy}
        self._scalars |= self._step_scalars()
        yield Metrics(self._step, float(self._order.epoch), self._scalars)
        yield from self._diagnose()
        if self._stopping is not None and self._step:
            self._stopping.observe(self._order.epoch, self._scalars, task.network)

    def _epoch_means(self) -> tuple[float, float]:
        """Mean loss and accuracy of the epoch's batches, each before its own update."""
        loss, hits = self._sums_2.tolist()
        self._read = (loss, hits, self._num_summed)
        return loss / self._num_summed, hits / self._num_summed

    def _batch_scalars(self) -> dict[str, float]:
        """Mean loss and accuracy of the batches since the last reading."""
        loss_then, hits_then, num_then = self._read
        loss, hits = self._sums_2.tolist()
        self._read = (loss, hits, self._num_summed)
        self._next_reading = time.perf_counter() + READ_SECONDS
        num_new = self._num_summed - num_then
        scalars = {
            "batch_loss": (loss - loss_then) / num_new,
            "batch_accuracy": (hits - hits_then) / num_new,
        }
        return scalars | self._step_scalars()

    def _step_scalars(self) -> dict[str, float]:
        """Learning rate of the last step, and the gradient's norm in each layer with weights."""
        scalars = {"learning_rate": self._learning_rate}
        numbers, gradients = [], []
        for k, weights in enumerate(self._task.layers, start=1):
            found = [p.grad for p in weights if p.grad is not None]
            numbers += [k] * len(found)
            gradients += found
        if gradients:
            norms = torch.stack(torch._foreach_norm(gradients)).tolist()
            squares: dict[int, float] = {}
            for k, norm in zip(numbers, norms, strict=True):
                squares[k] = squares.get(k, 0.0) + norm * norm
            scalars |= {f"grad_norm_{k}": math.sqrt(square) for k, square in squares.items()}
        return scalars

    def _diagnose(self) -> Iterator[Event]:
        if self._diagnosis is not None and self._step:
            scalars = self._scalars
            if not math.isfinite(self._read[0]):
                scalars = {**scalars, "train_loss": math.nan}
            yield from self._diagnosis.observe(self._step, self._order.progress, scalars)

    # Events

    def _step_event(self) -> Step:
        snapshot = None if self._picture is None else self._snapshot
        return Step(self._step, self._order.progress, snapshot, self._checkpoint)

    def _snapshot(self) -> Snapshot:
        assert self._picture is not None
        outcome = self._outcomes.get(self._task.pictured)
        return self._picture(outcome, float(self._evaluated_epoch))

    def _end(self, reason: EndReason, sentence: str) -> End:
        weights = {k: as_array(v) for k, v in self._task.network.state_dict().items()}
        return End(reason, sentence, self._scalars, weights)

    def _diverged_sentence(self) -> str:
        return (
            f"Diverged in epoch {math.ceil(self._order.progress)}: the training loss is no longer "
            "a number. Try a smaller learning rate."
        )

    def _too_large_sentence(self) -> str:
        """Find out which batch would have fitted, once the failed one's memory is free again."""
        task = self._task
        task.optimizer.zero_grad(set_to_none=True)
        free_device_memory(task.device)

        def attempt(size: int) -> None:
            places = torch.arange(size, device=task.train.rows_N.device) % len(task.train)
            self._forward_backward(places)

        size = largest_that_fits(task.batch_size, attempt)
        needed = f"A batch of {task.batch_size:,} images needs more memory than {task.device} has"
        if not size:
            return f"{needed}, and so does a single image. Choose a smaller network."
        return f"{needed} for this network. A batch of {size:,} fits: set the batch size to that."

    # Checkpoints

    def _checkpoint(self) -> Checkpoint:
        task = self._task
        arrays = {f"network.{k}": as_array(v) for k, v in task.network.state_dict().items()}
        state = optimizer_arrays(task.optimizer)
        arrays |= {f"optimizer.{k}": as_array(v) for k, v in state.items()}
        arrays |= self._order.state()
        arrays["augmentation_rng"] = as_array(task.pipeline.rng.get_state())
        arrays["default_rng"] = as_array(default_rng_state(task.device))
        arrays["sums"] = as_array(self._sums_2)
        if self._stopping is not None:
            arrays |= {f"best.{k}": v for k, v in self._stopping.arrays().items()}
        values: dict[str, Any] = {
            "step": self._step,
            "num_summed": self._num_summed,
            "evaluated_epoch": self._evaluated_epoch,
            "scalars": {k: v if math.isfinite(v) else None for k, v in self._scalars.items()},
            "diagnosis": self._diagnosis.state() if self._diagnosis else None,
            "stopping": self._stopping.state() if self._stopping else None,
        }
        return Checkpoint(arrays, values)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint: on a processor bit for bit."""
        task, arrays, values = self._task, checkpoint.arrays, checkpoint.values
        task.network.load_state_dict(tensors_under("network.", arrays))
        load_optimizer_arrays(task.optimizer, tensors_under("optimizer.", arrays))
        self._order.load_state(arrays)
        task.pipeline.rng.set_state(torch.from_numpy(arrays["augmentation_rng"].copy()))
        set_default_rng_state(task.device, torch.from_numpy(arrays["default_rng"].copy()))
        self._sums_2.copy_(torch.from_numpy(arrays["sums"].copy()))
        self._step = int(values["step"])
        self._num_summed = int(values["num_summed"])
        self._evaluated_epoch = int(values["evaluated_epoch"])
        self._scalars = {k: math.nan if v is None else v for k, v in values["scalars"].items()}
        if self._diagnosis is not None and values["diagnosis"]:
            self._diagnosis.load_state(values["diagnosis"])
        if self._stopping is not None and values["stopping"]:
            self._stopping.load_state(values["stopping"], tensors_under("best.", arrays))
