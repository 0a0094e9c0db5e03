"""Entries of part 1: networks from scratch, and support vector machines."""

from typing import Any

from rdfia_core.reproduction.entries import Arm, Entry, Expected, Printed, Variant

_SECONDS = "Printed settings, fewer seeds"
_LONG = 250
RATES = (0.01, 0.1)
BATCHES = (20, 10, 5)
C_STEPS = tuple(round(10 ** (-3 + 5 * k / 9), 6) for k in range(10))
"""Ten values from 0.001 to 100, evenly spaced in their logarithm."""

_NN: dict[str, Any] = {"reduction": "mean", "init": "pytorch", "epochs": _LONG}

FOUR_STAGES = Entry(
    "four_stages",
    1,
    "Four stages of one network",
    "Test accuracy of the circle network with gradients by hand (over 20 seeds), autograd, "
    "torch.nn (over 20 seeds) and torch.optim.",
    "circle_mlp",
    (
        Arm("manual", "By hand, 150 epochs", {}, Printed(90.5, 95)),
        Arm("autograd", "Autograd, 150 epochs", {"stage": "autograd"}, Printed(93.5)),
        Arm("nn", "torch.nn, 250 epochs", {**_NN, "stage": "nn"}, Printed(93, 95.5)),
        Arm("optim", "torch.optim, 250 epochs", {**_NN, "stage": "optim"}, Printed(95)),
    ),
    Variant(6, f"{_SECONDS} (6 of 20)", is_as_printed=True),
    Variant(20, "As printed, 20 seeds, each with data of its own", is_as_printed=True),
    also=("train_accuracy",),
    tolerance=1.6,  # one standard error of an accuracy near 95 % on 200 points
)

REDUCTION = Entry(
    "sum_or_mean",
    1,
    "Why the torch.nn stage looks slower",
    "The torch.nn stage learns more slowly than the gradients by hand; the report blames its "
    "initial weights.",
    "circle_mlp",
    (
        Arm("sum", "Sum, lab's weights, 0.03", {}),
        Arm("mean", "Mean, lab's weights, 0.03", {"reduction": "mean"}),
        Arm("sum_pytorch", "Sum, PyTorch's weights, 0.03", {"init": "pytorch"}),
        Arm("mean_pytorch", "Mean, PyTorch's weights, 0.03", _NN),
        Arm("mean_fast", "Mean, lab's weights, 0.3", {"reduction": "mean", "learning_rate": 0.3}),
    ),
    Variant(6, "6 seeds"),
    Variant(20, "20 seeds"),
    base={"epochs": _LONG},
    metric="epochs_to_90",
    also=("train_loss",),
    claims=(2,),
)

SWEEP = Entry(
    "rate_and_batch",
    1,
    "Learning rate × batch size on circles",
    "Loss and accuracy for learning rates 0.01 and 0.1 and batches of 20, 10 and 5; the report "
    "sees a slight advantage for smaller batches.",
    "circle_mlp",
    tuple(
        Arm(
            f"{rate:g}_{size}",
            f"Rate {rate:g}, batch {size}",
            {"learning_rate": rate, "batch_size": size},
        )
        for rate in RATES
        for size in BATCHES
    ),
    Variant(8, "8 seeds, 100 epochs", {"epochs": 100}),
    Variant(20, "20 seeds, 150 epochs"),
    metric="epochs_to_90",
    also=("train_accuracy", "test_accuracy"),
    claims=(3,),
    figures="Figures 1.2 to 1.5",
)

PIXELS = Entry(
    "mnist_pixels",
    1,
    "MNIST with the same network",
    "94 % on train and on test, with an unsteady curve. Its loader left pixels at 0 to 255.",
    "mnist_mlp",
    (
        Arm("raw", "Pixels from 0 to 255", {"pixel_scaling": "raw"}, Printed(94)),
        Arm("unit", "Pixels from 0 to 1", {"pixel_scaling": "unit"}),
    ),
    Variant(
        3,
        "5,000 training images, 40 epochs, 3 seeds",
        {"num_train": 5_000, "num_val": 0, "epochs": 40},
    ),
    Variant(3, "55,000 training images, 200 epochs, 3 seeds", is_as_printed=True),
    base={"dataset": "mnist", "num_val": 5_000, "learning_rate": 0.03, "epochs": 200},
    also=("train_accuracy", "unsteadiness"),
    claims=(4,),
)

KERNELS = Entry(
    "svm_kernels",
    1,
    "SVM kernels on circles",
    "Test accuracy at C = 1, gamma auto, standardised inputs. The report's words say that the "
    "polynomial of degree 3 does better than the linear machine; its figures say the opposite.",
    "svm_kernels",
    (
        Arm("linear", "Linear", {"kernel": "linear"}, Printed(62)),
        Arm("sigmoid", "Sigmoid", {"kernel": "sigmoid"}, Printed(65.5)),
        Arm("poly3", "Polynomial, degree 3", {"kernel": "poly", "degree": 3}, Printed(51.5)),
        Arm("poly2", "Polynomial, degree 2", {"kernel": "poly", "degree": 2}),
        Arm("rbf", "RBF", {"kernel": "rbf"}, Printed(94)),
    ),
    Variant(20, "As printed, 20 seeds", is_as_printed=True),
    Variant(20, "As printed, 20 seeds", is_as_printed=True),
    also=("num_support_vectors",),
    claims=(5,),
)

_ABOVE = [k for k, value in enumerate(C_STEPS) if value > 0.1]

C_PATH = Entry(
    "svm_C",
    1,
    "C swept over ten values",
    "With C above 0.1 the polynomial of degree 2 matches RBF (here: within 4 points).",
    "svm_kernels",
    tuple(
        Arm(f"{name}_{k}", f"{label}, C {value:.3g}", {**changes, "C": value})
        for k, value in enumerate(C_STEPS)
        for name, label, changes in (
            ("rbf", "RBF", {"kernel": "rbf"}),
            ("poly2", "Degree 2", {"kernel": "poly", "degree": 2}),
        )
    ),
    Variant(5, "Printed settings, 5 seeds"),
    Variant(20, "Printed settings, 20 seeds"),
    expects=tuple(Expected(f"poly2_{k}", f"rbf_{k}", margin=0.04) for k in _ABOVE),
    view="C path",
)

ENTRIES = (FOUR_STAGES, REDUCTION, SWEEP, PIXELS, KERNELS, C_PATH)
