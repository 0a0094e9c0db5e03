"""One fit: solve, look at the result, picture it. K classes, G grid points a side."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rdfia_core.data.point_config import load_points
from rdfia_core.data.points import PointSet
from rdfia_core.events import End, EndReason, Event, Metrics, Result, Snapshot, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.views import SCORE_SCALE, cell_centres, score_picture
from rdfia_core.models.kernels import Array
from rdfia_core.models.svm import Svm, SvmSpec
from rdfia_core.models.svm_fit import MAX_ITERATIONS, fit_svm
from rdfia_core.models.svm_report import SupportReport, report_support


@dataclass(frozen=True)
class Fit:
    """A fitted machine and what there is to say of it."""

    svm: Svm
    support: SupportReport
    scalars: dict[str, float]
    result: dict[str, Any]


def spec_of(config: SvmConfig) -> SvmSpec:
    """Return what a config says of the machine."""
    gamma = config.gamma if config.gamma in ("scale", "auto") else float(config.gamma)
    return SvmSpec(
        kernel=config.kernel,
        C=config.C,
        gamma=gamma,
        degree=config.degree,
        coef0=config.coef0,
        standardize=config.standardize,
        class_weight=config.class_weight,
        multiclass=config.multiclass,
        tolerance=config.tolerance,
        seed=config.seed,
    )


def solve(spec: SvmSpec, points: PointSet) -> Fit:
    """Fit on the training part and measure on every part.

    Raises:
        DataUnavailableError: If the training part lacks a class.
    """
    begun = time.perf_counter()
    svm = fit_svm(spec, points.x_train, points.y_train, points.num_classes)
    seconds = time.perf_counter() - begun
    support = report_support(svm, points.x_train)
    scalars: dict[str, float] = {}
    for name in ("train", "val", "test"):
        y_N: Array = getattr(points, f"y_{name}")
        if len(y_N):
            hits_N = svm.predict(getattr(points, f"x_{name}")) == y_N
            scalars[f"{name}_accuracy"] = float(hits_N.mean())
    scalars["num_support_vectors"] = float(support.num_free + support.num_bounded)
    scalars["num_free"] = float(support.num_free)
    scalars["num_bounded"] = float(support.num_bounded)
    if support.kkt_residual is not None:
        scalars["kkt_residual"] = support.kkt_residual
    if support.margin_width is not None:
        scalars["margin_width"] = support.margin_width
    result = {
        "solver_seconds": seconds,
        "num_iterations": svm.num_iterations,
        "has_converged": svm.has_converged,
        "gamma": svm.kernel.gamma,
        "total_slack": float(support.slack_N.sum()),
        "warnings": warnings_of(spec, svm, support),
        "class_0_in_training": int((points.y_train == 0).sum()),
    }
    if svm.normals is not None and svm.normals.shape[1] == 1:
        result["normal"] = svm.normals[:, 0].tolist()
        result["intercept"] = float(svm.intercepts_M[0])
    return Fit(svm, support, scalars, result)


def warnings_of(spec: SvmSpec, svm: Svm, support: SupportReport) -> list[str]:
    """Say in words what a user should know before believing the map."""
    found = []
    if not svm.has_converged:
        found.append(
            f"The solver was stopped after {MAX_ITERATIONS:,} iterations before it converged. The "
            "map shows where it stood. Try a smaller C, or a larger tolerance."
        )
    if spec.kernel == "sigmoid":
        found.append(
            "The sigmoid kernel is not positive definite for most settings: there may be several "
            "optima, and a margin in the usual sense does not exist."
        )
    if support.num_bounded == len(support.kind_N):
        found.append(
            "Every training point is a bounded support vector: no point constrains the margin. "
            "Try a larger C."
        )
    return found


def picture(svm: Svm, support: SupportReport, extent: tuple[float, ...]) -> Snapshot:
    """Picture a machine over the plane (docs/live.md, the fit view)."""
    scores = svm.machine_maps(*cell_centres(extent))
    shares = _shares(svm.combine(scores), svm.winners(scores))
    shown = score_picture(shares, extent, svm.num_classes)
    shown["arrays"] |= {
        "support": support.kind_N,
        "alpha": support.alpha_N.astype(np.float32),
        "slack": support.slack_N.astype(np.float32),
    }
    return Snapshot(**shown)


def _shares(scores: Array, winners: Array) -> Array:
    """Squeeze scores into [0, 1], one half being the boundary: (1, G, G), or (K, G, G).

    Args:
        scores: Decision values, (G, G), or (G, G, K).
        winners: The class at each place, which a tie may give to another than the best score.
    """
    if scores.ndim == 2:
        lead = scores[None]
    else:
        scores_KGG = np.moveaxis(scores, -1, 0)
        is_winner = np.arange(len(scores_KGG))[:, None, None] == winners
        best = np.where(is_winner, scores_KGG, -np.inf).max(axis=0)
        rival = np.where(is_winner, -np.inf, scores_KGG).max(axis=0)
        lead = np.where(is_winner, best - rival, scores_KGG - best)
        least = SCORE_SCALE / 100  # so that the winner stays in front where it only won a tie
        lead = np.where(is_winner, np.maximum(lead, least), np.minimum(lead, -least))
    return np.asarray(0.5 + np.clip(lead / SCORE_SCALE, -1.0, 1.0) / 2)


def fit(config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit the machine of a config; yields as events.py describes, in two steps."""
    points = load_points(config, context.uploads_dir)
    found = solve(spec_of(config), points)
    num_support = found.support.num_free + found.support.num_bounded
    yield Started(num_support + len(found.svm.machines), "cpu")
    yield Step(0, 0.0)
    yield Metrics(1, 1.0, found.scalars)
    yield Result("fit", {**found.scalars, **found.result})
    yield Step(1, 1.0, lambda: picture(found.svm, found.support, points.extent))
    yield End(EndReason.COMPLETED, "", found.scalars, _weights(found.svm))


def _weights(svm: Svm) -> dict[str, Array]:
    weights = {"intercepts": svm.intercepts_M, "mean": svm.mean, "scale": svm.scale}
    if svm.weights_2M is not None:
        return weights | {"normals": np.ascontiguousarray(svm.weights_2M)}
    used = np.flatnonzero(svm.coefs_NM.any(axis=1))
    return weights | {"support_vectors": svm.x_N2[used], "dual_coefs": svm.coefs_NM[used]}
