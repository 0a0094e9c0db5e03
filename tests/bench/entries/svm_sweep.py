"""Time of 13 values of C x 4 kernels, each with its map of 200 x 200 places, 200 training points.

Ours: `fit_svm` for each, then all maps of a kernel at once: the kernel between places and points
does not depend on C, so 13 maps cost little more than one (`Svm.expansion_maps`).

Baseline: scikit-learn alone, `SVC.fit` and `decision_function` at the same places for each of the
52, on the same standardised points, with the same bound on iterations.

One value is the time of a whole sweep in seconds. Both sides run in this process. A remark says
how far apart the maps are, relative to the largest score where that is above 1: sigmoid maps are
computed in float32.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.svm import SVC

from rdfia_core.data.point_config import load_points
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.views import cell_centres
from rdfia_core.models.svm import SvmSpec, standardization
from rdfia_core.models.svm_fit import MAX_ITERATIONS, fit_svm
from tests.bench.harness import Entry, Sample, Sides

PRICES = np.logspace(-3, 3, 13).tolist()
KERNELS = ("linear", "poly", "rbf", "sigmoid")


def timed(sweep: Callable[[], np.ndarray]) -> Sample:
    """Return the time of one sweep in seconds."""
    cpu_begun, begun = time.process_time(), time.perf_counter()
    sweep()
    return Sample(time.perf_counter() - begun, time.process_time() - cpu_begun)


@contextmanager
def prepare() -> Iterator[Sides]:
    points = load_points(SvmConfig(), Path())
    x, y = points.x_train, points.y_train
    x_axis, y_axis = cell_centres(points.extent)
    mean, scale = standardization(x, is_on=True)
    plane = (np.column_stack([a.ravel() for a in np.meshgrid(x_axis, y_axis)]) - mean) / scale

    def ours() -> np.ndarray:
        maps = []
        for kernel in KERNELS:
            spec = SvmSpec(kernel, gamma="auto")
            svms = [fit_svm(replace(spec, C=C), x, y, 2) for C in PRICES]
            coefs = np.column_stack([svm.coefs_NM[:, 0] for svm in svms])
            intercepts = np.array([svm.intercepts_M[0] for svm in svms])
            maps.append(svms[0].expansion_maps(coefs, x_axis, y_axis) + intercepts[:, None, None])
        return np.stack(maps)

    def baseline() -> np.ndarray:
        maps = []
        for kernel in KERNELS:
            for C in PRICES:
                svc = SVC(kernel=kernel, C=C, gamma="auto", max_iter=MAX_ITERATIONS)
                maps.append(svc.fit((x - mean) / scale, y).decision_function(plane))
        return np.reshape(maps, (len(KERNELS), len(PRICES), len(y_axis), len(x_axis)))

    def remarks() -> list[str]:
        expected = baseline()
        gaps = (
            np.abs(ours() - expected)
            / np.maximum(1.0, np.abs(expected).max(axis=(2, 3)))[..., None, None]
        )
        named = [f"{k} {gap:.1e}" for k, gap in zip(KERNELS, gaps.max(axis=(1, 2, 3)), strict=True)]
        return [f"largest difference between the maps: {', '.join(named)}"]

    yield Sides(lambda: timed(ours), lambda: timed(baseline), remarks)


ENTRY = Entry(
    prepare=prepare,
    unit="s",
    higher_is_better=False,
    baseline="scikit-learn's fit and decision_function, one after the other",
    target="ratio >= 10, maps within 1e-4",
)
