"""The catalogue says what timm builds: parameters, work, sizes."""

import pytest
import timm
import torch
from torch.utils.flop_counter import FlopCounterMode

from rdfia_core.models.vit.catalogue import CATALOGUE


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_describes_the_network_that_timm_builds(name: str) -> None:
    known = CATALOGUE[name]
    with torch.device("meta"):  # shapes alone, no memory and no arithmetic
        network = timm.create_model(name).eval()
        images = torch.empty(1, 3, known.image_size, known.image_size)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            logits = network(images)
    assert logits.shape == (1, 1000)
    assert sum(p.numel() for p in network.parameters()) == known.num_parameters
    # PyTorch counts a multiplication and an addition as two.
    assert counter.get_total_flops() / 2 == pytest.approx(known.multiply_adds, rel=0.01)
    assert network.pretrained_cfg["input_size"] == (3, known.image_size, known.image_size)
    patches = getattr(network, "patch_embed", None)
    assert known.patch_size == (patches.patch_size[0] if patches else 0)


def test_every_entry_has_trained_weights_with_a_classifier() -> None:
    for name in CATALOGUE:
        source = timm.get_pretrained_cfg(name)
        assert source is not None
        assert source.has_weights
        assert source.hf_hub_id
        assert source.num_classes == 1000, name
