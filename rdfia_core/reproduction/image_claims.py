"""Claims 1, 6 to 9 and 12: on trained convolutional networks and transformers."""

from rdfia_core.reproduction.comparing import (
    NATS,
    Direction,
    Evidence,
    compare,
    compare_values,
    table_in,
    told_mean,
    values_of,
)
from rdfia_core.reproduction.verdicts import Judgement, Verdict, unmeasured

METRIC = "test_accuracy"
SEED_NOISE = 0.005
"""Half a point: what the course calls seed noise among transformers on MNIST."""
UNSEEN = 1e-5
"""An output that moves by less, relative to the largest, has not seen the change."""


def batch_norm_hurts(evidence: Evidence) -> Judgement:
    """Claim 1: batch norm hurts. The figure's legend is swapped."""
    table = table_in(evidence, "batch_norm")
    gain = compare(table, "without", "with", METRIC)
    if gain is None:
        return unmeasured("networks with and without batch norm")
    words = (
        f"Test accuracy {told_mean(table, 'with', METRIC)} with batch norm, "
        f"{told_mean(table, 'without', METRIC)} without: {gain.told()}."
    )
    return Judgement(_contradicted(gain.direction(), by=Direction.UP), words)


def blur_helps(evidence: Evidence) -> Judgement:
    """Claim 6: blur helps. Its printed test accuracy is lower."""
    table = table_in(evidence, "rotation_and_blur")
    gain = compare(table, "none", "blur", METRIC)
    if gain is None:
        return unmeasured("networks with and without blur")
    words = (
        f"Test accuracy {told_mean(table, 'blur', METRIC)} with blur, "
        f"{told_mean(table, 'none', METRIC)} without: {gain.told()}."
    )
    return Judgement(_contradicted(gain.direction(), by=Direction.DOWN), words)


def _contradicted(direction: Direction, *, by: Direction) -> Verdict:
    if direction is by:
        return Verdict.WRONG
    return Verdict.UNDECIDED if direction is Direction.OPEN else Verdict.AGREES


def norms_hurt(evidence: Evidence) -> Judgement:
    """Claim 7: L1 and L2 hurt. It is small inputs that hurt, if the rescaled norm does not."""
    table = table_in(evidence, "norms")
    printed = {arm: compare(table, "none", arm, METRIC) for arm in ("l1_axis", "l2_axis")}
    whole = compare(table, "none", "l2", METRIC)
    rescaled = compare(table, "none", "l2_rescaled", METRIC)
    known = [each for each in printed.values() if each is not None]
    if whole is None or rescaled is None or len(known) < len(printed):
        return unmeasured("norms along one axis, of the whole image, and rescaled")
    words = (
        f"Against no normalisation: along one axis L1 {known[0].told()}, L2 "
        f"{known[1].told()}; L2 of the whole image {whole.told()}; the same L2, rescaled so "
        f"that inputs are not small, {rescaled.told()}."
    )
    hurts = [each.direction() for each in (*known, whole)]
    if Direction.DOWN not in hurts:
        is_open = Direction.OPEN in hurts
        return Judgement(Verdict.UNDECIDED if is_open else Verdict.DIFFERS, words)
    if rescaled.direction() is Direction.DOWN:
        return Judgement(Verdict.AGREES, words)
    # What rescaling gives back is the part that the smallness of the inputs had cost.
    regained = compare(table, "l2", "l2_rescaled", METRIC)
    is_cause = regained is not None and regained.direction() is Direction.UP
    return Judgement(Verdict.WRONG if is_cause else Verdict.UNDECIDED, words)


def depth_has_no_effect(evidence: Evidence) -> Judgement:
    """Claim 8: the number of blocks has no effect. It was varied with a single patch."""
    table = table_in(evidence, "vit_blocks")
    single = compare(table, "28_2", "28_6", METRIC)
    several = compare(table, "7_2", "7_6", METRIC)
    if single is None or several is None:
        return unmeasured("2 and 6 blocks with patches of 28 and of 7")
    words = (
        f"Six blocks against two: {single.told()} with patches of 28, which is one patch an image; "
        f"{several.told()} with patches of 7, 16 patches. Within half a point counts as none."
    )
    effect = several.direction(SEED_NOISE)
    if effect is Direction.SAME:
        return Judgement(Verdict.AGREES, words)
    if effect is Direction.OPEN:
        return Judgement(Verdict.UNDECIDED, words)
    with_one = single.direction(SEED_NOISE)
    is_cause = with_one in (Direction.SAME, Direction.OPEN)
    return Judgement(Verdict.WRONG if is_cause else Verdict.DIFFERS, words)


def pretrained_is_better(evidence: Evidence) -> Judgement:
    """Claim 9: a pretrained transformer is better. At 28 pixels it sees one corner patch."""
    seen, table = table_in(evidence, "one_patch"), table_in(evidence, "pretrained")
    patches = set(values_of(seen, "corner", "num_patches").values())
    outside = max(values_of(seen, "corner", "change_outside").values(), default=None)
    inside = min(values_of(seen, "corner", "change_inside").values(), default=None)
    if outside is None or inside is None:
        return unmeasured("what the network sees of an image of 28 pixels")
    sees_corner_alone = patches == {1.0} and outside < UNSEEN < inside
    words = (
        f"Built for 28 pixels it has {' or '.join(f'{n:g}' for n in sorted(patches))} "
        f"{'patch' if patches == {1.0} else 'patches'}. Replacing all but the top-left 16 × 16 "
        f"pixels moves its outputs by {outside:.1g} of their size, replacing that corner by "
        f"{inside:.2g}."
    )
    gain = compare(table, "scratch", "pretrained", METRIC)
    if gain is None:
        return Judgement(
            Verdict.UNDECIDED,
            f"{words} Pretrained against scratch is not measurable without the weights.",
        )
    words += f" Pretrained against scratch: {gain.told()}."
    direction = gain.direction(SEED_NOISE)
    if direction is Direction.UP:
        return Judgement(Verdict.AGREES, words)
    if direction is Direction.OPEN:
        return Judgement(Verdict.UNDECIDED, words)
    return Judgement(Verdict.WRONG if sees_corner_alone else Verdict.DIFFERS, words)


def small_test_set(evidence: Evidence) -> Judgement:
    """Claim 12: the size of the test set. Train is averaged while the weights still move."""
    table = table_in(evidence, "first_epoch")
    running, after, test = (
        values_of(table, "lab", f"first_{part}_loss") for part in ("train", "train_now", "test")
    )
    gap = compare_values(test, running, NATS)
    rest = compare_values(test, after, NATS)
    if gap is None or rest is None:
        return unmeasured("training loss in and after epoch 1, and test loss")
    seeds = running.keys() & after.keys() & test.keys()
    by_averaging = {seed: running[seed] - after[seed] for seed in seeds}
    half = {seed: (running[seed] - test[seed]) / 2 for seed in seeds}
    most = compare_values(half, by_averaging, NATS)
    words = (
        f"In epoch 1 the mean training loss lies {gap.told()} from the test loss; measured after "
        f"the epoch, on the same weights as the test loss, {rest.told()}."
    )
    if gap.direction() is Direction.DOWN:
        return Judgement(Verdict.DIFFERS, words)
    if gap.direction() is not Direction.UP or most is None:
        return Judgement(Verdict.UNDECIDED, words)
    if most.direction() is Direction.UP:
        return Judgement(Verdict.WRONG, f"{words} The average explains most of it.")
    if most.direction() is Direction.DOWN:
        return Judgement(Verdict.AGREES, f"{words} The average explains less than half of it.")
    return Judgement(Verdict.UNDECIDED, words)
