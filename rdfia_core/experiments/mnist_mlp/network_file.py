"""The network of a run as an ONNX file, whatever stage has trained it."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.predict import restored
from rdfia_core.models.stages.nn_module import build_network
from rdfia_core.training.network_file import FromPixels, note_on_images, written
from rdfia_core.training.stage_setup import stage_spec

WORDS = {"raw": "0 to 255", "unit": "0 to 1", "standard": "standardised by channel"}


def export_onnx(config: MnistMlpConfig, context: Context) -> Iterator[Event]:
    """Yield the network of the run as a file; scaling and flattening are in it."""
    problem, stage = restored(config, replace(context, device="cpu"))
    images = problem.images

    def rows(x_NCSS: Tensor) -> Tensor:
        return problem.flat(images.pipeline.normalizer(x_NCSS))

    network = FromPixels(rows, build_network(stage.parameters, stage_spec(config)))
    size, channels = images.image_set.image_size, images.image_set.num_channels
    example_2CSS = torch.zeros(2, channels, size, size)
    note = note_on_images(images, WORDS[config.pixel_scaling], "MNIST MLP", config.dtype)
    yield from written(network, example_2CSS, note, config.epochs)
