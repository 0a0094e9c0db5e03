"""SVM kernels: the maximum margin, straight and curved, solved as fast as a slider moves."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from rdfia_core.config import hyperparameter
from rdfia_core.data.point_config import PointsConfig
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import LIGHT_SHARE, Experiment
from rdfia_core.experiments.svm_kernels.presets import PRESETS

CURVED = ("poly", "rbf", "sigmoid")
LOG_STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    *(2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
)


def _canonical_gamma(value: Any) -> str:
    """Accept scale, auto or a number; return the text form."""
    text = str(value).strip().lower()
    if text in ("scale", "auto"):
        return text
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 1e-6 <= number <= 1e6:
        raise ConfigError(
            "The 'gamma' parameter must be scale, auto, or a number from 0.000001 to 1,000,000. "
            f"Got {str(value)[:60]!r}.",
            "gamma",
        )
    return f"{number:g}"


class SvmConfig(PointsConfig):
    """Hyperparameters of the SVM lab. The defaults are the report's RBF kernel."""

    first_sections = ("Machine",)

    kernel: Literal["linear", "poly", "rbf", "sigmoid", "linear_svc"] = hyperparameter(
        "rbf",
        label="Kernel",
        help="How similar two points are; the machine is a weighted sum of similarities. Try "
        "linear on circles, then polynomial of degree 2.",
        section="Machine",
        choice_labels={
            "linear": "Linear",
            "poly": "Polynomial",
            "rbf": "RBF",
            "sigmoid": "Sigmoid",
            "linear_svc": "LinearSVC",
        },
    )
    C: float = hyperparameter(
        1.0,
        label="C",
        help="Price of one unit of slack: small C buys a wide margin with mistakes, large C "
        "allows few. Try 0.001 and then 1000.",
        section="Machine",
        ge=1e-12,
        le=1e12,
        suggestions=LOG_STEPS,
    )
    gamma: Annotated[str, BeforeValidator(_canonical_gamma)] = hyperparameter(
        "auto",
        label="Gamma",
        help="How fast similarity fades with distance: auto is 1/2, scale is 1 / (2 var). Try "
        "100: each training point keeps an island to itself.",
        section="Machine",
        editor="word_or_number",
        choice_labels={"scale": "scale", "auto": "auto"},
        suggestions=LOG_STEPS,
        shown_when={"kernel": CURVED},
    )
    degree: int = hyperparameter(
        3,
        label="Degree",
        help="Of the polynomial kernel. Try 2, 3, 4 and 5 on circles: with no constant term, only "
        "the even ones can work.",
        section="Machine",
        ge=1,
        le=10,
        suggestions=tuple(range(1, 11)),
        shown_when={"kernel": ("poly",)},
    )
    coef0: float = hyperparameter(
        0.0,
        label="Constant term (coef0)",
        help="Added inside the polynomial and sigmoid kernels; it lets lower degrees in. Try 1 "
        "with degree 3 on circles: the failure is gone.",
        section="Machine",
        ge=-10.0,
        le=10.0,
        shown_when={"kernel": ("poly", "sigmoid")},
    )
    standardize: bool = hyperparameter(
        True,
        label="Standardise the inputs",
        help="Subtract the training mean and divide by the standard deviation before the kernel "
        "sees a point. Try without on data of your own with unequal columns.",
        section="Machine",
    )
    class_weight: Literal["none", "balanced"] = hyperparameter(
        "none",
        label="Class weights",
        help="Balanced makes mistakes on rare classes dearer, in inverse proportion to their "
        "size. Try it with class balance 0.1.",
        section="Machine",
        choice_labels={"none": "None", "balanced": "Balanced"},
    )
    multiclass: Literal["ovo", "ovr"] = hyperparameter(
        "ovo",
        label="Several classes",
        help="One machine for each pair of classes, or one for each class against the rest (as "
        "LinearSVC always does). Try both on three spirals.",
        section="Machine",
        choice_labels={"ovo": "One vs one", "ovr": "One vs rest"},
        shown_when={
            "kernel": ("linear", "poly", "rbf", "sigmoid"),
            "dataset": ("spirals3", "blobs", "points", "file"),
        },
    )
    tolerance: float = hyperparameter(
        1e-3,
        label="Tolerance",
        help="The solver stops when the optimality conditions are violated by less. Try 0.1 and "
        "watch the residual.",
        section="Run",
        ge=1e-9,
        le=1.0,
        suggestions=(1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    )
    epochs: int = hyperparameter(
        1,
        label="Epochs",
        help="An SVM is solved at once, not trained in epochs: this has no effect. Try the "
        "tolerance instead.",
        section="Run",
        ge=1,
        le=20_000,
        shown_when={"kernel": ()},
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = hyperparameter(
        "cpu",
        label="Device",
        help="scikit-learn's solvers run on the processor only: this has no effect. Try a larger "
        "number of points to feel it.",
        section="Run",
        shown_when={"kernel": ()},
    )


EXPERIMENT = Experiment(
    name="svm_kernels",
    title="SVM kernels",
    summary="Move C and gamma and watch margin, support vectors and class regions answer at once.",
    config_class=SvmConfig,
    tasks={
        "train": "rdfia_core.experiments.svm_kernels.fit:fit",
        "sweep_C": "rdfia_core.experiments.svm_kernels.sweep:sweep_c",
        "sweep_C_fine": "rdfia_core.experiments.svm_kernels.sweep:sweep_c_fine",
        "sweep_C_gamma": "rdfia_core.experiments.svm_kernels.sweep:sweep_grid",
        "lift": "rdfia_core.experiments.svm_kernels.lift:lift",
    },
    presets=PRESETS,
    check="rdfia_core.data.point_config:check_points",
    slot_share=LIGHT_SHARE,
    is_instant=True,
    script="rdfia_core.experiments.svm_kernels.script:script",
)
