"""Claims 2 to 5: on points of the plane, and on rows of pixels."""

from rdfia_core.reproduction.comparing import (
    EPOCHS,
    PERCENT,
    Compared,
    Direction,
    Evidence,
    Table,
    compare,
    compare_values,
    table_in,
    told_mean,
    values_of,
)
from rdfia_core.reproduction.verdicts import Judgement, Verdict, unmeasured

SAME_EPOCHS = 5.0
"""A difference of fewer epochs, of some 35, is no advantage that a student would see."""
SAME_LOSS = 1e-4
RATE = "0.01"


def init_slows_nn(evidence: Evidence) -> Judgement:
    """Claim 2: `nn` is slower for its initial weights. Its loss is a mean, which shortens steps."""
    table, metric = table_in(evidence, "sum_or_mean"), "epochs_to_90"
    reduction = compare(table, "sum", "mean", metric)
    init = compare(table, "mean", "mean_pytorch", metric)
    if reduction is None or init is None:
        return unmeasured("sum against mean, and the two initialisations")
    apart = _largest_gap(table, "sum", "mean_fast", "train_loss")
    rest = _by_how_much_more(table)
    words = (
        f"Epochs to 90 % on train: {told_mean(table, 'sum', metric)} with the sum at 0.03, "
        f"{told_mean(table, 'mean', metric)} with the mean; the mean costs {reduction.told()}. "
        f"PyTorch's initial weights cost {init.told()}."
    )
    if apart is not None:
        to_within = f" to within {apart:.1g} nats" if apart else " to the last digit kept"
        words += (
            " With the mean at 0.3 the final training loss is that of the sum at 0.03"
            f"{to_within}, for every seed."
        )
    if reduction.direction() is Direction.UP and rest is Direction.UP:
        cause_is_seen = apart is not None and apart < SAME_LOSS
        return Judgement(Verdict.WRONG if cause_is_seen else Verdict.DIFFERS, words)
    if init.direction() is Direction.UP and rest is Direction.DOWN:
        return Judgement(Verdict.AGREES, words)
    return Judgement(Verdict.UNDECIDED, words)


def _by_how_much_more(table: Table) -> Direction:
    """Whether the reduction costs more epochs than the initial weights do, seed by seed."""
    sums, means, others = (
        values_of(table, arm, "epochs_to_90") for arm in ("sum", "mean", "mean_pytorch")
    )
    seeds = sums.keys() & means.keys() & others.keys()
    by_reduction = {seed: means[seed] - sums[seed] for seed in seeds}
    by_init = {seed: abs(others[seed] - means[seed]) for seed in seeds}
    found = compare_values(by_init, by_reduction, EPOCHS)
    return Direction.OPEN if found is None else found.direction()


def _largest_gap(table: Table, one: str, other: str, metric: str) -> float | None:
    first, second = values_of(table, one, metric), values_of(table, other, metric)
    seeds = first.keys() & second.keys()
    return max((abs(first[seed] - second[seed]) for seed in seeds), default=None)


def small_batches_are_faster(evidence: Evidence) -> Judgement:
    """Claim 3: a slight advantage of smaller batches, at learning rate 0.01."""
    table, metric = table_in(evidence, "rate_and_batch"), "epochs_to_90"
    found = {size: compare(table, f"{RATE}_20", f"{RATE}_{size}", metric) for size in ("10", "5")}
    gains = {size: each for size, each in found.items() if each is not None}
    if len(gains) < len(found):
        return unmeasured("batches of 20, 10 and 5 at learning rate 0.01")
    means = ", ".join(told_mean(table, f"{RATE}_{size}", metric) for size in ("20", "10", "5"))
    words = (
        f"Epochs to 90 % on train with batches of 20, 10 and 5: {means}. Against 20: "
        + "; ".join(f"batch {size} {each.told()}" for size, each in gains.items())
        + f". Less than {SAME_EPOCHS:g} epochs either way counts as none."
    )
    directions = {each.direction(SAME_EPOCHS) for each in gains.values()}
    if directions == {Direction.SAME}:
        return Judgement(Verdict.WRONG, words)
    if Direction.UP in directions:
        return Judgement(Verdict.DIFFERS, words)
    if directions <= {Direction.DOWN, Direction.SAME}:
        return Judgement(Verdict.AGREES, words)
    return Judgement(Verdict.UNDECIDED, words)


def mnist_is_unstable(evidence: Evidence) -> Judgement:
    """Claim 4: 94 %, unsteady, as if of the network. Pixels up to 255 saturate its units."""
    table = table_in(evidence, "mnist_pixels")
    gain = compare(table, "raw", "unit", "train_accuracy")
    calm = compare(table, "raw", "unit", "unsteadiness")
    if gain is None or calm is None:
        return unmeasured("raw pixels beside scaled ones")
    words = (
        f"Training accuracy {told_mean(table, 'raw', 'train_accuracy')} on raw pixels, "
        f"{told_mean(table, 'unit', 'train_accuracy')} on pixels from 0 to 1: {gain.told()}. From "
        "epoch to epoch the test accuracy moves by "
        f"{told_mean(table, 'raw', 'unsteadiness')} on raw pixels, by "
        f"{told_mean(table, 'unit', 'unsteadiness')} on scaled ones: {calm.told()}."
    )
    return Judgement(_of_two(gain.direction(), calm.direction()), words)


def _of_two(gain: Direction, calm: Direction) -> Verdict:
    if gain is Direction.UP and calm is Direction.DOWN:
        return Verdict.WRONG
    if gain is Direction.DOWN:
        return Verdict.AGREES
    if gain is Direction.UP and calm is Direction.UP:
        return Verdict.DIFFERS
    return Verdict.UNDECIDED


def cubic_beats_linear(evidence: Evidence) -> Judgement:
    """Claim 5: degree 3 better than linear. Odd degrees cannot part a ring from its inside."""
    table = table_in(evidence, "svm_kernels")
    cubic = compare(table, "linear", "poly3", "test_accuracy")
    square = compare(table, "linear", "poly2", "test_accuracy")
    if cubic is None or square is None:
        return unmeasured("linear machine and polynomials of degree 3 and 2")
    words = (
        f"Degree 3 {told_mean(table, 'poly3', 'test_accuracy')}, linear "
        f"{told_mean(table, 'linear', 'test_accuracy')}: {cubic.told()}. Degree 2 "
        f"{told_mean(table, 'poly2', 'test_accuracy')}."
    )
    return Judgement(_wrong_if_down(cubic), words)


def _wrong_if_down(difference: Compared) -> Verdict:
    assert difference.unit is PERCENT, "accuracies are compared"
    direction = difference.direction()
    if direction is Direction.DOWN:
        return Verdict.WRONG
    return Verdict.AGREES if direction is Direction.UP else Verdict.UNDECIDED
