"""What a network sees of its input, found by asking it rather than by a formula.

C channels, S pixels a side.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Answer = Callable[[Tensor], Tensor]


def sensitivity(answer: Answer, x_1CSS: Tensor, rng: torch.Generator) -> Tensor:
    """Return how much each pixel moves a random combination of the outputs, (S, S).

    It is the absolute gradient, summed over the channels: exactly 0 where a pixel is not read. In
    a combination drawn at random the outputs' gradients do not cancel.

    Args:
        answer: From an image to the outputs of a network that is not training.
        x_1CSS: The image.
        rng: Draws the combination.
    """
    x_1CSS = x_1CSS.clone().requires_grad_()
    output = answer(x_1CSS)
    weights = torch.randn(output.shape, generator=rng).to(output.device)
    (grad_1CSS,) = torch.autograd.grad((output * weights).sum(), x_1CSS)
    return grad_1CSS.abs().sum(dim=(0, 1))


def change_under(answer: Answer, x_1CSS: Tensor, mask_SS: Tensor, rng: torch.Generator) -> float:
    """Return the largest change of any output when the pixels under a mask are drawn anew.

    Args:
        answer: As in `sensitivity`.
        x_1CSS: The image, in [0, 1].
        mask_SS: True where pixels change.
        rng: Draws their values, uniformly.
    """
    drawn_1CSS = torch.rand(x_1CSS.shape, generator=rng).to(x_1CSS.device)
    with torch.no_grad():
        before = answer(x_1CSS)
        after = answer(torch.where(mask_SS, drawn_1CSS, x_1CSS))
    return float((after - before).abs().max())
