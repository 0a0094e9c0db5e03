"""Scripts find the images of a run: in an archive, and in the folder of an imported set."""

from pathlib import Path
from typing import Any

import numpy as np

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.storage import keep_set
from rdfia_core.experiments import context_of
from rdfia_core.settings import Settings
from tests.exported_scripts import context_in, differences

FAST: dict[str, Any] = {"num_val": 20, "epochs": 1, "architecture": "conv 4 k5 s2, relu, pool 2"}


def arrays(side: int, channels: int, num_classes: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        f"{letter}_{part}": rng.integers(0, 256, (count, side, side, channels), np.uint8)
        if letter == "x"
        else rng.permutation(np.arange(count) % num_classes)
        for part, count in (("train", 120), ("test", 40))
        for letter in "xy"
    }


def test_archives_are_read_from_the_data_folder(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    colour, grey = arrays(32, 3, 10), arrays(28, 1, 10)
    np.savez(data_dir / "cifar10.npz", **{**colour, "y_train": colour["y_train"][:, None]})
    np.savez(data_dir / "mnist.npz", **{**grey, "x_test": grey["x_test"][..., 0]})
    context = context_of(Settings(home=tmp_path, data_dir=data_dir))
    several = [{**FAST, "dataset": name} for name in ("cifar10", "mnist")]
    assert differences("cifar_cnn", several, tmp_path, data_dir, context) == []


def test_imported_images_are_read_from_their_folder(tmp_path: Path) -> None:
    context = context_in(tmp_path)
    root = context.images.root
    own = ImageSet("own:0123456789abcdef", "Mine", **arrays(16, 3, 3), class_names=("a", "b", '"'))
    keep_set(root / "own-0123456789abcdef", lambda: own)
    several = [{**FAST, "dataset": own.name}, {**FAST, "dataset": own.name, "seed": 4}]
    assert differences("cifar_cnn", several, tmp_path, root, context) == []
