"""How well a network does on images it is not trained on at this moment. N images, K classes."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rdfia_core.events import Pulse
from rdfia_core.training.image_data import ImagePart, Pipeline
from rdfia_core.training.precision import autocast

CHUNK = 512  # images a pass; a processor takes a tenth of a second for it
MAX_MISTAKES = 24

Array = np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What a network answers to one part, read from the device.

    Args:
        part: Its name.
        count: N.
        loss: Mean cross-entropy in nats.
        accuracy: Fraction in [0, 1]; NaN if the loss is not finite.
        confusion_KK: Images by true class (row) and predicted class (column), int64.
        mistakes_M3: Row in the data set, true and predicted class of the wrong answers that the
            network was surest of, surest first, int64.
        mistake_probs_M: Probability that it gave them, float32.
    """

    part: str
    count: int
    loss: float
    accuracy: float
    confusion_KK: Array
    mistakes_M3: Array
    mistake_probs_M: Array


def evaluate(
    network: nn.Module,
    parts: Sequence[ImagePart],
    pipeline: Pipeline,
    *,
    num_classes: int,
    device: str,
    precision: str,
) -> Generator[Pulse, None, dict[str, Outcome]]:
    """Run every part through the network once, without gradients, dropout and augmentation.

    Yields a `Pulse` after each chunk, so that a stop need not wait for the end.

    Returns:
        What came out, by the part's name.
    """
    outcomes = {}
    for part in parts:
        losses, predictions, sureties = [], [], []
        for begin in range(0, len(part), CHUNK):
            places_B = torch.arange(begin, min(begin + CHUNK, len(part)), device=part.rows_N.device)
            logits_BK = predict(network, pipeline.at_test(part.images(places_B)), device, precision)
            losses.append(F.cross_entropy(logits_BK, part.targets(places_B), reduction="sum"))
            surety_B, prediction_B = logits_BK.softmax(dim=1).max(dim=1)
            predictions.append(prediction_B)
            sureties.append(surety_B)
            yield Pulse()
        outcomes[part.name] = outcome_of(
            part, torch.stack(losses), torch.cat(predictions), torch.cat(sureties), num_classes
        )
    return outcomes


def predict(network: nn.Module, x_BCHW: Tensor, device: str, precision: str) -> Tensor:
    """Return the logits (B, K), float32, with the network in evaluation mode meanwhile."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad(), autocast(device, precision):
            logits_BK: Tensor = network(x_BCHW)
    finally:
        network.train(was_training)
    return logits_BK.float()


def outcome_of(
    part: ImagePart, losses: Tensor, prediction_N: Tensor, surety_N: Tensor, num_classes: int
) -> Outcome:
    """Read from the device what a network answered to a part.

    Args:
        part: Of N images.
        losses: Cross-entropies in nats, summed over the images in any pieces.
        prediction_N: Predicted classes.
        surety_N: Their probabilities.
        num_classes: K.
    """
    target_N = part.targets_N
    pair_N = target_N * num_classes + prediction_N
    confusion = torch.bincount(pair_N, minlength=num_classes**2).cpu().numpy()
    wrong_N = torch.where(prediction_N == target_N, -1.0, surety_N)
    num_wrong = int(len(part) - confusion.reshape(num_classes, -1).trace())
    place_M = wrong_N.topk(min(MAX_MISTAKES, num_wrong)).indices
    columns = [target_N[place_M], prediction_N[place_M]]
    mistakes = torch.stack(columns, dim=1).cpu().numpy()
    rows = part.set_rows_N[place_M.cpu().numpy()]
    loss = float(losses.cpu().double().sum()) / len(part)
    accuracy = 1 - num_wrong / len(part)
    return Outcome(
        part.name,
        len(part),
        loss,
        # A network that has become NaN predicts nothing, whatever argmax makes of it.
        accuracy if math.isfinite(loss) else math.nan,
        confusion.reshape(num_classes, num_classes),
        np.concatenate([rows[:, None], mistakes], axis=1),
        surety_N[place_M].float().cpu().numpy(),
    )
