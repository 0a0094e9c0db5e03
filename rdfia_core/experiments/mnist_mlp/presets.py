"""Presets of the MNIST MLP lab: the report's run, the same with scaled pixels, cases to try."""

from typing import Any

from rdfia_core.experiments import Preset

_MNIST: dict[str, Any] = {
    "dataset": "mnist",
    "num_val": 5_000,
    "learning_rate": 0.03,
    "epochs": 200,
}
"""The mean loss: with the sum of the circle lab a run on raw pixels stays at chance."""

PRESETS = (
    Preset(
        "lab",
        "Lab: MNIST, raw pixels",
        "The report's run: 100 hidden units, batches of 100, pixels from 0 to 255. It reads 94 % "
        "on train and test, with an unsteady curve. Watch the saturation.",
        {**_MNIST, "pixel_scaling": "raw"},
    ),
    Preset(
        "unit",
        "Lab, pixels from 0 to 1",
        "The report's run with one thing changed: each pixel divided by 255. Compare the curves "
        "and the units' pictures.",
        _MNIST,
    ),
    Preset(
        "digits",
        "Quick: small digits",
        "1,797 digits of 8 × 8 pixels, a few seconds on a processor. Watch noise turn into "
        "pictures of strokes.",
        {},
    ),
    Preset(
        "raw_digits",
        "Try this: small digits, raw",
        "The quick run with raw pixels: nearly all units are saturated from the start. Then take "
        "the suggestion below the curves.",
        {"pixel_scaling": "raw"},
    ),
    Preset(
        "raw_relu",
        "Try this: ReLU on raw pixels",
        "A ReLU does not saturate above, but its answers are as large as its inputs, and so are "
        "the gradients: look for units that have died.",
        {"pixel_scaling": "raw", "activation": "relu"},
    ),
    Preset(
        "standard",
        "Try this: standardised pixels",
        "Mean 0 and deviation 1 over the training images. Paper is now negative, so every pixel "
        "moves the sums: units are nearer to saturation than with 0 to 1.",
        {"pixel_scaling": "standard"},
    ),
    Preset(
        "softmax",
        "Try this: no hidden layer",
        "Softmax regression: one picture a class, which is all that it knows of the digit. See how "
        "far that gets, and which digits it mixes up.",
        {"hidden_layers": "none"},
    ),
    Preset(
        "too_fast",
        "Bad: learning rate too high",
        "Steps thirty times longer push the units into saturation even with scaled pixels, and "
        "they stay there: large weights do what large inputs do.",
        {"learning_rate": 3.0},
    ),
    Preset(
        "summed",
        "Bad: the circle lab's summed loss",
        "The report's step size with losses added up instead of averaged: over a batch of 100 each "
        "step is 100 times longer. It is the same as a learning rate of 3.",
        {"reduction": "sum", "learning_rate": 0.03},
    ),
    Preset(
        "modern",
        "Try this: today's habits",
        "Standardised pixels, PyTorch's initial weights, the mean loss, ReLU and Adam: what one "
        "would write today.",
        {
            "pixel_scaling": "standard",
            "init": "pytorch",
            "activation": "relu",
            "stage": "optim",
            "optimizer": "adam",
            "learning_rate": 0.001,
        },
    ),
)
