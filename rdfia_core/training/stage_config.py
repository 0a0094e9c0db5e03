"""Hyperparameters of a fully connected network trained in one of the four stages. Free of torch."""

from typing import Any, Literal

from pydantic import field_validator

from rdfia_core.config import ExperimentConfig, field_spec, hyperparameter
from rdfia_core.errors import ConfigError

MAX_LAYERS = 6


def hidden_layers_field(default: str, *, most_units: int, advice: str) -> Any:
    """Declare the hidden layers; a lab has a default, an upper limit and advice of its own."""
    return hyperparameter(
        default,
        label="Hidden layers",
        help=f"Sizes of the hidden layers, like 10 or 8,8; none for a linear classifier. {advice}",
        section="Network",
        editor="layers",
        largest=most_units,
    )


class StageConfig(ExperimentConfig):
    """The network, and how a stage trains it. The defaults are the report's manual stage."""

    hidden_layers: str = hidden_layers_field(
        "10",
        most_units=64,
        advice="Try 2, then 3: how many straight cuts does a circle need?",
    )
    activation: Literal["none", "tanh", "sigmoid", "relu"] = hyperparameter(
        "tanh",
        label="Activation",
        help="The function after each hidden layer. Try none: however deep, the network stays "
        "linear.",
        section="Network",
        choice_labels={"relu": "ReLU"},
    )
    init: Literal["normal", "pytorch", "xavier", "zeros", "constant"] = hyperparameter(
        "normal",
        label="Initial weights",
        help="The law of the first weights; normal is the lab's, with standard deviation 0.3. Try "
        "zeros: every hidden unit learns the same, if anything.",
        section="Network",
        choice_labels={
            "normal": "Normal, 0.3 (lab)",
            "pytorch": "PyTorch's default",
            "xavier": "Xavier",
            "zeros": "Zeros",
            "constant": "Constant",
        },
    )
    dropout: float = hyperparameter(
        0.0,
        label="Dropout",
        help="Probability that a hidden unit is silent during a training step. Try 0.5 on few "
        "noisy points.",
        section="Network",
        ge=0.0,
        le=0.95,
    )
    stage: Literal["manual", "autograd", "nn", "optim"] = hyperparameter(
        "manual",
        label="Stage",
        help="The same training written four ways, each with one abstraction more. Try all four "
        "with the same seed: the curves coincide.",
        section="Training",
    )
    loss: Literal["cross_entropy", "mse"] = hyperparameter(
        "cross_entropy",
        label="Loss",
        help="What training makes small: cross-entropy, or the squared error of the "
        "probabilities. Try mse with a bad start: its gradient fades where the network is wrong "
        "and sure.",
        section="Training",
        choice_labels={"cross_entropy": "Cross-entropy", "mse": "Mean squared error"},
    )
    reduction: Literal["sum", "mean"] = hyperparameter(
        "sum",
        label="Reduction",
        help="Whether a batch's losses are added or averaged; the sum makes steps batch-size "
        "times longer. Try mean with ten times the learning rate: nothing changes.",
        section="Training",
    )
    optimizer: Literal["sgd", "momentum", "nesterov", "rmsprop", "adam"] = hyperparameter(
        "sgd",
        label="Optimiser",
        help="The rule that turns gradients into steps, in the optim stage. Try adam with a "
        "learning rate of 0.01.",
        section="Training",
        choice_labels={
            "sgd": "SGD",
            "momentum": "Momentum",
            "nesterov": "Nesterov",
            "rmsprop": "RMSprop",
            "adam": "Adam",
        },
        shown_when={"stage": ("optim",)},
    )
    momentum: float = hyperparameter(
        0.9,
        label="Momentum",
        help="How much of the previous step is kept. Try 0.99: the loss swings before it settles.",
        section="Training",
        ge=0.0,
        le=0.999,
        shown_when={"stage": ("optim",), "optimizer": ("momentum", "nesterov")},
    )
    learning_rate: float = hyperparameter(
        0.03,
        label="Learning rate",
        help="Length of a step relative to the gradient; may change while the run lives. Try 1: "
        "the loss jumps instead of falling.",
        section="Training",
        gt=0.0,
        le=100.0,
        live=True,
        suggestions=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    )
    batch_size: int = hyperparameter(
        10,
        label="Batch size",
        help="Training points per step: 1 is online, 0 is the full batch; may change while the "
        "run lives. Try 0: smooth and slow.",
        section="Training",
        ge=0,
        le=4000,
        live=True,
        suggestions=(1, 2, 5, 10, 20, 50, 100, 0),
        choice_labels={"0": "full", "1": "1 (online)"},
    )
    weight_decay: float = hyperparameter(
        0.0,
        label="Weight decay",
        help="Strength of the pull of the weights (not the biases) towards zero. Try 0.01 on few "
        "noisy points.",
        section="Training",
        ge=0.0,
        le=10.0,
        suggestions=(0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    )
    regularization: Literal["l2", "l1"] = hyperparameter(
        "l2",
        label="Penalty",
        help="What weight decay shrinks: l2 pulls in proportion to the weight, l1 equally hard "
        "until it is zero. Try l1: whole units fall silent.",
        section="Training",
        choice_labels={"l1": "L1", "l2": "L2"},
    )
    dtype: Literal["float32", "float64"] = hyperparameter(
        "float32",
        label="Number format",
        help="Precision of all arithmetic; float32 is the field's habit. Try float64 to compare "
        "the four stages to ten digits.",
        section="Run",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = hyperparameter(
        "cpu",
        label="Device",
        help="Where the arithmetic runs; a network this small is fastest on the processor. Try "
        "auto on a machine with a GPU, and compare the epochs per second.",
        section="Run",
    )

    @field_validator("hidden_layers", mode="before")
    @classmethod
    def _canonical_layers(cls, value: Any) -> str:
        """Accept `10`, `10,10`, 10, none or nothing; return the text form."""
        most_units = int(field_spec(cls, "hidden_layers").maximum or 0)
        text = str(value).strip().lower()
        if text in ("", "none", "0"):
            return "none"
        sizes = [part.strip() for part in text.split(",")]
        is_valid = all(size.isdigit() and 1 <= int(size) <= most_units for size in sizes)
        if not is_valid or len(sizes) > MAX_LAYERS:
            raise ConfigError(
                f"The 'hidden_layers' parameter of {cls.__name__} must be none, or 1 to "
                f"{MAX_LAYERS} layer sizes from 1 to {most_units} joined by commas, like 10,10. "
                f"Got {str(value)[:60]!r}.",
                "hidden_layers",
            )
        return ",".join(str(int(size)) for size in sizes)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Sizes of the hidden layers."""
        if self.hidden_layers == "none":
            return ()
        return tuple(int(size) for size in self.hidden_layers.split(","))
