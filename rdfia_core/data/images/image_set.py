"""One set of labelled images, as everything below training sees it.

N images, S pixels a side, C channels, K classes.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled square images in a training and a test part.

    Sets that `ImageLibrary.open` returns are memory-mapped and read-only: all processes of the
    machine share one copy, and only the rows that are read take memory.

    Args:
        name: What a config calls it: "cifar10", or "own:<id>" for an imported one.
        title: What a person calls it.
        x_train: Images (N, S, S, C), uint8 in [0, 255], rows from the top, channels last.
        y_train: Class of each, (N,), int64 in [0, K).
        x_test: The test images, of the same S and C.
        y_test: Their classes.
        class_names: K names; class k is `class_names[k]`.
    """

    name: str
    title: str
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    class_names: tuple[str, ...]

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.class_names)

    @property
    def image_size(self) -> int:
        """S, pixels a side."""
        return int(self.x_train.shape[1])

    @property
    def num_channels(self) -> int:
        """C: 1 for grey, 3 for red, green, blue."""
        return int(self.x_train.shape[3])

    @property
    def num_train(self) -> int:
        """Images that may be trained on, before any validation part is held out."""
        return len(self.x_train)

    @property
    def num_test(self) -> int:
        """Images that report."""
        return len(self.x_test)

    def counts(self) -> dict[str, Array]:
        """Images of each class: {"train": (K,), "test": (K,)}, int64."""
        parts = {"train": self.y_train, "test": self.y_test}
        return {name: np.bincount(y, minlength=self.num_classes) for name, y in parts.items()}
