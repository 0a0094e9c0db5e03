"""Which training images train and which validate: stratified, nested, the same for a seed.

N images, K classes.
"""

import numpy as np

from rdfia_core.errors import ConfigError
from rdfia_core.seeding import numpy_rng

Array = np.ndarray


def choose_rows(y_train: Array, *, num_train: int, num_val: int, seed: int) -> tuple[Array, Array]:
    """Choose the rows of a set's training part that train, and those that validate.

    All rows are put in one order whose every beginning and every end holds the classes in their
    proportions. Training takes rows from its front, validation from its back. So for one seed a
    smaller training part lies within a larger one, the validation part is the same whatever
    `num_train`, and the training part the same whatever `num_val`.

    Args:
        y_train: Class of each row, (N,), int64.
        num_train: Rows to train on, at least 1; 0 takes all that validation leaves.
        num_val: Rows to hold out, 0 or more.
        seed: The config's seed.

    Returns:
        The training rows and the validation rows, int64, each ascending, with none in common.

    Raises:
        ConfigError: If the two together ask for more rows than there are; it names the field.
    """
    num_rows = len(y_train)
    if num_val < 0 or num_val >= num_rows:
        message = (
            f"The 'num_val' parameter must be at least 0 and leave one of the {num_rows:,} "
            f"training images to train on. Got {num_val}: hold out fewer."
        )
        raise ConfigError(message, "num_val")
    if num_train < 0 or num_train + num_val > num_rows:
        held_out = f" minus {num_val:,} held out for validation" if num_val else ""
        message = (
            f"The 'num_train' parameter must be at most {num_rows - num_val:,} ({num_rows:,} "
            f"training images{held_out}), or 0 for all of them. Got {num_train}."
        )
        raise ConfigError(message, "num_train")
    order_N = _stratified_order(y_train, seed)
    train = order_N[: num_train or num_rows - num_val]
    val = order_N[num_rows - num_val :]
    return np.sort(train), np.sort(val)


def _stratified_order(y_N: Array, seed: int) -> Array:
    """Order the rows so that each beginning holds the classes in their proportions, within one.

    The j-th drawn of the n rows of a class stands at (j + ½) / n of the way. The counts in a
    beginning are then those of Sainte-Laguë's method, which, unlike the largest remainder, never
    takes a row away when one more is asked for (the "Alabama paradox"), so beginnings are nested.

    References:
        M. Balinski, H. Young, Fair Representation, 1982, appendix A, section 4.
    """
    rng = numpy_rng(seed, "rows")
    drawn_N = rng.permutation(len(y_N))
    by_class_N = drawn_N[np.argsort(y_N[drawn_N], kind="stable")]
    _, counts_K = np.unique(y_N, return_counts=True)
    way_N = np.concatenate([(np.arange(count) + 0.5) / count for count in counts_K])
    # Classes of equal size tie at every place; chance decides which of them comes first.
    return by_class_N[np.lexsort((rng.random(len(y_N)), way_N))].astype(np.int64)
