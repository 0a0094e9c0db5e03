"""The network of a run as an ONNX file: what all labs' tasks of that name have in common.

N images, S pixels a side, C channels, K classes.
"""

import json
from collections.abc import Callable, Iterator, Sequence

from torch import Tensor, nn

from rdfia_core.events import End, EndReason, Event, File, Started, Step
from rdfia_core.models.onnx_file import OPSET, OnnxNote, onnx_file
from rdfia_core.training.image_setup import ImageProblem

NETWORK_FILE = "network.onnx"


class FromPixels(nn.Module):
    """A network and what its run did to pixels before it.

    Args:
        scale: Takes images in [0, 1], as the run's pipeline hands them over.
        network: Takes what `scale` returns.
    """

    def __init__(self, scale: Callable[[Tensor], Tensor], network: nn.Module) -> None:
        super().__init__()
        self.scale = scale
        self.network = network

    def forward(self, x_NCSS: Tensor) -> Tensor:
        """Return the logits (N, K)."""
        logits_NK: Tensor = self.network(self.scale(x_NCSS))
        return logits_NK


def written(network: nn.Module, example: Tensor, note: OnnxNote, epochs: int) -> Iterator[Event]:
    """Yield the file, and what else a short task yields.

    Args:
        network: On the processor.
        example: Two inputs.
        note: What the file says of itself.
        epochs: Of the config; the task's progress is told in them.
    """
    yield Started(sum(p.numel() for p in network.parameters()), "cpu")
    yield Step(0, 0.0)
    yield File(NETWORK_FILE, onnx_file(network, example, note))
    yield Step(1, float(epochs))
    yield End(EndReason.COMPLETED, "", {})


def note_on_images(problem: ImageProblem, scaling: str, title: str, dtype: str) -> OnnxNote:
    """Describe a network that takes images.

    Args:
        problem: Of the run.
        scaling: What is done to pixels in [0, 1] before the network, in a few words.
        title: Of the lab.
        dtype: Of the output.
    """
    image_set = problem.image_set
    size, channels = problem.input_size, image_set.num_channels
    colours = "red, green, blue" if channels == 3 else "grey"
    framing = ""
    if size != image_set.image_size:
        framing = (
            f" Cut the centre of {size} × {size} pixels out of images of {image_set.image_size}."
        )
    description = (
        f"{title}. Input images: float32 (batch, {channels}, {size}, {size}), {colours}, bytes "
        f"divided by 255.{framing} The scaling of the run ({scaling}) is part of the file. Output "
        f"logits: {dtype} (batch, {image_set.num_classes}); their softmax is the probability of "
        "each class."
    )
    facts = {
        "scaling": scaling,
        "input": f"images, bytes / 255, {size} x {size}, {colours}",
        "training_images": image_set.name,
    }
    return OnnxNote("images", description, facts | network_facts(image_set.class_names))


def network_facts(class_names: Sequence[str]) -> dict[str, str]:
    """Return what the metadata of every file hold."""
    return {"class_names": json.dumps(list(class_names)), "opset": str(OPSET)}
