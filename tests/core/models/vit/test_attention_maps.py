"""What is shown of attention, against timm's extractor, brute force and its own laws."""

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer as TimmTransformer
from timm.utils import AttentionExtract
from torch import Tensor, nn

from rdfia_core.errors import ShapeError
from rdfia_core.models.vit.attention_maps import (
    attention_maps,
    mean_distances,
    position_similarity,
    rollout,
)
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.spec import VitSpec

SPEC = VitSpec(
    image_size=12, in_channels=3, num_classes=5, patch_size=4, embed_dim=24, depth=3, num_heads=4
)


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def pair(rng: torch.Generator) -> tuple[VisionTransformer, TimmTransformer]:
    ours = VisionTransformer(SPEC).eval()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng) * 0.3)
    theirs = TimmTransformer(
        img_size=12, patch_size=4, num_classes=5, embed_dim=24, depth=3, num_heads=4
    ).eval()
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def probs(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=rng).softmax(dim=-1)


def test_equals_what_timm_extracts(rng: torch.Generator) -> None:
    ours, theirs = pair(rng)
    x_1CSS = torch.randn(1, 3, 12, 12, generator=rng)
    maps_LHTT, logits = attention_maps(ours, x_1CSS)
    of_theirs, _ = attention_maps(theirs, x_1CSS)
    for block in theirs.blocks:
        block.attn.fused_attn = False
    extracted = AttentionExtract(theirs, method="fx")(x_1CSS)
    expected = torch.stack([value[0] for value in extracted.values()])
    assert maps_LHTT.shape == (3, 4, 10, 10)
    torch.testing.assert_close(maps_LHTT, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(of_theirs, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(logits, ours(x_1CSS))
    torch.testing.assert_close(maps_LHTT.sum(dim=-1), torch.ones(3, 4, 10))


def test_looking_leaves_no_trace(rng: torch.Generator) -> None:
    ours, theirs = pair(rng)
    ours.train()
    before = {name: value.clone() for name, value in ours.state_dict().items()}
    attention_maps(ours, torch.randn(1, 3, 12, 12, generator=rng))
    attention_maps(theirs, torch.randn(1, 3, 12, 12, generator=rng))
    assert ours.training
    assert not any(m._forward_pre_hooks for m in [*ours.modules(), *theirs.modules()])
    assert all(block.attn.fused_attn for block in theirs.blocks)
    for name, value in ours.state_dict().items():
        assert torch.equal(value, before[name])


def test_refuses_a_network_without_attention() -> None:
    with pytest.raises(ShapeError, match="attention blocks"):
        attention_maps(nn.Sequential(nn.Flatten()), torch.zeros(1, 3, 4, 4))
    with pytest.raises(ShapeError, match="one image"):
        attention_maps(VisionTransformer(SPEC), torch.zeros(2, 3, 12, 12))


def test_rollout_rows_sum_to_one_and_one_block_is_its_mean(rng: torch.Generator) -> None:
    probs_LHTT = probs(rng, 3, 4, 10, 10)
    torch.testing.assert_close(rollout(probs_LHTT).sum(dim=1), torch.ones(10))
    single = rollout(probs_LHTT[:1])
    expected = 0.5 * probs_LHTT[0].mean(dim=0) + 0.5 * torch.eye(10)
    torch.testing.assert_close(single, expected)


def test_rollout_counts_all_paths(rng: torch.Generator) -> None:
    probs_LHTT = probs(rng, 2, 3, 4, 4)
    first, second = (0.5 * p.mean(dim=0) + 0.5 * torch.eye(4) for p in probs_LHTT)
    expected = torch.zeros(4, 4)
    for end in range(4):
        for start in range(4):
            expected[end, start] = sum(second[end, k] * first[k, start] for k in range(4))
    torch.testing.assert_close(rollout(probs_LHTT), expected)


def test_distances_are_means_over_queries_and_keys(rng: torch.Generator) -> None:
    probs_LHTT = probs(rng, 2, 3, 10, 10)
    found_LH = mean_distances(probs_LHTT, grid_size=3, patch_size=4)
    for block in range(2):
        for head in range(3):
            total = 0.0
            for query in range(9):
                row = probs_LHTT[block, head, query + 1, 1:]
                apart = [
                    4 * ((query // 3 - k // 3) ** 2 + (query % 3 - k % 3) ** 2) ** 0.5
                    for k in range(9)
                ]
                total += float((row * torch.tensor(apart)).sum() / row.sum())
            assert found_LH[block, head].item() == pytest.approx(total / 9, rel=1e-5)


def test_a_head_that_looks_at_itself_looks_nowhere_else() -> None:
    eye = torch.eye(9).expand(1, 2, 9, 9)
    assert mean_distances(eye, grid_size=3, patch_size=4).tolist() == [[0.0, 0.0]]


def test_similarity_of_positions_leaves_the_class_token_out(rng: torch.Generator) -> None:
    ours, _ = pair(rng)
    found_NN = position_similarity(ours, 9)
    assert found_NN is not None
    assert ours.pos_embed is not None
    patches = ours.pos_embed[0, 1:]
    for i in range(9):
        for j in range(9):
            expected = torch.cosine_similarity(patches[i], patches[j], dim=0)
            assert found_NN[i, j].item() == pytest.approx(expected.item(), abs=1e-5)
    without = VitSpec(12, 3, 5, 4, 24, 1, 4, pos_embedding="none")
    assert position_similarity(VisionTransformer(without), 9) is None
