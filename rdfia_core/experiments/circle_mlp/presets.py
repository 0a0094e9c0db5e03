"""Presets of the circle MLP lab: the report's four stages, then cases to try, good and bad."""

from rdfia_core.experiments import Preset

PRESETS = (
    Preset(
        "manual",
        "Lab: gradients by hand",
        "The report's first stage: forward and backward written on tensors. It should end near "
        "95 % on train.",
        {},
    ),
    Preset(
        "autograd",
        "Lab: autograd",
        "The same forward; backward() finds the gradients. With the same seed the curves are the "
        "same.",
        {"stage": "autograd"},
    ),
    Preset(
        "nn",
        "Lab: torch.nn",
        "Layers and loss from torch.nn. The loss is now a mean, so a step is ten times shorter "
        "than by hand: that is why it looks slower.",
        {"stage": "nn", "reduction": "mean", "init": "pytorch", "epochs": 250},
    ),
    Preset(
        "optim",
        "Lab: torch.optim",
        "The update rule from torch.optim as well. Plain SGD: the same curve as torch.nn.",
        {"stage": "optim", "reduction": "mean", "init": "pytorch", "epochs": 250},
    ),
    Preset(
        "mean_made_fast",
        "Mean loss, ten times the rate",
        "torch.nn with learning rate 0.3 regains the speed of the hand-written sum at 0.03: the "
        "reduction was the difference, not the initial weights.",
        {"stage": "nn", "reduction": "mean", "learning_rate": 0.3},
    ),
    Preset(
        "linear",
        "No hidden layer",
        "A straight line cannot enclose a circle: the accuracy stays near a half, however long "
        "you train.",
        {"hidden_layers": "none"},
    ),
    Preset(
        "squares",
        "No hidden layer, squared inputs",
        "With x₁² and x₂² as inputs the circle becomes a straight line, and a linear classifier "
        "is enough.",
        {"hidden_layers": "none", "features": "x2,y2"},
    ),
    Preset(
        "zeros",
        "All weights zero",
        "Every hidden unit is the same as every other and no gradient reaches them: nothing is "
        "learned.",
        {"init": "zeros"},
    ),
    Preset(
        "too_fast",
        "Learning rate too high",
        "Steps far longer than the valley is wide: the units saturate and the loss jumps.",
        {"learning_rate": 3.0},
    ),
    Preset(
        "diverging",
        "Divergence",
        "Weight decay 1 with learning rate 3 multiplies the weights by 1 − 3 = −2 at every step: "
        "after a few epochs they are no longer numbers.",
        {"weight_decay": 1.0, "learning_rate": 3.0},
    ),
    Preset(
        "overfitting",
        "Overfitting",
        "Twenty noisy training points and thousands of weights: the training loss falls to zero, "
        "the test loss rises.",
        {
            "dataset": "moons",
            "num_points": 220,
            "test_fraction": 0.5,
            "val_fraction": 0.4,
            "noise": 0.5,
            "hidden_layers": "32,32,32",
            "activation": "relu",
            "init": "pytorch",
            "learning_rate": 0.01,
            "epochs": 600,
        },
    ),
    Preset(
        "spirals",
        "Two spirals",
        "The hard one: try it with one layer of 10 first, then with this.",
        {
            "dataset": "spirals2",
            "noise": 0.05,
            "hidden_layers": "24,24",
            "init": "pytorch",
            "stage": "optim",
            "optimizer": "adam",
            "reduction": "mean",
            "learning_rate": 0.01,
            "epochs": 300,
        },
    ),
    Preset(
        "vanishing",
        "Deep sigmoid network",
        "Each sigmoid layer shrinks the gradient at least fourfold: watch the gradient norms of "
        "the first layers.",
        {
            "activation": "sigmoid",
            "hidden_layers": "10,10,10,10,10",
            "init": "xavier",
            "reduction": "mean",
        },
    ),
    Preset(
        "xor_minimal",
        "XOR with few units",
        "Two units can cut the plane twice, which is just enough, if the start is lucky. Try "
        "other seeds.",
        {"dataset": "xor", "hidden_layers": "2", "learning_rate": 0.1, "noise": 0.1},
    ),
)
