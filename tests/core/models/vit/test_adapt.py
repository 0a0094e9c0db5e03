"""Images that were not made for a network, fitted to it."""

import torch
from torch import Tensor, nn

from rdfia_core.models.vit.adapt import adapt_inputs, adapted


def test_what_fits_is_left_alone() -> None:
    x_BCSS = torch.randn(2, 3, 8, 8)
    assert adapted(x_BCSS, 8, 3) is x_BCSS


def test_grey_is_repeated_and_colour_is_averaged() -> None:
    grey, colour = torch.randn(2, 1, 8, 8), torch.randn(2, 3, 8, 8)
    for channel in adapted(grey, 8, 3).unbind(dim=1):
        assert torch.equal(channel, grey[:, 0])
    torch.testing.assert_close(adapted(colour, 8, 1)[:, 0], colour.mean(dim=1))


def test_sizes_are_interpolated() -> None:
    flat = torch.full((1, 1, 4, 4), 0.25)
    assert adapted(flat, 16, 3).shape == (1, 3, 16, 16)
    torch.testing.assert_close(adapted(flat, 16, 1), torch.full((1, 1, 16, 16), 0.25))
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    halved = adapted(ramp, 4, 1)
    assert (halved[0, 0, 0].diff() > 0).all()
    torch.testing.assert_close(halved.mean(), ramp.mean(), rtol=1e-5, atol=1e-5)


def test_a_network_gets_what_it_is_made_for_and_keeps_its_names() -> None:
    seen: list[Tensor] = []

    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x_BCSS: Tensor) -> Tensor:
            seen.append(x_BCSS)
            return x_BCSS

    network = Spy()
    adapt_inputs(network, 6, 3)
    network(torch.randn(2, 1, 8, 8))
    assert seen[0].shape == (2, 3, 6, 6)
    assert list(network.state_dict()) == ["weight"]
