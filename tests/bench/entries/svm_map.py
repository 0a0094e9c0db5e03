"""Time of one answer of the SVM lab: a fit and its map, 400 training points, RBF kernel.

Ours: `fit_svm`, then the decision function over 200 x 200 places, as a worker computes it for the
page (float64): on a grid the RBF kernel is a product of a factor in each coordinate.

Baseline: scikit-learn alone, `SVC.fit` and `decision_function` at the same 40,000 places, on the
same standardised points, with the same hyperparameters and the same bound on iterations.

One value is the median of 15 answers, in milliseconds, each for another C. Both sides run in this
process, one after the other, so the fits (the same solver on both sides) weigh the same. A remark
says how far apart the two maps are.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sklearn.svm import SVC

from rdfia_core.data.point_config import load_points
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.views import cell_centres
from rdfia_core.models.svm import SvmSpec, standardization
from rdfia_core.models.svm_fit import MAX_ITERATIONS, fit_svm
from tests.bench.harness import Entry, Sample, Sides

PRICES = np.logspace(-2, 3, 15)


def answers(answer: Callable[[float], np.ndarray]) -> Sample:
    """Return the median time of an answer in milliseconds."""
    taken = []
    for C in PRICES.tolist():
        cpu_begun, begun = time.process_time(), time.perf_counter()
        answer(C)
        taken.append((time.perf_counter() - begun, time.process_time() - cpu_begun))
    seconds, cpu_seconds = (statistics.median(column) for column in zip(*taken, strict=True))
    return Sample(1000 * seconds, 1000 * cpu_seconds)


@contextmanager
def prepare() -> Iterator[Sides]:
    points = load_points(SvmConfig.build({"num_points": 800}), Path())
    x, y = points.x_train, points.y_train
    x_axis, y_axis = cell_centres(points.extent)
    mean, scale = standardization(x, is_on=True)
    plane = np.column_stack([a.ravel() for a in np.meshgrid(x_axis, y_axis)])

    def ours(C: float) -> np.ndarray:
        return fit_svm(SvmSpec("rbf", C=C), x, y, 2).decision_map(x_axis, y_axis)

    def baseline(C: float) -> np.ndarray:
        svc = SVC(C=C, gamma="scale", max_iter=MAX_ITERATIONS).fit((x - mean) / scale, y)
        return np.asarray(svc.decision_function((plane - mean) / scale))

    def remarks() -> list[str]:
        gaps = [np.abs(ours(C).ravel() - baseline(C)).max() for C in PRICES.tolist()]
        return [f"{len(y)} training points; largest difference between the maps {max(gaps):.1e}"]

    yield Sides(lambda: answers(ours), lambda: answers(baseline), remarks)


ENTRY = Entry(
    prepare=prepare,
    unit="ms",
    higher_is_better=False,
    baseline="scikit-learn's fit and decision_function at the same places",
    target="ratio >= 5, maps within 1e-9",
)
