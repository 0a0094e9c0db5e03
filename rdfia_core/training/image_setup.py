"""From a config of an image lab to what the training loop needs. K classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.errors import ConfigError
from rdfia_core.events import Snapshot, Suggestion
from rdfia_core.seeding import numpy_rng, stream_seed, torch_rng
from rdfia_core.training.augmentation import Augmentation
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.early_stopping import EarlyStopping
from rdfia_core.training.image_config import MAX_LEARNING_RATE, ImageConfig
from rdfia_core.training.image_data import ImagePart, Pipeline, resident_part
from rdfia_core.training.image_diagnosis import ImageDiagnosis
from rdfia_core.training.image_evaluation import Outcome
from rdfia_core.training.image_set_config import ImageSetConfig
from rdfia_core.training.image_training import MAX_REEVALUATED, ImageTask, ImageTraining
from rdfia_core.training.normalization import Normalizer
from rdfia_core.training.optimizers import build_optimizer
from rdfia_core.training.schedules import learning_rate_at

_FITTED = ("per_channel", "zca")


@dataclass(frozen=True)
class ImageProblem:
    """The data of a config: parts on the device, and the way into the network.

    Args:
        image_set: Where they come from.
        train: Training part.
        val: Validation part, None if there is none.
        test: Test part.
        pipeline: From bytes to inputs.
        device: cpu, cuda or mps.
    """

    image_set: ImageSet
    train: ImagePart
    val: ImagePart | None
    test: ImagePart
    pipeline: Pipeline
    device: str

    @property
    def input_size(self) -> int:
        """Pixels a side of what the network sees."""
        return self.pipeline.augmentation.output_size

    @property
    def pictured(self) -> ImagePart:
        """The part whose mistakes are shown: choosing settings by the test part would spoil it."""
        return self.test if self.val is None else self.val


def build_problem(config: ImageConfig, image_set: ImageSet, device: str) -> ImageProblem:
    """Split the set by the seed, put it on the device, fit the normalisation on the training part.

    Raises:
        ConfigError: If the set has not that many images, or not the channels that are needed.
    """
    parts = image_parts(config, image_set, device)
    if config.batch_size > len(parts["train"]):
        raise ConfigError(
            f"The 'batch_size' parameter must be at most {len(parts['train']):,}, the number of "
            f"training images. Got {config.batch_size}.",
            "batch_size",
        )
    augmentation = Augmentation(config.augmentation_names, image_set.image_size)
    normalizer = fit_normalizer(config.normalization, parts["train"], augmentation)
    rng = torch.Generator(device=device).manual_seed(stream_seed(config.seed, "augmentation"))
    pipeline = Pipeline(augmentation, normalizer, rng)
    return ImageProblem(
        image_set, parts["train"], parts.get("val"), parts["test"], pipeline, device
    )


def image_parts(config: ImageSetConfig, image_set: ImageSet, device: str) -> dict[str, ImagePart]:
    """Split a set by the seed and put it on the device: train, test, and val where there is one.

    Raises:
        ConfigError: If the set has not that many images.
    """
    rows, val_rows = choose_rows(
        image_set.y_train, num_train=config.num_train, num_val=config.num_val, seed=config.seed
    )
    return {
        name: resident_part(name, x, y, part_rows, device)
        for name, x, y, part_rows in (
            ("train", image_set.x_train, image_set.y_train, rows),
            ("val", image_set.x_train, image_set.y_train, val_rows),
            ("test", image_set.x_test, image_set.y_test, np.arange(image_set.num_test)),
        )
        if len(part_rows)
    }


def fit_normalizer(kind: str, train: ImagePart, augmentation: Augmentation) -> Normalizer:
    """Fit a normalisation on the training part, framed as at test time."""
    count = len(train) if kind in _FITTED else 1
    places = torch.arange(count, device=train.rows_N.device)
    return Normalizer.fit(kind, augmentation.at_test(train.images(places)))


def build_training(
    config: ImageConfig,
    problem: ImageProblem,
    network: nn.Module,
    *,
    live: Mapping[str, float],
    picture: Callable[[Outcome | None, float], Snapshot] | None,
    layers: Sequence[Sequence[nn.Parameter]] | None = None,
    scale_of: Callable[[str], float] = lambda _: 1.0,
    evaluates_epochs: bool = True,
) -> ImageTraining:
    """Put a network into the training loop.

    Args:
        config: Of the run.
        problem: Of that config.
        network: With its initial weights, anywhere.
        live: Live hyperparameters as they are now.
        picture: As in `ImageTraining`; without pictures nobody looks on, and nothing is diagnosed.
        layers: As in `ImageTask`; None for each weight matrix by itself.
        scale_of: As in `build_optimizer`.
        evaluates_epochs: As in `ImageTraining`.
    """
    has_pictures = picture is not None
    num_classes = problem.image_set.num_classes
    return ImageTraining(
        build_task(config, problem, network, layers=layers, scale_of=scale_of),
        BatchOrder(len(problem.train), torch_rng(config.seed, "order")),
        live=live,
        picture=picture,
        diagnosis=build_diagnosis(config, problem.train, num_classes) if has_pictures else None,
        stopping=EarlyStopping(config.patience) if config.patience else None,
        evaluates_epochs=evaluates_epochs,
    )


def build_task(
    config: ImageConfig,
    problem: ImageProblem,
    network: nn.Module,
    *,
    layers: Sequence[Sequence[nn.Parameter]] | None = None,
    scale_of: Callable[[str], float] = lambda _: 1.0,
) -> ImageTask:
    """Put a network and the data of a config together; arguments as in `build_training`."""
    network = network.to(problem.device).to(memory_format=torch.channels_last)
    optimizer = build_optimizer(
        config.optimizer,
        network,
        learning_rate=config.learning_rate,
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        scale_of=scale_of,
    )
    if layers is None:
        layers = [[p] for p in network.parameters() if p.dim() > 1]
    return ImageTask(
        network=compiled(network, problem.device) if config.compile else network,
        train=problem.train,
        evaluated=_evaluated(config, problem),
        pictured=problem.pictured.name,
        pipeline=problem.pipeline,
        optimizer=optimizer,
        layers=layers,
        learning_rate_at=_schedule(config, len(problem.train)),
        batch_size=config.batch_size,
        epochs=config.epochs,
        label_smoothing=config.label_smoothing,
        num_classes=problem.image_set.num_classes,
        device=problem.device,
        precision=config.precision,
    )


def compiled(network: nn.Module, device: str) -> nn.Module:
    """Compile a network in place; on a GPU its kernels are replayed as CUDA graphs."""
    network.compile(mode="reduce-overhead" if device.startswith("cuda") else "default")
    return network


def _evaluated(config: ImageConfig, problem: ImageProblem) -> tuple[ImagePart, ...]:
    train = problem.train
    places = np.arange(len(train))
    if len(train) > MAX_REEVALUATED:
        rng = numpy_rng(config.seed, "train_now")
        places = np.sort(rng.choice(len(train), MAX_REEVALUATED, replace=False))
    parts = [train.subset("train_now", places), problem.val, problem.test]
    return tuple(part for part in parts if part is not None)


def _schedule(config: ImageConfig, num_train: int) -> Callable[[int, float], float]:
    steps_per_epoch = -(-num_train // config.batch_size)

    def rate(step: int, base: float) -> float:
        return learning_rate_at(
            step,
            schedule=config.schedule,
            base=base,
            num_steps=config.epochs * steps_per_epoch,
            steps_per_epoch=steps_per_epoch,
            warmup_epochs=config.warmup_epochs,
        )

    return rate


def build_diagnosis(config: ImageConfig, train: ImagePart, num_classes: int) -> ImageDiagnosis:
    """Make what watches a run of this config."""
    counts = torch.bincount(train.targets_N, minlength=num_classes)
    names = ["crop", "flip"]
    wanted = [
        Suggestion("Crop and flip", {"augmentation": "crop,flip"}),
        Suggestion("Weight decay 0.0005", {"weight_decay": 0.0005}),
        Suggestion("Stop early", {"patience": 5}),
    ]
    in_use = [
        set(names) <= set(config.augmentation_names),
        config.weight_decay > 0,
        config.patience > 0 or not config.num_val,
    ]
    remedies = tuple(s for s, used in zip(wanted, in_use, strict=True) if not used)
    return ImageDiagnosis(
        learning_rate=config.learning_rate,
        num_classes=num_classes,
        majority_share=float(counts.max()) / len(train),
        max_learning_rate=MAX_LEARNING_RATE,
        remedies=remedies,
    )
