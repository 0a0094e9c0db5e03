"""The report's 13 conclusions that a re-run confronts, each with a pure function to its verdict.

Each judges by measurements alone. "The report is wrong" needs its conclusion contradicted and,
where it names a cause, the cause we name instead measured too; a contradiction alone is "differs".
An interval that holds 0 decides nothing, unless all of it is too small to matter.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rdfia_core.reproduction.comparing import Evidence
from rdfia_core.reproduction.image_claims import (
    batch_norm_hurts,
    blur_helps,
    depth_has_no_effect,
    norms_hurt,
    pretrained_is_better,
    small_test_set,
)
from rdfia_core.reproduction.network_claims import (
    convolution_is_invariant,
    cost_is_exponential,
    total_of_weights,
)
from rdfia_core.reproduction.point_claims import (
    cubic_beats_linear,
    init_slows_nn,
    mnist_is_unstable,
    small_batches_are_faster,
)
from rdfia_core.reproduction.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class Claim:
    """One conclusion of the report.

    Args:
        number: In the list of the course.
        says: The conclusion, in our words.
        entries: Names of the entries whose measurements decide.
        judge: From their measurements to a verdict.
    """

    number: int
    says: str
    entries: tuple[str, ...]
    judge: Callable[[Evidence], Judgement]


CLAIMS = (
    Claim(1, "Batch norm hurts", ("batch_norm",), batch_norm_hurts),
    Claim(2, "torch.nn is slower because of its initial weights", ("sum_or_mean",), init_slows_nn),
    Claim(
        3, "Smaller batches learn faster on circles", ("rate_and_batch",), small_batches_are_faster
    ),
    Claim(4, "The network reaches 94 % on MNIST, unsteadily", ("mnist_pixels",), mnist_is_unstable),
    Claim(
        5,
        "The polynomial SVM of degree 3 is better than the linear one",
        ("svm_kernels",),
        cubic_beats_linear,
    ),
    Claim(6, "Gaussian blur helps", ("rotation_and_blur",), blur_helps),
    Claim(7, "L1 and L2 normalisation hurt", ("norms",), norms_hurt),
    Claim(
        8, "The number of transformer blocks has no effect", ("vit_blocks",), depth_has_no_effect
    ),
    Claim(
        9, "A pretrained transformer is better", ("one_patch", "pretrained"), pretrained_is_better
    ),
    Claim(10, "The network has 1,186,170 weights", ("weights",), total_of_weights),
    Claim(11, "A convolution is translation invariant", ("translation",), convolution_is_invariant),
    Claim(
        12,
        "Test loss is below train loss at first because the test set is small",
        ("first_epoch",),
        small_test_set,
    ),
    Claim(13, "Wider layers cost exponentially more", ("width",), cost_is_exponential),
)


def claim_numbered(number: int) -> Claim:
    """Return a claim by its number, from 1."""
    return CLAIMS[number - 1]
