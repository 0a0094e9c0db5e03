"""What a standalone script of the circle MLP does (rdfia_core/scripts); never imported.

N points, D inputs, C classes.
"""

import json
import math

import numpy as np
import torch

from rdfia_core.data.points import make_points
from rdfia_core.models.features import expand
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages.autograd import AutogradStage
from rdfia_core.models.stages.interface import Stage, StageSpec
from rdfia_core.models.stages.manual import ManualStage
from rdfia_core.models.stages.nn_module import NnStage
from rdfia_core.models.stages.optim_stage import OptimStage
from rdfia_core.seeding import seed_default_generators, torch_rng
from rdfia_core.training.stage_training import Evaluator, Split

# %% Settings
# What the run was given. Change numbers and run it again; what a name, a 0 or a switch decides
# is worked into the code below already.
DATASET: str = "circles"
NUM_POINTS: int = 400
NOISE: float = 0.2  # standard deviation
CLASS_BALANCE: float = 1.0
NUM_BLOBS: int = 3
VAL_FRACTION: float = 0.0
TEST_FRACTION: float = 0.5
FEATURES: tuple[str, ...] = ()  # functions of the coordinates, given besides them
HIDDEN_LAYERS: tuple[int, ...] = (10,)
ACTIVATION: str = "tanh"
INIT: str = "normal"
DROPOUT: float = 0.0
STAGE: str = "manual"
LOSS: str = "cross_entropy"
REDUCTION: str = "sum"
OPTIMIZER: str = "sgd"
MOMENTUM: float = 0.9
LEARNING_RATE: float = 0.03
BATCH_SIZE: int = 10  # 0: all points at once
WEIGHT_DECAY: float = 0.0
REGULARIZATION: str = "l2"
EPOCHS: int = 150
SEED: int = 0
DTYPE: torch.dtype = torch.float32
DEVICE: str = "cpu"
NUM_THREADS: int = 1  # sums are rounded in another order with another number

torch.set_num_threads(NUM_THREADS)

# %% Data
# The points of the plane in three parts; only the first is trained on.
IS_CARRIED: bool = False
CARRIED_POINTS: dict[str, list[tuple[float, float, int]]] = {}
if IS_CARRIED:
    # The run's own points, as they were divided: x, y, class.
    parts = {
        name: (
            np.array([point[:2] for point in points]),
            np.array([point[2] for point in points]),
        )
        for name, points in CARRIED_POINTS.items()
    }
    num_classes = max(int(y_N.max()) for _, y_N in parts.values()) + 1
else:
    drawn = make_points(
        DATASET,
        num_points=NUM_POINTS,
        noise=NOISE,
        class_balance=CLASS_BALANCE,
        num_classes=NUM_BLOBS,
        val_fraction=VAL_FRACTION,
        test_fraction=TEST_FRACTION,
        seed=SEED,
    )
    num_classes = drawn.num_classes
    parts = {"train": (drawn.x_train, drawn.y_train)}
    if VAL_FRACTION:
        parts["val"] = (drawn.x_val, drawn.y_val)
    if TEST_FRACTION:
        parts["test"] = (drawn.x_test, drawn.y_test)

splits = []
for name, (x_N2, y_N) in parts.items():
    inputs_ND = torch.from_numpy(x_N2).to(DTYPE)
    if FEATURES:
        inputs_ND = expand(inputs_ND, FEATURES)
    splits.append(Split(name, inputs_ND.to(DEVICE), torch.from_numpy(y_N).to(DEVICE)))
train = splits[0]

# %% Network
# Its initial weights depend on the seed alone.
sizes = [train.inputs_ND.shape[1], *HIDDEN_LAYERS, num_classes]
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
# Every epoch shuffles the points, cuts them into batches, and makes a step for each.
evaluate = Evaluator(stage, splits, LOSS)


def measure() -> dict[str, float]:
    """Return loss and accuracy of every part, and the length of each layer's last gradient."""
    scalars = evaluate()
    norms = torch._foreach_norm(stage.gradients)
    pairs = torch.stack(list(norms)).square().view(-1, 2).sum(dim=1).sqrt().tolist()
    return scalars | {f"grad_norm_{k}": norm for k, norm in enumerate(pairs, start=1)}


def show(epoch: int, scalars: dict[str, float]) -> None:
    """Print one line."""
    words = [f"{k} {v:.4f}" for k, v in scalars.items() if k.endswith(("_loss", "_accuracy"))]
    print(f"epoch {epoch:4d}  " + "  ".join(words))


seed_default_generators(SEED)  # dropout draws from these
order_rng = torch_rng(SEED, "order")
num_train = len(train.targets_N)
size = BATCH_SIZE or num_train
scalars = measure()
show(0, scalars)
for epoch in range(1, EPOCHS + 1):
    order = torch.randperm(num_train, generator=order_rng).to(DEVICE)
    inputs_ND, targets_N = train.inputs_ND[order], train.targets_N[order]
    for begin in range(0, num_train, size):
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
