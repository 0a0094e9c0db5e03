"""Training the circle MLP: data, network and picture put together.

N points, D inputs (coordinates and features), C classes, G grid points a side, U hidden units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rdfia_core.data.point_config import load_points
from rdfia_core.data.points import PointSet
from rdfia_core.events import Event, Snapshot
from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.figures.quantise import quantise_probs, quantise_units
from rdfia_core.models.features import expand, feature_names
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages import Stage, StageSpec, build_stage
from rdfia_core.seeding import seed_default_generators, torch_rng
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.diagnosis import Diagnosis
from rdfia_core.training.stage_setup import stage_spec, torch_dtype
from rdfia_core.training.stage_training import Evaluator, Split, StageTraining

GRID_SIZE = 96
UNIT_STRIDE = 4
WIDE_UNIT_STRIDE = 6
WIDE_UNITS = 64


@dataclass(frozen=True)
class Problem:
    """A config made concrete: tensors, initial weights, and how a stage learns."""

    points: PointSet
    splits: list[Split]
    sizes: list[int]
    weights: list[Tensor]
    spec: StageSpec
    dtype: torch.dtype
    device: str


def build_problem(config: CircleMlpConfig, context: Context) -> Problem:
    """Draw the data and the initial weights of a config, the same for every stage."""
    points = load_points(config, context.uploads_dir)
    dtype = torch_dtype(config, context.device)
    splits = _splits(points, config, dtype, context.device)
    num_inputs = 2 + len(config.feature_list)
    sizes = [num_inputs, *config.layer_sizes, points.num_classes]
    rng = torch_rng(config.seed, "init")
    weights = init_weights(sizes, config.init, config.activation, rng, dtype)
    weights = [weight.to(context.device) for weight in weights]
    return Problem(points, splits, sizes, weights, stage_spec(config), dtype, context.device)


def _splits(
    points: PointSet, config: CircleMlpConfig, dtype: torch.dtype, device: str
) -> list[Split]:
    parts = (
        ("train", points.x_train, points.y_train),
        ("val", points.x_val, points.y_val),
        ("test", points.x_test, points.y_test),
    )
    return [
        Split(
            name,
            expand(torch.from_numpy(x).to(dtype), config.feature_list).to(device),
            torch.from_numpy(y).to(device),
        )
        for name, x, y in parts
        if len(y)
    ]


def train_many(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Train as `train` does, by compiled code and from the first step on; yields the same."""
    # Importing the compiled loop takes a second, and single runs do not need it.
    from rdfia_core.training.compiled_training import CompiledTraining  # noqa: PLC0415

    problem = build_problem(config, context)
    stage = build_stage(config.stage, problem.weights, problem.spec)
    yield from training_of(problem, stage, config, context, CompiledTraining).events("cpu")


def train(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Train the network of a config to its end; yields as events.py describes."""
    problem = build_problem(config, context)
    stage = build_stage(config.stage, problem.weights, problem.spec)
    training = training_of(problem, stage, config, context)
    if context.resume is not None:
        training.restore(context.resume)
    yield from training.events(context.device)


def training_of(
    problem: Problem,
    stage: Stage,
    config: CircleMlpConfig,
    context: Context,
    kind: type[StageTraining] = StageTraining,
) -> StageTraining:
    """Put one stage into a training loop, with the data order and dropout of the seed."""
    seed_default_generators(config.seed)
    num_train = len(problem.points.y_train)
    counts = np.bincount(problem.points.y_train)
    return kind(
        stage,
        problem.splits,
        Evaluator(stage, problem.splits, config.loss),
        BatchOrder(num_train, torch_rng(config.seed, "order")),
        epochs=config.epochs,
        live=context.live,
        is_attentive=lambda: context.attentive,
        snapshot=Painter(problem, stage, config),
        diagnosis=Diagnosis(
            learning_rate=config.learning_rate,
            init=config.init,
            num_classes=problem.points.num_classes,
            majority_share=float(counts.max() / counts.sum()),
            activation=config.activation if config.layer_sizes else "none",
            weight_decay=config.weight_decay,
            num_points=config.num_points,
            max_learning_rate=10.0,
            max_points=4000,
        ),
        activation=config.activation,
    )


class Painter:
    """Makes the pictures: class probabilities and hidden units over the plane."""

    def __init__(self, problem: Problem, stage: Stage, config: CircleMlpConfig) -> None:
        self._stage = stage
        self._grid_ND = expand(_grid(problem), config.feature_list).to(problem.device)
        num_units = sum(problem.sizes[1:-1])
        self._stride = UNIT_STRIDE if num_units <= WIDE_UNITS else WIDE_UNIT_STRIDE
        self._info = {
            "extent": list(problem.points.extent),
            "layers": problem.sizes,
            "inputs": feature_names(config.feature_list),
        }

    def __call__(self, batch_B: np.ndarray) -> Snapshot:
        """Picture this moment; `batch_B` are the training points of the last step."""
        *hidden, logits_NC = self._stage.activations(self._grid_ND)
        # Along the first dimension neighbours in memory belong to one class: 10 times faster.
        probs_CN = logits_NC.T.contiguous().softmax(dim=0)
        shown_KN = probs_CN[1:] if len(probs_CN) == 2 else probs_CN
        probs_KGG = shown_KN.reshape(-1, GRID_SIZE, GRID_SIZE)
        arrays = {
            "probs": quantise_probs(probs_KGG.float().cpu().numpy()),
            "weights": _flat(self._stage.parameters),
            "grad_norm": _layer_norms(self._stage.gradients),
            "batch": batch_B.astype(np.int32),
        }
        if hidden:
            every = slice(self._stride // 2, None, self._stride)
            coarse = [layer.reshape(GRID_SIZE, GRID_SIZE, -1)[every, every] for layer in hidden]
            units_UGG = torch.cat(coarse, dim=2).permute(2, 0, 1).float().cpu().numpy()
            arrays["units"], arrays["unit_scale"] = quantise_units(units_UGG)
        return Snapshot(arrays, self._info)


def _grid(problem: Problem) -> Tensor:
    """Return the pixel centres of the picture (G·G, 2), top row (largest y) first."""
    x_min, x_max, y_min, y_max = problem.points.extent
    centres = (np.arange(GRID_SIZE) + 0.5) / GRID_SIZE
    x_G = x_min + (x_max - x_min) * centres
    y_G = y_max - (y_max - y_min) * centres
    x_GG, y_GG = np.meshgrid(x_G, y_G)
    return torch.from_numpy(np.stack([x_GG.ravel(), y_GG.ravel()], axis=1)).to(problem.dtype)


def _flat(tensors: Sequence[Tensor]) -> np.ndarray:
    joined = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
    return joined.float().cpu().numpy()


def _layer_norms(gradients: Sequence[Tensor]) -> np.ndarray:
    norms = torch.stack(torch._foreach_norm(list(gradients)))
    return norms.square().view(-1, 2).sum(dim=1).sqrt().float().cpu().numpy()
