"""What each pixel scaling does to the first hidden layer before anything is learned.

N images, D inputs, U units.
"""

from collections.abc import Iterator
from typing import Any

import torch

from rdfia_core.errors import ConfigError
from rdfia_core.events import End, EndReason, Event, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.evaluation import NUM_SAMPLED, hidden_of
from rdfia_core.experiments.mnist_mlp.problem import build_problem, stage_of
from rdfia_core.models.stages.manual import ACTIVATION_BACKWARD
from rdfia_core.training.pixel_scaling import SCALINGS
from rdfia_core.training.saturation import RANGES, histogram, saturated_share


def scaling(config: MnistMlpConfig, context: Context) -> Iterator[Event]:
    """Compare the scalings with the same images and the same initial weights.

    Yields:
        A `Result` named "scaling" with `scalings`, one dictionary for each; see `_measured`.

    Raises:
        ConfigError: If there is no hidden layer.
    """
    if not config.layer_sizes:
        raise ConfigError(
            "The 'hidden_layers' parameter must name a layer: without one there is none to look "
            "at. Got none: try 100.",
            "hidden_layers",
        )
    yield Started(0, context.device)
    rows = [
        _measured(config.model_copy(update={"pixel_scaling": kind}), context) for kind in SCALINGS
    ]
    yield Result("scaling", {"scalings": rows, "images": rows[0]["images"]})
    yield Step(0, 0.0)
    yield Step(1, float(config.epochs))
    yield End(EndReason.COMPLETED, "", {})


def _measured(config: MnistMlpConfig, context: Context) -> dict[str, Any]:
    """Return counts of pre-activations and activations, and how much gradient is left.

    The gradient is that of the mean loss over these images, whatever the config's reduction.
    """
    averaged = config.model_copy(update={"reduction": "mean"})
    problem = build_problem(averaged, context)
    train = problem.images.train
    count = min(NUM_SAMPLED, len(train))
    places = torch.arange(count) * len(train) // count
    inputs_ND = problem.rows(train.subset("sample", places.numpy()))
    stage = stage_of(averaged, problem.weights)
    W_UD, b_U = problem.weights[:2]
    before_NU = torch.addmm(b_U, inputs_ND, W_UD.t())
    after_NU = hidden_of(stage, inputs_ND)[0]
    gradients = stage.gradient(inputs_ND, train.targets_N[places.to(train.targets_N.device)])
    pairs = zip(gradients[::2], gradients[1::2], strict=True)
    pre_counts, pre_range = histogram(before_NU, None)
    counts, bounds = histogram(after_NU, RANGES.get(config.activation))
    is_bounded = config.activation in RANGES
    return {
        "scaling": config.pixel_scaling,
        "images": count,
        "inputs": inputs_ND.shape[1],
        "input_norm": float(inputs_ND.norm(dim=1).mean()),
        "pre_std": float(before_NU.std(correction=0)),
        "pre_counts": pre_counts.tolist(),
        "pre_range": pre_range,
        "counts": counts.tolist(),
        "range": bounds,
        "saturation": saturated_share(after_NU, config.activation) if is_bounded else None,
        "slope": float(
            ACTIVATION_BACKWARD[config.activation](torch.ones_like(after_NU), after_NU)
            .cpu()
            .double()
            .mean()
        ),
        "grad_norms": [float((w.square().sum() + b.square().sum()).sqrt()) for w, b in pairs],
    }
