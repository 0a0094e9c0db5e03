"""What a standalone script of the MNIST MLP does (rdfia_core/scripts); never imported.

N images, D inputs, U units.
"""

import json
import math

import numpy as np
import torch
from torch import Tensor

from rdfia_core.experiments.mnist_mlp.evaluation import MAX_REEVALUATED, hidden_of, sampled
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages.autograd import AutogradStage
from rdfia_core.models.stages.interface import Stage, StageSpec
from rdfia_core.models.stages.manual import ManualStage
from rdfia_core.models.stages.nn_module import NnStage
from rdfia_core.models.stages.optim_stage import OptimStage
from rdfia_core.scripts.images.program import DEVICE, NUM_CLASSES, SEED, measured, train
from rdfia_core.seeding import numpy_rng, seed_default_generators, torch_rng
from rdfia_core.training.image_data import ImagePart, scaled
from rdfia_core.training.pixel_scaling import fit_scaling
from rdfia_core.training.saturation import saturated_share
from rdfia_core.training.stage_training import Evaluator, Split

# %% Settings of the network
# What the run was given, as above.
PIXEL_SCALING: str = "unit"
HIDDEN_LAYERS: tuple[int, ...] = (100,)
ACTIVATION: str = "tanh"
INIT: str = "normal"
DROPOUT: float = 0.0
STAGE: str = "manual"
LOSS: str = "cross_entropy"
REDUCTION: str = "mean"
OPTIMIZER: str = "sgd"
MOMENTUM: float = 0.9
LEARNING_RATE: float = 0.1
BATCH_SIZE: int = 100  # 0: all images at once
WEIGHT_DECAY: float = 0.0
REGULARIZATION: str = "l2"
EPOCHS: int = 100
DTYPE: torch.dtype = torch.float32

# %% Inputs
# An image becomes a row of pixels; how they are scaled is fitted on the training part alone.
scaling = fit_scaling(PIXEL_SCALING, train)


def as_rows(part: ImagePart) -> Split:
    """Return a part as the network receives it, (N, D)."""
    places_N = torch.arange(len(part), device=part.rows_N.device)
    x_NCHW = scaling(scaled(part.images(places_N)))
    rows_ND = x_NCHW.permute(0, 2, 3, 1).flatten(1).to(DTYPE)
    return Split(part.name, rows_ND, part.targets_N)


learned = as_rows(train)
again = learned
if len(train) > MAX_REEVALUATED:
    # Of more images a sample is measured after each epoch.
    chosen = numpy_rng(SEED, "train_now").choice(len(train), MAX_REEVALUATED, replace=False)
    places = torch.from_numpy(np.sort(chosen)).to(DEVICE)
    again = Split("train", learned.inputs_ND[places], learned.targets_N[places])
splits = [again, *(as_rows(part) for part in measured)]

# %% Network
# Its initial weights depend on the seed alone.
sizes = [learned.inputs_ND.shape[1], *HIDDEN_LAYERS, NUM_CLASSES]
weights = init_weights(sizes, INIT, ACTIVATION, torch_rng(SEED, "init"), DTYPE)
weights = [weight.to(DEVICE) for weight in weights]
spec = StageSpec(
    activation=ACTIVATION,
    loss=LOSS,
    reduction=REDUCTION,
    dropout=DROPOUT,
    weight_decay=WEIGHT_DECAY,
    regularization=REGULARIZATION,
    optimizer=OPTIMIZER,
    momentum=MOMENTUM,
)
if STAGE == "manual":
    stage: Stage = ManualStage(weights, spec)
elif STAGE == "autograd":
    stage = AutogradStage(weights, spec)
elif STAGE == "nn":
    stage = NnStage(weights, spec)
else:
    stage = OptimStage(weights, spec)
print(f"{sum(p.numel() for p in stage.parameters):,} weights")

# %% Training
# Every epoch shuffles the images, cuts them into batches, and makes a step for each.
evaluate = Evaluator(stage, splits, LOSS)
HAS_SATURATION: bool = True
if HAS_SATURATION:
    sample_ND: Tensor = sampled(learned.inputs_ND)


def measure() -> dict[str, float]:
    """Return loss and accuracy of every part, and the length of each layer's last gradient."""
    scalars = evaluate()
    if HAS_SATURATION:
        for number, a_NU in enumerate(hidden_of(stage, sample_ND), start=1):
            scalars[f"saturation_{number}"] = saturated_share(a_NU, ACTIVATION)
    norms = torch._foreach_norm(stage.gradients)
    pairs = torch.stack(list(norms)).square().view(-1, 2).sum(dim=1).sqrt().tolist()
    return scalars | {f"grad_norm_{k}": norm for k, norm in enumerate(pairs, start=1)}


def show(epoch: int, scalars: dict[str, float]) -> None:
    """Print one line."""
    words = [f"{k} {v:.4f}" for k, v in scalars.items() if k.endswith(("_loss", "_accuracy"))]
    print(f"epoch {epoch:4d}  " + "  ".join(words))


seed_default_generators(SEED)  # dropout draws from these
order_rng = torch_rng(SEED, "order")
size = BATCH_SIZE or len(train)
scalars = measure()
show(0, scalars)
for epoch in range(1, EPOCHS + 1):
    order = torch.randperm(len(train), generator=order_rng).to(DEVICE)
    inputs_ND, targets_N = learned.inputs_ND[order], learned.targets_N[order]
    for begin in range(0, len(train), size):
        batch = slice(begin, begin + size)
        stage.step(inputs_ND[batch], targets_N[batch], LEARNING_RATE)
    scalars = measure()
    show(epoch, scalars)
    if not math.isfinite(scalars["train_loss"]):
        print("Diverged: the training loss is no longer a number. Try a smaller learning rate.")
        break

# %% Result
# The final values, as the run has them.
scalars |= {"learning_rate": LEARNING_RATE, "batch_size": float(BATCH_SIZE)}
print(json.dumps(scalars))
