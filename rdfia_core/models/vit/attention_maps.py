"""Looking at the attention of a Vision Transformer, ours or timm's.

L blocks, H heads, T tokens, N patches, D embedding size. Nothing here runs while nobody looks: the
hooks are set for one forward pass.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from rdfia_core.errors import ShapeError
from rdfia_core.models.vit.network import blocks_of

_FUSED = "fused_attn"  # timm's switch of an attention module


def attention_maps(network: nn.Module, x_1CSS: Tensor) -> tuple[Tensor, Tensor]:
    """Run one image through the network and catch the attention on the way.

    Args:
        network: Ours or timm's, with `blocks`; it is in evaluation mode meanwhile.
        x_1CSS: One image as the network receives it.

    Returns:
        Probabilities (L, H, T, T), float32, of each query (row) over all keys, rows summing to 1;
        and the logits (1, K).

    Raises:
        ShapeError: If the network has no attention to look at, or this is not one image.
    """
    modules = [block.get_submodule("attn.attn_drop") for block in blocks_of(network)]
    if not modules or len(x_1CSS) != 1:
        raise ShapeError(
            "Attention can be shown for one image and a network with attention blocks. "
            f"Got {len(x_1CSS)} images and {type(network).__name__}."
        )
    caught: list[Tensor] = []
    hooks = [
        module.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]))
        for module in modules
    ]
    try:
        with torch.no_grad(), _readable(network):
            logits_1K: Tensor = network(x_1CSS)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack([probs_1HTT[0].float() for probs_1HTT in caught]), logits_1K.float()


@contextmanager
def _readable(network: nn.Module) -> Iterator[None]:
    """Put a network in evaluation mode, with softmax written out where timm fuses it."""
    was_training = network.training
    network.eval()
    fused = [m for m in network.modules() if getattr(m, _FUSED, False)]
    for module in fused:
        setattr(module, _FUSED, False)
    try:
        yield
    finally:
        for module in fused:
            setattr(module, _FUSED, True)
        network.train(was_training)


def rollout(probs_LHTT: Tensor) -> Tensor:
    """Follow attention through all blocks: how much of each input token reaches each output.

    Heads are averaged, and half of each block's output is taken to be what passed it by.

    Args:
        probs_LHTT: As `attention_maps` returns them.

    Returns:
        (T, T), of each output token (row) over the input tokens, rows summing to 1.

    References:
        S. Abnar and W. Zuidema, Quantifying attention flow in transformers, ACL 2020, section 3.
    """
    num_tokens = probs_LHTT.shape[-1]
    identity_TT = torch.eye(num_tokens, device=probs_LHTT.device)
    joint_TT = identity_TT
    for probs_HTT in probs_LHTT:
        joint_TT = (0.5 * probs_HTT.mean(dim=0) + 0.5 * identity_TT) @ joint_TT
    return joint_TT


def mean_distances(probs_LHTT: Tensor, grid_size: int, patch_size: int) -> Tensor:
    """Return how far each head looks: the mean distance between a patch and what it attends to.

    Args:
        probs_LHTT: As `attention_maps` returns them, patches last among the tokens.
        grid_size: Patches a side.
        patch_size: Pixels a side of a patch.

    Returns:
        (L, H) in pixels between centres of patches, weighted by attention among the patches alone
        and averaged over all queries.

    References:
        A. Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021, appendix D.7.
    """
    num_patches = grid_size**2
    number_N = torch.arange(num_patches, device=probs_LHTT.device)
    places_N2 = torch.stack([number_N // grid_size, number_N % grid_size], dim=1).float()
    distance_NN = torch.cdist(places_N2, places_N2) * patch_size
    among_LHNN = probs_LHTT[..., -num_patches:, -num_patches:]
    weighted_LHN = (among_LHNN * distance_NN).sum(dim=-1)
    return (weighted_LHN / among_LHNN.sum(dim=-1).clamp_min(1e-12)).mean(dim=-1)


def position_similarity(network: nn.Module, num_patches: int) -> Tensor | None:
    """Return how alike the positional embeddings of two patches are.

    Returns:
        Cosines (N, N) in [-1, 1]; None where there is no positional embedding.
    """
    embedding_1TD = getattr(network, "pos_embed", None)
    if not isinstance(embedding_1TD, Tensor):
        return None
    patches_ND = embedding_1TD.detach()[0, -num_patches:].float()
    unit_ND = nn.functional.normalize(patches_ND, dim=1)
    return unit_ND @ unit_ND.T
