"""How standalone scripts of the image labs train (rdfia_core/scripts); never imported.

B images of a batch, K classes. `network` and `layers` are the lab's.
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rdfia_core.models.vit.transfer import layer_scales
from rdfia_core.scripts.image_training.network import layers, network
from rdfia_core.scripts.images.program import DEVICE, SEED, measured, train
from rdfia_core.seeding import numpy_rng, stream_seed, torch_rng
from rdfia_core.training.alterations import (
    add_noise,
    blur,
    draw_angles,
    draw_color_factors,
    draw_erased_boxes,
    draw_noise,
    draw_sigmas,
    erase,
    jitter_color,
    rotate,
)
from rdfia_core.training.early_stopping import EarlyStopping
from rdfia_core.training.framing import centre_crop, crop_and_flip
from rdfia_core.training.image_data import ImagePart, scaled
from rdfia_core.training.mixing import (
    draw_cutmix,
    draw_either,
    draw_mixup,
    mix,
    soft_cross_entropy,
)
from rdfia_core.training.normalization import Normalizer
from rdfia_core.training.optimizers import build_optimizer, set_learning_rate
from rdfia_core.training.schedules import learning_rate_at

# %% Settings of the training
# What the run was given, as above.
INPUT_SIZE: int = 32  # pixels a side of what the network sees
NORMALIZATION: str = "per_channel"
OPTIMIZER: str = "sgd"
MOMENTUM: float = 0.9
LEARNING_RATE: float = 0.1
WEIGHT_DECAY: float = 0.0
SCHEDULE: str = "constant"
WARMUP_EPOCHS: float = 0.0
LAYER_DECAY: float = 1.0  # factor of the learning rate from each layer to the one below
LABEL_SMOOTHING: float = 0.0
BATCH_SIZE: int = 32
EPOCHS: int = 30
PATIENCE: int = 0  # epochs without a lower validation loss
PRECISION: str = "float32"
COMPILE: bool = False
DOES_CROP: bool = False
DOES_FLIP: bool = False
DOES_ROTATION: bool = False
DOES_COLOR: bool = False
DOES_BLUR: bool = False
DOES_NOISE: bool = False
DOES_ERASING: bool = False
MIXING: str = ""
IS_FITTED: bool = True
IS_SCHEDULED: bool = False
SETS_RATE: bool = False

# %% Inputs
# From bytes to what the network receives. What is fitted is fitted on the training part alone.
if NORMALIZATION != "none":
    if IS_FITTED:
        places = torch.arange(len(train), device=DEVICE)
    else:
        places = torch.arange(1, device=DEVICE)
    if DOES_CROP:
        normalize = Normalizer.fit(NORMALIZATION, centre_crop(train.images(places), INPUT_SIZE))
    else:
        normalize = Normalizer.fit(NORMALIZATION, train.images(places))
augmentation_rng = torch.Generator(device=DEVICE)
augmentation_rng.manual_seed(stream_seed(SEED, "augmentation"))


def altered(x_BCHW: Tensor) -> Tensor:
    """Return a batch of bytes as floats, with what is drawn anew each time they are seen."""
    if DOES_CROP or DOES_FLIP:
        x_BCHW = crop_and_flip(x_BCHW, INPUT_SIZE, DOES_CROP, DOES_FLIP, augmentation_rng)
    x_BCHW = scaled(x_BCHW)
    if DOES_ROTATION:
        x_BCHW = rotate(x_BCHW, draw_angles(len(x_BCHW), augmentation_rng))
    if DOES_COLOR:
        x_BCHW = jitter_color(x_BCHW, draw_color_factors(len(x_BCHW), augmentation_rng))
    if DOES_BLUR:
        x_BCHW = blur(x_BCHW, draw_sigmas(len(x_BCHW), augmentation_rng))
    if DOES_NOISE:
        x_BCHW = add_noise(x_BCHW, draw_noise(x_BCHW, augmentation_rng))
    if DOES_ERASING:
        x_BCHW = erase(x_BCHW, draw_erased_boxes(len(x_BCHW), INPUT_SIZE, augmentation_rng))
    return x_BCHW


def for_measuring(x_BCHW: Tensor) -> Tensor:
    """Prepare images that are not trained on: nothing is drawn."""
    if DOES_CROP:
        x_BCHW = centre_crop(x_BCHW, INPUT_SIZE)
    x_BCHW = scaled(x_BCHW)
    if NORMALIZATION != "none":
        x_BCHW = normalize(x_BCHW)
    return x_BCHW


def answers(x_BCHW: Tensor) -> Tensor:
    """Return the logits (B, K)."""
    if PRECISION == "bfloat16":
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            logits_BK: Tensor = network(x_BCHW)
    else:
        logits_BK = network(x_BCHW)
    return logits_BK


# %% Measuring
# After each epoch: losses and accuracies without dropout and augmentation, lengths of gradients.
CHUNK = 512  # images at once
MAX_AGAIN = 5_000  # training images that are measured again
again = np.arange(len(train))
if len(train) > MAX_AGAIN:
    rng = numpy_rng(SEED, "train_now")
    again = np.sort(rng.choice(len(train), MAX_AGAIN, replace=False))
measured = [train.subset("train_now", again), *measured]


@torch.no_grad()
def measure(part: ImagePart) -> tuple[float, float]:
    """Return mean cross-entropy in nats, and the share of right answers."""
    network.eval()
    losses, predictions = [], []
    for begin in range(0, len(part), CHUNK):
        places_B = torch.arange(begin, min(begin + CHUNK, len(part)), device=DEVICE)
        logits_BK = answers(for_measuring(part.images(places_B))).float()
        losses.append(F.cross_entropy(logits_BK, part.targets(places_B), reduction="sum"))
        predictions.append(logits_BK.softmax(dim=1).max(dim=1).indices)
    network.train()
    loss = float(torch.stack(losses).cpu().double().sum()) / len(part)
    num_wrong = int((torch.cat(predictions) != part.targets_N).sum())
    return loss, 1 - num_wrong / len(part) if math.isfinite(loss) else math.nan


def gradient_norms() -> dict[str, float]:
    """Return the length of each layer's last gradient."""
    numbers, gradients = [], []
    for k, weights in enumerate(layers, start=1):
        found = [p.grad for p in weights if p.grad is not None]
        numbers += [k] * len(found)
        gradients += found
    squares: dict[int, float] = {}
    if gradients:
        norms = torch.stack(list(torch._foreach_norm(gradients))).tolist()
        for k, norm in zip(numbers, norms, strict=True):
            squares[k] = squares.get(k, 0.0) + norm * norm
    return {f"grad_norm_{k}": math.sqrt(square) for k, square in squares.items()}


def show(epoch: int, scalars: dict[str, float]) -> None:
    """Print one line."""
    words = [f"{k} {v:.4f}" for k, v in scalars.items() if k.endswith(("_loss", "_accuracy"))]
    print(f"epoch {epoch:3d}  " + "  ".join(words))


# %% Training
# Every epoch shuffles the images, cuts them into batches, and makes a step for each.
network = network.to(DEVICE).to(memory_format=torch.channels_last)
if LAYER_DECAY != 1.0:
    optimizer = build_optimizer(
        OPTIMIZER,
        network,
        learning_rate=LEARNING_RATE,
        momentum=MOMENTUM,
        weight_decay=WEIGHT_DECAY,
        scale_of=layer_scales(network, LAYER_DECAY),
    )
else:
    optimizer = build_optimizer(
        OPTIMIZER,
        network,
        learning_rate=LEARNING_RATE,
        momentum=MOMENTUM,
        weight_decay=WEIGHT_DECAY,
    )
if COMPILE:
    network.compile(mode="reduce-overhead" if DEVICE == "cuda" else "default")
if PATIENCE:
    stopping = EarlyStopping(PATIENCE)
print(f"{sum(p.numel() for p in network.parameters()):,} weights")

order_rng = torch_rng(SEED, "order")
if IS_SCHEDULED:
    steps_per_epoch = -(-len(train) // BATCH_SIZE)
    step = 0
rate = LEARNING_RATE
scalars: dict[str, float] = {}
for part in measured:
    scalars[f"{part.name}_loss"], scalars[f"{part.name}_accuracy"] = measure(part)
show(0, scalars)
network.train()
for epoch in range(1, EPOCHS + 1):
    order = torch.randperm(len(train), generator=order_rng)
    # Loss times B, and right answers, of each batch before its own update.
    sums_2 = torch.zeros(
        2, dtype=torch.float32 if DEVICE == "mps" else torch.float64, device=DEVICE
    )
    for begin in range(0, len(train), BATCH_SIZE):
        places_B = order[begin : begin + BATCH_SIZE].to(DEVICE)
        x_BCHW, target_B = altered(train.images(places_B)), train.targets(places_B)
        if MIXING == "mixup":
            x_BCHW, mixed = mix(x_BCHW, target_B, draw_mixup(len(x_BCHW), augmentation_rng))
        elif MIXING == "cutmix":
            drawn = draw_cutmix(len(x_BCHW), INPUT_SIZE, augmentation_rng)
            x_BCHW, mixed = mix(x_BCHW, target_B, drawn)
        elif MIXING:
            drawn = draw_either(len(x_BCHW), INPUT_SIZE, augmentation_rng)
            x_BCHW, mixed = mix(x_BCHW, target_B, drawn)
        if NORMALIZATION != "none":
            x_BCHW = normalize(x_BCHW)
        if IS_SCHEDULED:
            rate = learning_rate_at(
                step,
                schedule=SCHEDULE,
                base=LEARNING_RATE,
                num_steps=EPOCHS * steps_per_epoch,
                steps_per_epoch=steps_per_epoch,
                warmup_epochs=WARMUP_EPOCHS,
            )
            step += 1
        if SETS_RATE:
            set_learning_rate(optimizer, rate)
        logits_BK = answers(x_BCHW)
        if MIXING:
            loss = soft_cross_entropy(logits_BK.float(), mixed, LABEL_SMOOTHING)
            main_B = mixed.main
        else:
            loss = F.cross_entropy(logits_BK.float(), target_B, label_smoothing=LABEL_SMOOTHING)
            main_B = target_B
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            hits = (logits_BK.argmax(dim=1) == main_B).sum()
            sums_2 += torch.stack([loss.detach() * len(places_B), hits]).to(sums_2)
    train_loss, train_accuracy = (sums_2 / len(train)).tolist()
    scalars = {"train_loss": train_loss, "train_accuracy": train_accuracy}
    for part in measured:
        scalars[f"{part.name}_loss"], scalars[f"{part.name}_accuracy"] = measure(part)
    scalars |= {"learning_rate": rate, **gradient_norms()}
    show(epoch, scalars)
    if not math.isfinite(train_loss):
        print("Diverged: the training loss is no longer a number. Try a smaller learning rate.")
        break
    if PATIENCE:
        stopping.observe(epoch, scalars, network)
        if stopping.is_time:
            print(f"Stopped early: the validation loss has not fallen for {PATIENCE} epochs.")
            break
if PATIENCE:
    scalars = stopping.restore_best(network)

# %% Result
# The final values, as the run has them.
print(json.dumps(scalars))
