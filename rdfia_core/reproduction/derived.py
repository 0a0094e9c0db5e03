"""What follows from a run's curves: pure functions of lists over the epochs."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

Curves = Mapping[str, Sequence[float]]
THRESHOLD = 0.9
MOST_POINTS = 25


def derived(curves: Curves, epochs: int) -> dict[str, float]:
    """Return what the entries and claims ask of curves; what cannot be told is left out.

    Args:
        curves: `epoch`, and train, train_now and test losses and accuracies as far as there are.
        epochs: How many were asked for.

    Returns:
        - epochs_to_90: first epoch with a training accuracy of 90 %, epochs + 1 if there is none;
        - unsteadiness: mean change of the test accuracy from epoch to epoch in the second half;
        - lowest_test_loss, and best_epoch, where it is;
        - rise_test_loss: final test loss above the lowest;
        - first_train_loss, first_train_now_loss, first_test_loss: in and after epoch 1.
    """
    found: dict[str, float] = {}
    epoch = list(curves.get("epoch", ()))
    train = curves.get("train_now_accuracy") or curves.get("train_accuracy")
    if train:
        reached = [e for e, value in zip(epoch, train, strict=False) if value >= THRESHOLD]
        found["epochs_to_90"] = float(min(reached, default=epochs + 1))
    test = curves.get("test_accuracy")
    if test and len(test) >= 4:
        half = test[len(test) // 2 :]
        steps = [abs(after - before) for before, after in pairwise(half)]
        found["unsteadiness"] = math.fsum(steps) / len(steps)
    found |= _of_losses(curves, epoch)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _of_losses(curves: Curves, epoch: Sequence[float]) -> dict[str, float]:
    found: dict[str, float] = {}
    losses = curves.get("test_loss")
    if losses and len(epoch) == len(losses):
        lowest = min(range(len(losses)), key=lambda k: _or_infinity(losses[k]))
        found |= {"lowest_test_loss": losses[lowest], "best_epoch": epoch[lowest]}
        found["rise_test_loss"] = losses[-1] - losses[lowest]
    if 1.0 in epoch:
        place = list(epoch).index(1.0)
        for part in ("train", "train_now", "test"):
            values = curves.get(f"{part}_loss")
            if values and len(values) == len(epoch):
                found[f"first_{part}_loss"] = values[place]
    return found


def _or_infinity(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def thinned(curves: Curves, names: Sequence[str]) -> dict[str, list[float | None]]:
    """Return some curves at no more than 25 epochs, first and last among them, rounded."""
    count = len(curves.get("epoch", ()))
    steps = max(1, min(MOST_POINTS, count) - 1)
    places = sorted({round(k * (count - 1) / steps) for k in range(steps + 1)}) if count else []
    return {
        name: [_rounded(curves[name][place]) for place in places]
        for name in ("epoch", *names)
        if name in curves and len(curves[name]) == count
    }


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
