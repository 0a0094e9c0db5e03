"""Sweeps: many fits in one job, a metric row each, so that the page fills up cell by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from sklearn.model_selection import StratifiedKFold

from rdfia_core.data.point_config import load_points
from rdfia_core.data.points import PointSet
from rdfia_core.events import End, EndReason, Event, Metrics, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.svm_kernels import CURVED, SvmConfig
from rdfia_core.experiments.svm_kernels.fit import solve, spec_of
from rdfia_core.models.svm import SvmSpec
from rdfia_core.models.svm_fit import fit_svm
from rdfia_core.seeding import numpy_rng

REPORT_C = np.logspace(-3, 2, 10)
"""The report's ten values."""
FINE_C = np.logspace(-4, 4, 25)
GRID_C = np.logspace(-2, 3, 11)
GRID_GAMMA = np.logspace(-2, 2, 9)
GRID_DEGREE = range(1, 9)
NUM_FOLDS = 5


def sweep_c(config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit with the report's ten values of C."""
    yield from _sweep([replace(spec_of(config), C=float(C)) for C in REPORT_C], config, context)


def sweep_c_fine(config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit with more values of C, over a wider range."""
    yield from _sweep([replace(spec_of(config), C=float(C)) for C in FINE_C], config, context)


def sweep_grid(config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit over C and gamma; over C and the degree for the polynomial kernel."""
    base = spec_of(config)
    if base.kernel == "poly":
        specs = [replace(base, C=float(C), degree=d) for d in GRID_DEGREE for C in GRID_C]
    elif base.kernel in CURVED:
        specs = [replace(base, C=float(C), gamma=float(g)) for g in GRID_GAMMA for C in GRID_C]
    else:
        specs = [replace(base, C=float(C)) for C in GRID_C]
    yield from _sweep(specs, config, context)


def _sweep(specs: Sequence[SvmSpec], config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit one after the other.

    Yields:
        A metric row a fit: C, gamma, degree, the scalars of `fit.solve` and cv_accuracy. The epoch
        counts the part of the sweep that is done, so that 1 is the end.
    """
    points = load_points(config, context.uploads_dir)
    yield Started(0, "cpu")
    yield Step(0, 0.0)
    last: dict[str, float] = {}
    for done, spec in enumerate(specs, start=1):
        found = solve(spec, points)
        gamma = found.svm.kernel.gamma
        accuracy = cross_validated(spec, points)
        axes = {"C": spec.C, "gamma": gamma, "degree": float(spec.degree)}
        converged = float(found.svm.has_converged)
        last = {**axes, **found.scalars, "cv_accuracy": accuracy, "has_converged": converged}
        yield Metrics(done, done / len(specs), last)
        yield Step(done, done / len(specs))
    yield End(EndReason.COMPLETED, "", last)


def cross_validated(spec: SvmSpec, points: PointSet) -> float:
    """Return the mean accuracy over folds of the training part; NaN if a class has one point.

    The standardisation is part of each fold's fit, so a held-out point never contributes to it.
    """
    smallest = int(np.bincount(points.y_train, minlength=points.num_classes).min())
    num_folds = min(NUM_FOLDS, smallest)
    if num_folds < 2:
        return float("nan")
    state = int(numpy_rng(spec.seed, "folds").integers(2**31))
    folds = StratifiedKFold(num_folds, shuffle=True, random_state=state)
    scores = []
    for fit, held in folds.split(points.x_train, points.y_train):
        svm = fit_svm(spec, points.x_train[fit], points.y_train[fit], points.num_classes)
        hits = svm.predict(points.x_train[held]) == points.y_train[held]
        scores.append(float(hits.mean()))
    return float(np.mean(scores))
