"""The report's numbers for the circle MLP, measured again.

Twenty seeds, each of which draws data, initial weights and batch order anew; float32 on a
processor; 150 epochs for the hand-written stage, 250 for torch.nn.

The report's bands over its seeds are 92 to 98.5 % (train) and 90.5 to 95 % (test) for the
hand-written stage, 95.5 to 97 % and 93 to 95.5 % for torch.nn. They belong to one fixed data set.
Ours is drawn with each seed, which alone moves an accuracy on 200 points by 1.6 % (one standard
error of a share of 0.945). So, stated before running: the mean over the seeds lies within the band,
and each seed within the band widened by two such standard errors.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from rdfia_core.events import End
from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import EXPERIMENT, CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import train

pytestmark = pytest.mark.slow

SEEDS = range(20)
STANDARD_ERROR = 1.6
BANDS = {"manual": ((92.0, 98.5), (90.5, 95.0)), "nn": ((95.5, 97.0), (93.0, 95.5))}


def final_accuracies(preset: str, seed: int) -> tuple[float, float]:
    config = CircleMlpConfig.build({**EXPERIMENT.preset(preset).values, "seed": seed})
    live = {"learning_rate": config.learning_rate, "batch_size": config.batch_size}
    last = list(train(config, Context("cpu", Path("unused"), live)))[-1]
    assert isinstance(last, End)
    return 100 * last.metrics["train_accuracy"], 100 * last.metrics["test_accuracy"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("preset", ["manual", "nn"])
def test_the_reports_accuracies(preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    measured = np.array([final_accuracies(preset, seed) for seed in SEEDS])
    with capsys.disabled():
        print(f"\ncircle_mlp {preset}, seeds 0..19, float32, cpu, torch {torch.__version__}:")
    for part, name in enumerate(("train", "test")):
        values, (low, high) = measured[:, part], BANDS[preset][part]
        with capsys.disabled():
            print(
                f"  {name}: {values.mean():.2f} ± {values.std(ddof=1):.2f} %, "
                f"{values.min():.1f} to {values.max():.1f} (report {low} to {high})"
            )
        assert low <= values.mean() <= high
        assert values.min() >= low - 2 * STANDARD_ERROR
        assert values.max() <= high + 2 * STANDARD_ERROR


def test_ten_times_the_rate_makes_the_mean_the_sum() -> None:
    """The report blames the initial weights for the slower torch.nn stage; it is the reduction."""
    accuracies = {
        preset: final_accuracies(preset, seed=0) for preset in ("manual", "mean_made_fast")
    }
    assert accuracies["manual"] == accuracies["mean_made_fast"]
