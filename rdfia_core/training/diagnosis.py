"""What is going wrong in a run, told from its numbers while it trains. N examples, U units.

Every diagnosis is a note with the measured numbers behind it and one thing to try; each kind is
noted once a run. The thresholds are the constants below, so a student can find them. Free of torch.
Long because it is a list: one diagnosis after another, a few lines each.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rdfia_core.events import Note, Suggestion

PATIENCE_EPOCHS = 20  # how long a state must last before it is called by its name
LEAST_IMPROVEMENT = 0.02  # of the first loss
LEAST_ADVANTAGE = 0.05  # of accuracy, over always answering the most frequent class
LOSS_RISE = 0.10  # of the lowest validation (or test) loss, while the training loss falls as much
LEAST_RISE = 0.01  # in the loss's own unit: below this a rise is of no importance
SATURATED_TANH = 0.97
SATURATED_SIGMOID = 0.03  # distance from 0 or 1
SATURATED_POINTS = 0.9  # share of the points on which a unit must be saturated
SATURATED_UNITS = 0.5  # share of a layer's units
DEAD_UNITS = 0.34  # share of a layer's units: a few dead ones are usual and do no harm

Array = np.ndarray


@dataclass(frozen=True)
class _Finding:
    """A note that does not know yet when it was made, or whether it was made before."""

    kind: str
    text: str
    evidence: dict[str, Any]
    suggestion: Suggestion | None


@dataclass(frozen=True)
class _Lowest:
    """The lowest validation or test loss so far."""

    loss: float
    epoch: float
    train_loss: float


class Diagnosis:
    """Watches one run. Losses and accuracies are means over a split, accuracies in [0, 1].

    Args:
        learning_rate: As configured.
        init: Law of the initial weights.
        num_classes: C.
        majority_share: Share of the most frequent class among the training points.
        activation: Of the hidden layers; none if there are no hidden layers.
        weight_decay: As configured.
        num_points: As configured.
        max_learning_rate: Largest value the field allows.
        max_points: Largest value the field allows.
    """

    patience_epochs = PATIENCE_EPOCHS

    def __init__(
        self,
        *,
        learning_rate: float,
        init: str,
        num_classes: int,
        majority_share: float,
        activation: str,
        weight_decay: float,
        num_points: int,
        max_learning_rate: float = 10.0,
        max_points: int = 2000,
    ) -> None:
        self._learning_rate = learning_rate
        self._init = init
        self._num_classes = num_classes
        self._majority_share = majority_share
        self._activation = activation
        self._weight_decay = weight_decay
        self._num_points = num_points
        self._max_learning_rate = max_learning_rate
        self._max_points = max_points
        self._noted: set[str] = set()
        self._first: tuple[float, float] | None = None  # epoch, training loss
        self._lowest: _Lowest | None = None
        self._risen_since: float | None = None  # epoch

    def state(self) -> dict[str, Any]:
        """Return what has been seen, as JSON values: a resumed run notes the same as another."""
        lowest = self._lowest
        return {
            "noted": sorted(self._noted),
            "first": self._first,
            "lowest": lowest and [lowest.loss, lowest.epoch, lowest.train_loss],
            "risen_since": self._risen_since,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        self._noted = set(state["noted"])
        self._first = state["first"] and (state["first"][0], state["first"][1])
        self._lowest = state["lowest"] and _Lowest(*state["lowest"])
        self._risen_since = state["risen_since"]

    def observe(self, step: int, epoch: float, scalars: Mapping[str, float]) -> list[Note]:
        """Look at the run's scalars.

        Args:
            step: Optimiser updates so far.
            epoch: Passes over the training set so far.
            scalars: train_loss, and where present train_accuracy, val_loss, test_loss, and
                learning_rate if it changes in the run.

        Returns:
            The new notes, usually none.
        """
        train_loss = scalars.get("train_loss")
        if train_loss is None or "diverged" in self._noted:
            return []
        self._learning_rate = scalars.get("learning_rate", self._learning_rate)
        if not math.isfinite(train_loss):
            return self._new_notes(step, epoch, [self._diverged()])
        findings = [self._not_learning(epoch, scalars), self._overfitting(epoch, scalars)]
        return self._new_notes(step, epoch, findings)

    def observe_units(
        self, step: int, epoch: float, activations: Sequence[Array], activation: str
    ) -> list[Note]:
        """Look at what the hidden units answer.

        Args:
            step: Optimiser updates so far.
            epoch: Passes over the training set so far.
            activations: For each hidden layer its activations (N, U) on the training points,
                without dropout.
            activation: The function that gave them: none, tanh, sigmoid or relu.

        Returns:
            The new notes, usually none.
        """
        layers = [a_NU for a_NU in activations if a_NU.size]
        if activation == "relu":
            return self._new_notes(step, epoch, [self._dead(step, layers)])
        if activation in ("tanh", "sigmoid"):
            return self._new_notes(step, epoch, [self._saturated(step, layers, activation)])
        return []

    def _new_notes(
        self, step: int, epoch: float, findings: Sequence[_Finding | None]
    ) -> list[Note]:
        notes = []
        for found in findings:
            if found is not None and found.kind not in self._noted:
                self._noted.add(found.kind)
                note = Note(step, epoch, found.kind, found.text, found.evidence, found.suggestion)
                notes.append(note)
        return notes

    def _diverged(self) -> _Finding:
        text = (
            "The training loss is no longer a finite number: the steps were so large that the "
            "weights ran away. A smaller learning rate keeps them in bounds."
        )
        evidence = {"learning_rate": self._learning_rate}
        return _Finding("diverged", text, evidence, self._times_learning_rate(0.1))

    def _not_learning(self, epoch: float, scalars: Mapping[str, float]) -> _Finding | None:
        """Hardly any progress since the first loss, and no better than a constant answer."""
        loss, accuracy = scalars["train_loss"], scalars.get("train_accuracy")
        if self._first is None:
            self._first = (epoch, loss)
        first_epoch, first_loss = self._first
        if epoch - first_epoch < self.patience_epochs or accuracy is None:
            return None
        has_improved = first_loss - loss >= LEAST_IMPROVEMENT * first_loss
        if has_improved or accuracy >= self._majority_share + LEAST_ADVANTAGE:
            return None
        evidence = {
            "first_loss": first_loss,
            "loss": loss,
            "accuracy": accuracy,
            "majority_share": self._majority_share,
        }
        reason, suggestion = self._why_not_learning(first_loss, loss)
        text = (
            f"After {epoch:.0f} epochs the network is hardly better than always answering the most "
            f"frequent of the {self._num_classes} classes: {reason}"
        )
        return _Finding("not_learning", text, evidence, suggestion)

    def _why_not_learning(self, first_loss: float, loss: float) -> tuple[str, Suggestion | None]:
        if self._init in ("zeros", "constant"):
            reason = (
                "it started with equal weights, so all units of a layer compute the same and stay "
                "the same. Random weights tell them apart."
            )
            return reason, Suggestion("Start from normal weights", {"init": "normal"})
        if self._activation == "none":
            reason = (
                "without hidden units that bend, it is one linear map, and a straight cut cannot "
                "separate these classes."
            )
            changes = {"hidden_layers": "10", "activation": "tanh"}
            return reason, Suggestion("Hidden layer of 10 tanh units", changes)
        if self._noted & {"dead_relu", "saturated"}:
            reason = "its hidden units have stopped answering, as noted before."
            return reason, self._times_learning_rate(0.1)
        if loss > first_loss * (1 + LEAST_IMPROVEMENT):
            reason = "its loss is higher than at the start, so the steps are too large."
            return reason, self._times_learning_rate(0.1)
        if self._activation == "sigmoid":
            reason = "each sigmoid layer shrinks the gradient at least fourfold on its way back."
            return reason, Suggestion("Use tanh", {"activation": "tanh"})
        return "the steps may be too small to get anywhere.", self._times_learning_rate(10)

    def _overfitting(self, epoch: float, scalars: Mapping[str, float]) -> _Finding | None:
        """The loss on unseen points has risen for long, that on the training points has fallen."""
        split = "val" if "val_loss" in scalars else "test"
        loss, train_loss = scalars.get(f"{split}_loss"), scalars["train_loss"]
        if loss is None or not math.isfinite(loss):
            return None
        lowest = self._lowest
        if lowest is None or loss < lowest.loss:
            self._lowest, self._risen_since = _Lowest(loss, epoch, train_loss), None
            return None
        has_risen = loss > lowest.loss * (1 + LOSS_RISE) and loss > lowest.loss + LEAST_RISE
        if not has_risen:
            self._risen_since = None
            return None
        if self._risen_since is None:
            self._risen_since = epoch
        still_learns = train_loss < lowest.train_loss * (1 - LOSS_RISE)
        if not still_learns or epoch - self._risen_since < self.patience_epochs:
            return None
        name = {"val": "validation", "test": "test"}[split]
        text = (
            f"Overfitting since epoch {lowest.epoch:.0f}: the training loss still falls, but the "
            f"{name} loss was lowest then ({lowest.loss:.3f}) and is {loss:.3f} now."
        )
        if split == "test":
            text += (
                " When to stop should be decided on a validation split: choosing by the test "
                "points makes them part of the training."
            )
        evidence = {
            "split": split,
            "lowest_loss": lowest.loss,
            "lowest_epoch": lowest.epoch,
            "loss": loss,
            "train_loss_then": lowest.train_loss,
            "train_loss": train_loss,
        }
        return _Finding("overfitting", text, evidence, self._against_overfitting())

    def _saturated(self, step: int, layers: Sequence[Array], activation: str) -> _Finding | None:
        """Most units of a layer sit where their function is flat, on nearly all points."""
        for number, a_NU in enumerate(layers, start=1):
            if activation == "tanh":
                is_flat_NU = np.abs(a_NU) > SATURATED_TANH
            else:
                is_flat_NU = np.minimum(a_NU, 1 - a_NU) < SATURATED_SIGMOID
            saturated = int((is_flat_NU.mean(axis=0) > SATURATED_POINTS).sum())
            num_units = a_NU.shape[1]
            if saturated > SATURATED_UNITS * num_units:
                text = (
                    f"{saturated} of the {num_units} units of hidden layer {number} are saturated: "
                    f"on nearly every point their {activation} is flat, so almost no gradient "
                    "passes. Their inputs or weights are too large."
                )
                evidence = {"layer": number, "saturated": saturated, "units": num_units}
                return _Finding("saturated", text, evidence, self._against_large_weights(step))
        return None

    def _dead(self, step: int, layers: Sequence[Array]) -> _Finding | None:
        """Many ReLU units of a layer answer 0 to every training point."""
        dead = [int((a_NU <= 0).all(axis=0).sum()) for a_NU in layers]
        shares = [count / a_NU.shape[1] for count, a_NU in zip(dead, layers, strict=True)]
        if max(shares, default=0.0) < DEAD_UNITS:
            return None
        num_units = sum(a_NU.shape[1] for a_NU in layers)
        text = (
            f"{sum(dead)} of the {num_units} ReLU units answer 0 to every training point. No "
            "gradient passes through them, so they cannot come back by themselves."
        )
        evidence = {"dead": dead, "units": num_units}
        return _Finding("dead_relu", text, evidence, self._against_large_weights(step))

    def _times_learning_rate(self, factor: float) -> Suggestion | None:
        rate = float(f"{min(self._learning_rate * factor, self._max_learning_rate):.6g}")
        if rate == self._learning_rate:
            return None
        return Suggestion(f"Learning rate {rate:g}", {"learning_rate": rate})

    def _against_large_weights(self, step: int) -> Suggestion | None:
        """Before the first step the initial weights are to blame, afterwards the steps."""
        if step > 0:
            return self._times_learning_rate(0.1)
        if self._init != "xavier":
            return Suggestion("Start from Xavier weights", {"init": "xavier"})
        other = "tanh" if self._activation == "relu" else "relu"
        return Suggestion(f"Use {other}", {"activation": other})

    def _against_overfitting(self) -> Suggestion | None:
        if self._weight_decay == 0:
            return Suggestion("Weight decay 0.01", {"weight_decay": 0.01})
        num_points = min(2 * self._num_points, self._max_points)
        if num_points > self._num_points:
            return Suggestion(f"{num_points} points", {"num_points": num_points})
        decay = float(f"{10 * self._weight_decay:.6g}")
        return Suggestion(f"Weight decay {decay:g}", {"weight_decay": decay})
