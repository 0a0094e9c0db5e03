"""What the examples of attention claim, checked with PyTorch's attention."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from rdfia_core.models.vit.attention_examples import EXAMPLES, AttentionExample

ALIKE, EVEN, LARGE = EXAMPLES


def shares(example: AttentionExample, scale: float | None = None) -> torch.Tensor:
    """The attention itself, (n, n): what arrives where the values are the identity."""
    x_nd, w_q, w_k = (torch.tensor(m).double() for m in (example.x, example.w_q, example.w_k))
    values_nn = torch.eye(len(x_nd), dtype=torch.float64)
    attention: torch.Tensor = scaled_dot_product_attention(
        x_nd @ w_q, x_nd @ w_k, values_nn, scale=scale
    )
    return attention


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_shapes_fit(example: AttentionExample) -> None:
    x_nd, *weights = (torch.tensor(m) for m in (example.x, example.w_q, example.w_k, example.w_v))
    assert len(example.tokens) == len(set(example.tokens)) == len(x_nd)
    assert {tuple(w.shape) for w in weights} == {(x_nd.shape[1], weights[0].shape[1])}


def test_nouns_look_at_nouns_and_verbs_at_verbs() -> None:
    attention_nn = shares(ALIKE)
    assert (attention_nn[:2, :2] > 0.4).all()
    assert (attention_nn[2:, 2:] > 0.4).all()
    assert (attention_nn[:2, 2:] < 0.1).all()


def test_equal_tokens_attend_evenly() -> None:
    torch.testing.assert_close(shares(EVEN), torch.full((4, 4), 0.25, dtype=torch.float64))


def test_without_the_scaling_softmax_all_but_picks_one_token() -> None:
    assert shares(LARGE).amax(dim=1).mean() < 0.85
    assert (shares(LARGE, scale=1.0).amax(dim=1) > 0.95).all()
