"""The training loop that all four stages share. B examples, D inputs, C classes, N points.

It shuffles, steps, evaluates after every epoch, diagnoses, and yields events; what a step does is
the stage's own business, and who listens is nobody's business here.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rdfia_core.events import (
    Checkpoint,
    End,
    EndReason,
    Event,
    Metrics,
    Note,
    Snapshot,
    Started,
    Step,
)
from rdfia_core.models.stages import Stage
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.diagnosis import Diagnosis

UNIT_CHECK_EPOCHS = 5
EVENT_SECONDS = 0.02
EVENT_RATIO = 1.05
"""While nobody follows single steps, a `Step` event comes when the number of updates has grown by
this factor or this time has passed: handling each would cost a fast loop more than a percent."""
MAX_CHECKED_POINTS = 500


@dataclass(frozen=True)
class Split:
    """One part of the data.

    Args:
        name: train, val or test.
        inputs_ND: What the network receives.
        targets_N: Class indices, int64.
    """

    name: str
    inputs_ND: Tensor
    targets_N: Tensor


class Evaluator:
    """Mean loss and accuracy of every split, all in one forward pass, whose logits it keeps.

    Args:
        stage: The network.
        splits: At least the training part; empty parts are left out.
        loss: cross_entropy (nats) or mse (of the probabilities, mean over examples and classes).
    """

    def __init__(self, stage: Stage, splits: list[Split], loss: str) -> None:
        self._stage = stage
        self._loss = loss
        self._names = [split.name for split in splits]
        self._sizes = [len(split.targets_N) for split in splits]
        self._inputs_ND = torch.cat([split.inputs_ND for split in splits])
        self._targets_N = torch.cat([split.targets_N for split in splits])

    @torch.no_grad()
    def __call__(self) -> dict[str, float]:
        """Return train_loss, train_accuracy, and so on; accuracies as fractions."""
        self.logits_NC = logits_NC = self._stage.logits(self._inputs_ND)
        if self._loss == "mse":
            probs_NC = logits_NC.softmax(dim=1)
            one_hot_NC = F.one_hot(self._targets_N, logits_NC.shape[1]).to(probs_NC)
            loss_N = (probs_NC - one_hot_NC).square().mean(dim=1)
        else:
            loss_N = F.cross_entropy(logits_NC, self._targets_N, reduction="none")
        hit_N = (logits_NC.argmax(dim=1) == self._targets_N).to(loss_N.dtype)
        both_2N = torch.stack([loss_N, hit_N]).cpu().double()  # Apple's GPUs have no float64
        means = torch.stack([part.mean(dim=1) for part in torch.split(both_2N, self._sizes, dim=1)])
        scalars: dict[str, float] = {}
        for name, (loss, accuracy) in zip(self._names, means.tolist(), strict=True):
            scalars[f"{name}_loss"] = loss
            # A network that has become NaN predicts nothing, whatever argmax makes of it.
            scalars[f"{name}_accuracy"] = accuracy if math.isfinite(loss) else math.nan
        return scalars


class StageTraining:
    """One training of one stage.

    Args:
        stage: The network and its step.
        splits: Training part first.
        evaluate: Returns the scalars of this moment.
        order: Cuts the batches.
        epochs: When to end.
        live: learning_rate and batch_size as they are now; the owner may change them.
        snapshot: Makes the picture of this moment, from the rows of the last batch.
        diagnosis: Looks for what goes wrong; None to look for nothing.
        activation: Of the hidden layers, for the diagnosis.
        is_attentive: Whether every update needs an event of its own.
    """

    def __init__(
        self,
        stage: Stage,
        splits: list[Split],
        evaluate: Callable[[], dict[str, float]],
        order: BatchOrder,
        *,
        epochs: int,
        live: Mapping[str, float],
        snapshot: Callable[[np.ndarray], Snapshot],
        diagnosis: Diagnosis | None = None,
        activation: str = "tanh",
        is_attentive: Callable[[], bool] = lambda: True,
    ) -> None:
        self.stage = stage
        self._splits = splits
        self._train = splits[0]
        self._evaluate = evaluate
        self._order = order
        self._epochs = epochs
        self._live = live
        self._take_snapshot = snapshot
        self._diagnosis = diagnosis
        self._activation = activation
        self._is_attentive = is_attentive
        self._step = 0
        self._event_step = -1
        self._next_event_step = 0.0
        self._next_event_time = 0.0
        self._batch = slice(0, 0)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint, bit for bit."""
        self._step = int(checkpoint.values["step"])
        arrays = checkpoint.arrays
        self._order.load_state(arrays)
        prefix = "stage."
        state = {
            name.removeprefix(prefix): torch.from_numpy(array.copy())
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        self.stage.load_state(state)
        torch.set_rng_state(torch.from_numpy(arrays["default_rng"].copy()))
        if self._diagnosis is not None:
            self._diagnosis.load_state(checkpoint.values["diagnosis"])

    def events(self, device: str) -> Iterator[Event]:
        """Train to the end."""
        yield Started(sum(p.numel() for p in self.stage.parameters), device)
        scalars = self._scalars()
        if self._step == 0:
            yield Metrics(0, 0.0, scalars)
        yield self._step_event()
        inputs_ND, targets_N = self._shuffled()
        while self._order.epoch < self._epochs:
            if self._order.is_epoch_over:
                self._order.begin_epoch()
                inputs_ND, targets_N = self._shuffled()
            self._batch = self._order.next_batch(int(self._live["batch_size"]))
            self.stage.step(
                inputs_ND[self._batch], targets_N[self._batch], float(self._live["learning_rate"])
            )
            self._step += 1
            if self._order.is_epoch_over:
                scalars = self._scalars()
                yield Metrics(self._step, float(self._order.epoch), scalars)
                yield from self._notes(self._order.epoch, scalars)
                if not math.isfinite(scalars["train_loss"]):
                    yield self._step_event()
                    yield self._end(EndReason.DIVERGED, scalars)
                    return
            if self._is_attentive() or self._is_event_due():
                yield self._step_event()
        if self._event_step < self._step:
            yield self._step_event()
        yield self._end(EndReason.COMPLETED, scalars)

    def _is_event_due(self) -> bool:
        now = time.perf_counter()
        if self._step < self._next_event_step and now < self._next_event_time:
            return False
        self._next_event_step = self._step * EVENT_RATIO
        self._next_event_time = now + EVENT_SECONDS
        return True

    def _shuffled(self) -> tuple[Tensor, Tensor]:
        """Return the training part in this epoch's order: a batch is then a view of it."""
        order = self._order.order.to(self._train.targets_N.device)
        return self._train.inputs_ND[order], self._train.targets_N[order]

    def _scalars(self) -> dict[str, float]:
        scalars = self._evaluate()
        norms = torch._foreach_norm(self.stage.gradients)
        pairs = torch.stack(list(norms)).square().view(-1, 2).sum(dim=1).sqrt().tolist()
        scalars |= {f"grad_norm_{k}": norm for k, norm in enumerate(pairs, start=1)}
        scalars["learning_rate"] = float(self._live["learning_rate"])
        scalars["batch_size"] = float(self._live["batch_size"])
        return scalars

    def _notes(self, epoch: int, scalars: Mapping[str, float]) -> Iterator[Note]:
        if self._diagnosis is None:
            return
        yield from self._diagnosis.observe(self._step, float(epoch), scalars)
        if epoch % UNIT_CHECK_EPOCHS == 0 and math.isfinite(scalars["train_loss"]):
            checked = self._train.inputs_ND[:MAX_CHECKED_POINTS]
            hidden = [a.cpu().numpy() for a in self.stage.activations(checked)[:-1]]
            yield from self._diagnosis.observe_units(
                self._step, float(epoch), hidden, self._activation
            )

    def _step_event(self) -> Step:
        self._event_step = self._step
        return Step(self._step, self._order.progress, self._snapshot, self._checkpoint)

    def _snapshot(self) -> Snapshot:
        return self._take_snapshot(self._order.order[self._batch].numpy())

    def _checkpoint(self) -> Checkpoint:
        arrays = {f"stage.{k}": v.cpu().numpy().copy() for k, v in self.stage.state().items()}
        arrays |= self._order.state()
        arrays["default_rng"] = torch.get_rng_state().numpy().copy()
        values = {
            "step": self._step,
            "diagnosis": self._diagnosis.state() if self._diagnosis else None,
        }
        return Checkpoint(arrays, values)

    def _end(self, reason: EndReason, scalars: Mapping[str, float]) -> End:
        sentence = ""
        if reason is EndReason.DIVERGED:
            sentence = (
                f"Diverged in epoch {self._order.epoch}: the training loss is no longer a number. "
                "Try a smaller learning rate."
            )
        weights = {
            f"layer{k // 2 + 1}.{'bias' if k % 2 else 'weight'}": p.detach().cpu().numpy().copy()
            for k, p in enumerate(self.stage.parameters)
        }
        return End(reason, sentence, scalars, weights)
