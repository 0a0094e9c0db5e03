"""Named configurations of the SVM lab: the report's four kernels, and cases worth seeing."""

from rdfia_core.experiments import Preset

SEPARABLE = Preset(
    "separable",
    "Try: linear on two blobs",
    "Separable data and a large C: the few free support vectors alone hold the margin.",
    {"dataset": "blobs", "num_classes": 2, "noise": 0.15, "kernel": "linear", "C": 1000.0},
)

PRESETS = (
    Preset(
        "report_rbf",
        "Report: RBF kernel",
        "Similarity to each training point, summed. The report prints 94 % on the test points.",
        {},
    ),
    Preset(
        "report_linear",
        "Report: linear kernel",
        "No straight line parts a ring from its centre: nearly every point is a bounded support "
        "vector. The report prints 62 %.",
        {"kernel": "linear"},
    ),
    Preset(
        "report_poly3",
        "Report: polynomial of degree 3",
        "An odd polynomial takes opposite signs at opposite points, so it cannot enclose a disc. "
        "The report prints 51.5 %, and calls it better than linear: it is not.",
        {"kernel": "poly"},
    ),
    Preset(
        "report_sigmoid",
        "Report: sigmoid kernel",
        "Not a valid kernel for every setting, and odd as well. The report prints 65.5 %.",
        {"kernel": "sigmoid"},
    ),
    Preset(
        "even_degree",
        "Try: degree 2",
        "One degree less and the circle is found: squares do not know the sign.",
        {"kernel": "poly", "degree": 2},
    ),
    Preset(
        "constant_term",
        "Try: degree 3 with a constant term",
        "With coef0 = 1 the kernel contains all degrees up to 3, among them 2.",
        {"kernel": "poly", "coef0": 1.0},
    ),
    Preset(
        "islands",
        "Bad: gamma 100",
        "Every training point keeps an island to itself: perfect in training, poor in the test.",
        {"gamma": "100"},
    ),
    Preset(
        "soft_margin",
        "Try: a very soft margin",
        "With C = 0.01 nearly all points are bounded support vectors, inside the margin or "
        "across: support vectors do not always lie on the margin.",
        {"C": 0.01},
    ),
    SEPARABLE,
    Preset(
        "three_spirals",
        "Try: three spirals",
        "Three machines, one a pair of classes, vote at each place.",
        {"dataset": "spirals3", "noise": 0.05, "gamma": "5", "C": 10.0},
    ),
    Preset(
        "imbalanced",
        "Bad: nine to one",
        "The majority wins everywhere; then switch the class weights to balanced.",
        {"class_balance": 0.1, "kernel": "linear", "dataset": "moons", "noise": 0.4},
    ),
)
