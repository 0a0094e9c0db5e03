"""The network against timm's, PyTorch's attention, and the closed form of its size."""

import math

import pytest
import torch
import torch.nn.functional as F
from timm.models.vision_transformer import VisionTransformer as TimmTransformer
from torch import Tensor, nn

from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.parts import (
    Attention,
    AttentionHead,
    Block,
    DropPath,
    PatchEmbedding,
    sinusoidal_positions,
)
from rdfia_core.models.vit.spec import VitSpec, divisors, multiply_adds, num_parameters

SMALL = VitSpec(
    image_size=12, in_channels=3, num_classes=5, patch_size=4, embed_dim=24, depth=3, num_heads=4
)
VARIANTS = [
    (pool, positions)
    for pool in ("class_token", "mean")
    for positions in ("none", "sinusoidal", "learned")
]


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def changed(spec: VitSpec, **values: object) -> VitSpec:
    fields = {name: getattr(spec, name) for name in VitSpec.__slots__}
    return VitSpec(**{**fields, **values})


def randomised(network: nn.Module, rng: torch.Generator) -> nn.Module:
    """Give every parameter a value that matters, biases and scales included."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng) * 0.3)
    return network.eval()


@pytest.mark.parametrize(("pool", "positions"), VARIANTS)
def test_equals_timm_on_the_same_weights(pool: str, positions: str, rng: torch.Generator) -> None:
    spec = changed(SMALL, pool=pool, pos_embedding=positions)
    ours = randomised(VisionTransformer(spec), rng)
    theirs = TimmTransformer(
        img_size=12, patch_size=4, num_classes=5, embed_dim=24, depth=3, num_heads=4,
        class_token=pool == "class_token", global_pool="token" if pool == "class_token" else "avg",
        pos_embed="none" if positions == "none" else "learn", fc_norm=False,
    ).eval()  # fmt: skip
    weights = dict(ours.state_dict())
    if positions == "sinusoidal":
        assert isinstance(ours, VisionTransformer)
        assert ours.pos_embed is not None
        weights["pos_embed"] = ours.pos_embed
    theirs.load_state_dict(weights)
    x_BCSS = torch.randn(6, 3, 12, 12, generator=rng)
    torch.testing.assert_close(ours(x_BCSS), theirs(x_BCSS), rtol=1e-5, atol=1e-5)


def test_attention_equals_pytorchs(rng: torch.Generator) -> None:
    ours = randomised(Attention(24, 4), rng)
    theirs = nn.MultiheadAttention(24, 4, batch_first=True).eval()
    theirs.load_state_dict(
        {
            "in_proj_weight": ours.qkv.weight, "in_proj_bias": ours.qkv.bias,
            "out_proj.weight": ours.proj.weight, "out_proj.bias": ours.proj.bias,
        }
    )  # fmt: skip
    x_BTD = torch.randn(5, 7, 24, generator=rng)
    expected_BTD, _ = theirs(x_BTD, x_BTD, x_BTD)
    torch.testing.assert_close(ours(x_BTD), expected_BTD, rtol=1e-5, atol=1e-5)


def test_several_heads_are_single_heads_side_by_side(rng: torch.Generator) -> None:
    together = randomised(Attention(12, 3), rng)
    x_BTD = torch.randn(2, 5, 12, generator=rng)
    results = []
    for number in range(3):
        rows = slice(4 * number, 4 * number + 4)
        head = AttentionHead(12, 4)
        for name, part in zip(("query", "key", "value"), range(3), strict=True):
            linear = getattr(head, name)
            linear.weight.data = together.qkv.weight.data.view(3, 12, 12)[part][rows]
            linear.bias.data = together.qkv.bias.data.view(3, 12)[part][rows]
        results.append(head(x_BTD))
    joined_BTD = together.proj(torch.cat(results, dim=-1))
    torch.testing.assert_close(together(x_BTD), joined_BTD, rtol=1e-5, atol=1e-5)


def test_a_head_equals_pytorchs_function(rng: torch.Generator) -> None:
    head = randomised(AttentionHead(6, 3), rng)
    x_BTD = torch.randn(2, 5, 6, generator=rng)
    expected = F.scaled_dot_product_attention(head.query(x_BTD), head.key(x_BTD), head.value(x_BTD))
    torch.testing.assert_close(head(x_BTD), expected, rtol=1e-5, atol=1e-5)


def test_patches_are_cut_row_by_row_and_mapped_alike(rng: torch.Generator) -> None:
    embedding = randomised(PatchEmbedding(2, 3, 5), rng)
    x_BCSS = torch.randn(2, 3, 6, 6, generator=rng)
    tokens_BND = embedding(x_BCSS)
    assert tokens_BND.shape == (2, 9, 5)
    row, column = 2, 1
    patch = x_BCSS[1, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].flatten()
    expected = embedding.proj.weight.flatten(1) @ patch + embedding.proj.bias
    torch.testing.assert_close(tokens_BND[1, 3 * row + column], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("pool", "positions"), VARIANTS)
def test_counts_parameters_in_closed_form(pool: str, positions: str) -> None:
    spec = changed(SMALL, pool=pool, pos_embedding=positions, mlp_ratio=2.5)
    network = VisionTransformer(spec)
    assert num_parameters(spec) == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("dim", "heads", "count"), [(192, 3, 5_717_416), (384, 6, 22_050_664), (768, 12, 86_567_656)]
)
def test_counts_the_papers_networks(dim: int, heads: int, count: int) -> None:
    # Tiny, small, base: H. Touvron et al., Training data-efficient image transformers, 2021.
    spec = VitSpec(224, 3, 1000, 16, embed_dim=dim, depth=12, num_heads=heads)
    assert num_parameters(spec) == count


def test_counts_the_multiplications_that_are_made() -> None:
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415  slow to import

    network = VisionTransformer(SMALL).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 12, 12))
    assert multiply_adds(SMALL) == counter.get_total_flops() / 2


@pytest.mark.parametrize("pool", ["class_token", "mean"])
def test_order_of_the_patches_counts_only_with_positions(pool: str, rng: torch.Generator) -> None:
    order_N = torch.randperm(9, generator=rng)
    x_BCSS = torch.randn(4, 3, 12, 12, generator=rng).double()
    shuffled = _with_patches_moved(x_BCSS, order_N, 4)
    for positions in ("none", "sinusoidal", "learned"):
        spec = changed(SMALL, pool=pool, pos_embedding=positions)
        network = randomised(VisionTransformer(spec), rng).double()
        difference = (network(x_BCSS) - network(shuffled)).abs().max().item()
        assert (difference < 1e-12) == (positions == "none"), (positions, difference)


def _with_patches_moved(x_BCSS: Tensor, order_N: Tensor, patch: int) -> Tensor:
    columns = F.unfold(x_BCSS, patch, stride=patch)
    return F.fold(columns[:, :, order_N], x_BCSS.shape[-1], patch, stride=patch)


def test_sinusoids_are_the_papers_formula() -> None:
    table_TD = sinusoidal_positions(7, 5)
    for t in range(7):
        for column in range(5):
            angle = t / 10_000 ** (2 * (column // 2) / 5)
            expected = math.cos(angle) if column % 2 else math.sin(angle)
            assert table_TD[t, column].item() == pytest.approx(expected, abs=1e-5)


def test_first_answer_is_the_same_for_every_class(rng: torch.Generator) -> None:
    network = VisionTransformer(SMALL)
    loss = F.cross_entropy(network(torch.randn(8, 3, 12, 12, generator=rng)), torch.arange(8) % 5)
    assert loss.item() == pytest.approx(math.log(5), abs=1e-6)


def test_one_batch_can_be_learned_by_heart(rng: torch.Generator) -> None:
    torch.random.default_generator.manual_seed(0)
    network = VisionTransformer(changed(SMALL, dropout=0.0))
    x_BCSS = torch.randn(10, 3, 12, 12, generator=rng)
    target_B = torch.arange(10) % 5
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(100):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x_BCSS), target_B)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_drop_path_leaves_branches_out_of_whole_images_and_keeps_the_mean() -> None:
    torch.random.default_generator.manual_seed(0)
    branch = DropPath(0.25)
    out_BTD = branch(torch.ones(4000, 2, 3))
    per_image = out_BTD.flatten(1)
    assert torch.equal(per_image.amin(dim=1), per_image.amax(dim=1))
    assert out_BTD.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert out_BTD.mean().item() == pytest.approx(1.0, abs=0.05)
    assert torch.equal(branch.eval()(torch.ones(3, 2, 3)), torch.ones(3, 2, 3))


def test_stochastic_depth_rises_from_block_to_block() -> None:
    network = VisionTransformer(changed(SMALL, drop_path=0.2, dropout=0.1))
    blocks = [block for block in network.blocks if isinstance(block, Block)]
    assert [block.drop_path.rate for block in blocks] == pytest.approx([0.0, 0.1, 0.2])
    silenced = {m.p for m in network.modules() if isinstance(m, nn.Dropout)}
    assert silenced == {0.1}


def test_divisors_are_the_patch_sizes_that_fit() -> None:
    assert divisors(28) == (1, 2, 4, 7, 14, 28)
    assert divisors(32) == (1, 2, 4, 8, 16, 32)
