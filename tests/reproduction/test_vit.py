"""The report's transformer on MNIST, measured again.

One seed, a minute and a half on two cores (docs/results.md has three); patches of 7, embedding
size 32, 2 blocks of 4 heads, positions by fixed waves, 10 epochs of Adam at 0.001, batch 128,
float32, on all 10,000 test images.

The report reads 97.4 % and other groups 96.6 to 97.7 %, from one run each. Stated before running:
the test accuracy lies in 96.5 to 98 %.
"""

import os
from pathlib import Path

import pytest
import torch

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.events import End
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import EXPERIMENT, VitConfig
from rdfia_core.experiments.vit.train import train

pytestmark = pytest.mark.slow

SEED = 0
BAND = (96.5, 98.0)


def test_the_reports_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = os.environ.get("RDFIA_DATA_DIR", "")
    if not (Path(folder) / "mnist.npz").is_file():
        pytest.skip("needs RDFIA_DATA_DIR with mnist.npz")
    library = ImageLibrary(tmp_path, Path(folder))
    values = {**EXPERIMENT.preset("lab").values, "seed": SEED, "device": "cpu"}
    config = VitConfig.build(values)
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    last = list(train(config, Context("cpu", tmp_path, live, library=library)))[-1]
    assert isinstance(last, End)
    accuracy = 100 * last.metrics["test_accuracy"]
    with capsys.disabled():
        print(
            f"\nvit lab, seed {SEED}, float32, cpu, torch {torch.__version__}: "
            f"{accuracy:.2f} % test (report 97.4)"
        )
    assert BAND[0] <= accuracy <= BAND[1]
