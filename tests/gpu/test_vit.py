"""The transformer lab on a GPU: it learns, and its attention is that of a processor."""

import dataclasses
from pathlib import Path

import pytest
import torch

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.events import Metrics, Step
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.models.vit.attention_maps import attention_maps
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.spec import VitSpec

VIT = experiment_named("vit")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_learns_and_its_pictures_can_be_taken(
    precision: str, tmp_path: Path, device: str
) -> None:
    library = ImageLibrary(tmp_path, None)
    config = VitConfig.build({"epochs": 15, "precision": precision, "device": device})
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    context = dataclasses.replace(Context(device, tmp_path, library=library), live=live)
    last: Metrics | None = None
    for event in VIT.load_task("train")(config, context):
        if isinstance(event, Metrics) and "test_accuracy" in event.scalars:
            last = event
        if isinstance(event, Step) and event.snapshot and event.step % 100 == 0:
            assert event.snapshot().arrays["attention"].shape == (2, 4, 17, 17)
    assert last is not None
    assert last.scalars["test_accuracy"] > 0.8


def test_attention_is_that_of_the_processor(device: str) -> None:
    network = VisionTransformer(VitSpec(12, 3, 5, 4, 24, 3, 4)).eval()
    x_1CSS = torch.randn(1, 3, 12, 12)
    here, _ = attention_maps(network, x_1CSS)
    there, _ = attention_maps(network.to(device), x_1CSS.to(device))
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-4)
