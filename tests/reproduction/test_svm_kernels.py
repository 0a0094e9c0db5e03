"""The report's kernels on the lab's circle law: C = 1, gamma auto, standardised, 20 seeds.

The report prints one run of each, on data and a seed that it does not give: linear 62 %, sigmoid
65.5 %, polynomial of degree 3 51.5 %, RBF 94 %; degree 2 "matches RBF". Stated before running: the
mean of RBF lies within three points of what is printed, degree 2 within four of RBF, degree 3 is
no better than linear (by a point at most), and none of linear, degree 3 and sigmoid reaches 75 %.
"""

import numpy as np
import pytest
import sklearn

from rdfia_core.data.point_config import load_points
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.fit import solve, spec_of

SEEDS = range(20)
CASES = {
    "linear": ({"kernel": "linear"}, "62.0"),
    "poly 2": ({"kernel": "poly", "degree": 2}, "as RBF"),
    "poly 3": ({"kernel": "poly", "degree": 3}, "51.5"),
    "rbf": ({"kernel": "rbf"}, "94.0"),
    "sigmoid": ({"kernel": "sigmoid"}, "65.5"),
}


def test_the_reports_accuracies(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    mean = {}
    with capsys.disabled():
        print(f"\nsvm_kernels, test accuracy (%), seeds 0..19, scikit-learn {sklearn.__version__}:")
    for name, (values, printed) in CASES.items():
        taken = []
        for seed in SEEDS:
            config = SvmConfig.build({**values, "seed": seed})
            found = solve(spec_of(config), load_points(config, folder))
            taken.append(100 * found.scalars["test_accuracy"])
        mean[name] = float(np.mean(taken))
        with capsys.disabled():
            print(f"  {name}: {mean[name]:.1f} ± {np.std(taken, ddof=1):.1f} (report {printed})")
    assert abs(mean["rbf"] - 94) < 3
    assert abs(mean["poly 2"] - mean["rbf"]) < 4
    assert mean["poly 3"] < mean["linear"] + 1
    assert max(mean["linear"], mean["poly 3"], mean["sigmoid"]) < 75
