"""Scripts of the SVM lab end with the final values of the fit, bit for bit."""

from pathlib import Path

from tests.exported_scripts import differences

POINTS = "0.5,0.5,0;-0.5,0.5,1;0.5,-0.5,1;-0.5,-0.5,0;0.6,0.6,0;-0.6,0.4,1"


def test_a_fresh_interpreter_ends_as_the_fit(tmp_path: Path) -> None:
    assert differences("svm_kernels", [{}], tmp_path) == []


def test_every_kernel_and_way_to_classify_ends_as_the_fit(tmp_path: Path) -> None:
    several = [
        {"kernel": "linear", "C": 0.5, "standardize": False},
        {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": "scale"},
        {"kernel": "sigmoid", "gamma": "0.7"},
        {"kernel": "linear_svc", "class_balance": 0.2, "class_weight": "balanced"},
        {"kernel": "rbf", "dataset": "spirals3", "multiclass": "ovo", "val_fraction": 0.2},
        {"kernel": "rbf", "dataset": "blobs", "multiclass": "ovr", "class_weight": "balanced"},
        {"kernel": "linear_svc", "dataset": "blobs", "num_classes": 4, "seed": 5},
        {"kernel": "linear", "dataset": "points", "points": POINTS, "test_fraction": 0.2},
    ]
    assert differences("svm_kernels", several, tmp_path) == []
