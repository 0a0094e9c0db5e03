"""The network of a run as an ONNX file."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.predict import restored
from rdfia_core.training.network_file import FromPixels, note_on_images, written


def export_onnx(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Yield the network of the run as a file; the normalisation is in it."""
    problem, network = restored(config, replace(context, device="cpu"))
    size, channels = problem.input_size, problem.image_set.num_channels
    example_2CSS = torch.zeros(2, channels, size, size)
    note = note_on_images(problem, config.normalization, "CIFAR-10 CNN", "float32")
    pixels = FromPixels(problem.pipeline.normalizer, network)
    yield from written(pixels, example_2CSS, note, config.epochs)
