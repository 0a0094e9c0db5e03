import hashlib

import numpy as np
from sklearn.svm import SVC

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.data.images.shapes import VERSION, draw_images

# A regression value. If it must change, raise `shapes.VERSION` too: the name of the kept copy.
DIGEST = "fed8ff8542a943bc3853a7b5e0c73d0119b5b8a91e9846e549dd581f58577fb8"


def test_the_set_is_the_same_everywhere(embedded: ImageLibrary) -> None:
    image_set = embedded.open("shapes10")
    digest = hashlib.sha256()
    for array in (image_set.x_train, image_set.y_train, image_set.x_test, image_set.y_test):
        digest.update(array.tobytes())

    assert (VERSION, digest.hexdigest()) == (1, DIGEST)


def test_classes_are_equally_large(embedded: ImageLibrary) -> None:
    counts = embedded.open("shapes10").counts()

    assert counts["train"].tolist() == [500] * 10
    assert counts["test"].tolist() == [100] * 10


def test_no_image_comes_twice(embedded: ImageLibrary) -> None:
    image_set = embedded.open("shapes10")
    images = {image.tobytes() for image in [*image_set.x_train, *image_set.x_test]}

    assert len(images) == 6000


def test_chance_alone_decides_between_images_of_a_class() -> None:
    first, again = (draw_images(3, 2, np.random.default_rng(7)) for _ in range(2))

    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).mean() > 0.9


def edge_histograms(x_NHWC: np.ndarray) -> np.ndarray:
    """Strength of the edges in 8 directions and 8 x 8 places, each image's of length 1."""
    grey = x_NHWC.astype(np.float32).mean(axis=3)
    down, right = np.gradient(grey, axis=(1, 2))
    direction = (np.arctan2(down, right) % np.pi / np.pi * 8).astype(int).clip(0, 7)
    strength = np.hypot(down, right)
    bins = np.stack([strength * (direction == k) for k in range(8)], axis=-1)
    pooled = bins.reshape(len(grey), 8, 4, 8, 4, 8).sum(axis=(2, 4)).reshape(len(grey), -1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def test_a_classifier_learns_it_but_not_easily(embedded: ImageLibrary) -> None:
    image_set = embedded.open("shapes10")
    machine = SVC(C=10).fit(edge_histograms(image_set.x_train[:1000]), image_set.y_train[:1000])
    accuracy = machine.score(edge_histograms(image_set.x_test), image_set.y_test)

    # Chance is 0.1 with a standard error of 0.01.
    assert 0.25 < accuracy < 0.8
