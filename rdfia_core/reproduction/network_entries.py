"""Entries of part 2 that train nothing: weights, cost, and what a convolution does to an image."""

from rdfia_core.reproduction.entries import Arm, Entry, Printed, Variant

_PROBES = "rdfia_core.reproduction.probes"

WEIGHTS = Entry(
    "weights",
    2,
    "How many weights the network has",
    "1,186,170 in total.",
    "cifar_cnn",
    (Arm("lab", "The lab's network, built", {}, Printed(1_186_170)),),
    Variant(1, "Counted, nothing is trained", is_as_printed=True),
    Variant(1, "Counted, nothing is trained", is_as_printed=True),
    task=f"{_PROBES}.networks:count_weights",
    metric="num_weights",
    also=("convolution_share",),
    tolerance=0.0,
    claims=(10,),
    view="Architecture",
)

WIDTH = Entry(
    "width",
    2,
    "What wider layers cost",
    "Cost grows exponentially with the width of the layers.",
    "cifar_cnn",
    (
        Arm("fc", "First fully connected layer wider", option="fc"),
        Arm("all", "All layers wider", option="all"),
    ),
    Variant(1, "Counted from a quarter to four times the width"),
    Variant(1, "Counted from a quarter to four times the width"),
    task=f"{_PROBES}.networks:count_cost",
    metric="multiply_adds_4",
    also=("weights_4",),
    claims=(13,),
    view="Architecture",
)

TRANSLATION = Entry(
    "translation",
    2,
    "An image moved by one pixel",
    "A convolution is translation invariant.",
    "cifar_cnn",
    (Arm("lab", "The lab's network, initial weights", {"dataset": "shapes10"}),),
    Variant(5, "64 images of shapes10, 5 draws of weights; nothing is trained"),
    Variant(20, "64 images of shapes10, 20 draws of weights; nothing is trained"),
    task=f"{_PROBES}.translation:translate",
    metric="change_conv",
    also=("equivariance_error", "change_pool1", "change_pool3", "change_global"),
    claims=(11,),
)

ENTRIES = (WEIGHTS, WIDTH, TRANSLATION)
