"""What a standalone script of the SVM lab does (rdfia_core/scripts); never imported.

N points.
"""

import json

import numpy as np

from rdfia_core.data.points import make_points
from rdfia_core.models.svm import SvmSpec
from rdfia_core.models.svm_fit import fit_svm
from rdfia_core.models.svm_report import report_support

# %% Settings
# What the run was given. Change numbers and run it again; what a name, a 0 or a switch decides
# is worked into the code below already.
DATASET: str = "circles"
NUM_POINTS: int = 400
NOISE: float = 0.2  # standard deviation
CLASS_BALANCE: float = 1.0
NUM_BLOBS: int = 3
VAL_FRACTION: float = 0.0
TEST_FRACTION: float = 0.5
KERNEL: str = "rbf"
C: float = 1.0
GAMMA: str | float = "auto"
DEGREE: int = 3
COEF0: float = 0.0
STANDARDIZE: bool = True
CLASS_WEIGHT: str = "none"
MULTICLASS: str = "ovo"
TOLERANCE: float = 1e-3
SEED: int = 0

# %% Data
# The points of the plane in three parts; only the first is fitted to.
IS_CARRIED: bool = False
CARRIED_POINTS: dict[str, list[tuple[float, float, int]]] = {}
if IS_CARRIED:
    # The run's own points, as they were divided: x, y, class.
    parts = {
        name: (
            np.array([point[:2] for point in points]),
            np.array([point[2] for point in points]),
        )
        for name, points in CARRIED_POINTS.items()
    }
    num_classes = max(int(y_N.max()) for _, y_N in parts.values()) + 1
else:
    drawn = make_points(
        DATASET,
        num_points=NUM_POINTS,
        noise=NOISE,
        class_balance=CLASS_BALANCE,
        num_classes=NUM_BLOBS,
        val_fraction=VAL_FRACTION,
        test_fraction=TEST_FRACTION,
        seed=SEED,
    )
    num_classes = drawn.num_classes
    parts = {"train": (drawn.x_train, drawn.y_train)}
    if VAL_FRACTION:
        parts["val"] = (drawn.x_val, drawn.y_val)
    if TEST_FRACTION:
        parts["test"] = (drawn.x_test, drawn.y_test)
x_train, y_train = parts["train"]

# %% Machine
# scikit-learn solves; what it found is taken apart, so that every point can be looked at.
spec = SvmSpec(
    kernel=KERNEL,
    C=C,
    gamma=GAMMA,
    degree=DEGREE,
    coef0=COEF0,
    standardize=STANDARDIZE,
    class_weight=CLASS_WEIGHT,
    multiclass=MULTICLASS,
    tolerance=TOLERANCE,
    seed=SEED,
)
svm = fit_svm(spec, x_train, y_train, num_classes)
support = report_support(svm, x_train)

# %% Result
# The final values, as the run has them.
scalars: dict[str, float] = {}
for name, (x_N2, y_N) in parts.items():
    scalars[f"{name}_accuracy"] = float((svm.predict(x_N2) == y_N).mean())
    print(f"{name} accuracy {scalars[f'{name}_accuracy']:.4f}")
scalars["num_support_vectors"] = float(support.num_free + support.num_bounded)
scalars["num_free"] = float(support.num_free)
scalars["num_bounded"] = float(support.num_bounded)
if support.kkt_residual is not None:
    scalars["kkt_residual"] = support.kkt_residual
if support.margin_width is not None:
    scalars["margin_width"] = support.margin_width
print(json.dumps(scalars))
