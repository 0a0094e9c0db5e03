"""Drawings made like MNIST's digits: the box, the centre of mass, the shades."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.training.centred_ink import (
    Form,
    centre_of_mass,
    centred,
    ink_box,
    ink_of,
    usual_form,
)

SIDE = 64
MNIST = Form(20, 14.0, 14.0)


@st.composite
def drawings(draw: st.DrawFn) -> Tensor:
    """Some bars of ink well inside a square."""
    x_HW = np.zeros((SIDE, SIDE))
    for _ in range(draw(st.integers(1, 4))):
        top, left = (draw(st.integers(4, 50)) for _ in range(2))
        height, width = (draw(st.integers(2, 30)) for _ in range(2))
        x_HW[top : min(top + height, 60), left : min(left + width, 60)] = draw(
            st.integers(120, 255)
        )
    return torch.from_numpy(x_HW).float()


@settings(max_examples=60, deadline=None)
@given(drawings())
def test_the_centre_of_mass_is_in_the_middle_or_the_digit_at_the_border(x_HW: Tensor) -> None:
    found_SS = centred(x_HW, 28, MNIST).double().numpy()
    weights = found_SS / found_SS.sum()
    places = np.arange(28)
    centres = (places @ weights.sum(axis=1), places @ weights.sum(axis=0))
    for axis, centre in enumerate(centres):
        ink = np.flatnonzero(found_SS.sum(axis=1 - axis))
        at_border = ink[0] <= 1 or ink[-1] >= 26  # a faint rim may round to nothing
        assert abs(centre - 14) <= 0.5 + 1e-9 or at_border


@settings(max_examples=60, deadline=None)
@given(drawings())
def test_the_longer_side_is_as_asked_and_the_aspect_is_kept(x_HW: Tensor) -> None:
    top, bottom, left, right = ink_box(x_HW)
    found_SS = centred(x_HW, 28, MNIST)
    rows, columns = (found_SS.sum(dim=axis).nonzero().flatten() for axis in (1, 0))
    height, width = (int(place[-1] - place[0]) + 1 for place in (rows, columns))
    scale = 20 / max(bottom - top, right - left)
    assert max(height, width) in (19, 20)  # a faint rim may round to nothing
    assert abs(height - scale * (bottom - top)) <= 1.5
    assert abs(width - scale * (right - left)) <= 1.5
    assert found_SS.max() == 255


@settings(max_examples=20, deadline=None)
@given(drawings(), st.integers(0, 4), st.integers(0, 4))
def test_where_and_in_which_shades_it_was_drawn_makes_no_difference(
    x_HW: Tensor, down: int, right: int
) -> None:
    moved = torch.roll(x_HW, (down, right), (0, 1))
    assert torch.equal(centred(moved, 28, MNIST), centred(x_HW, 28, MNIST))
    assert torch.equal(centred(255 - x_HW, 28, MNIST), centred(x_HW, 28, MNIST))


def test_nothing_drawn_stays_nothing() -> None:
    assert not centred(torch.full((SIDE, SIDE), 77.0), 28, MNIST).any()


def test_an_l_hangs_from_its_heavy_corner() -> None:
    x_HW = torch.zeros(SIDE, SIDE)
    x_HW[10:50, 10:14] = 255
    x_HW[46:50, 10:30] = 255
    row, column = centre_of_mass(centred(x_HW, 28, MNIST))
    assert (row, column) == (pytest.approx(14, abs=0.5), pytest.approx(14, abs=0.5))
    assert ink_box(centred(x_HW, 28, MNIST))[0] < 3  # the box itself is not: it would begin at 4


def test_dark_ink_on_light_paper_is_ink() -> None:
    paper = torch.full((6, 6), 240.0)
    paper[2, 3] = 10
    assert ink_of(paper)[2, 3] == 230
    assert ink_of(paper).sum() == 230


def test_the_form_is_measured_on_images_with_ink() -> None:
    x_N1SS = torch.zeros(5, 1, 12, 12)
    for image_SS, (top, bottom) in zip(
        x_N1SS[1:, 0], [(2, 9), (3, 9), (1, 9), (4, 9)], strict=True
    ):
        image_SS[top:bottom, 5:7] = 200
    longer, row, column = usual_form(x_N1SS)
    assert (longer, column) == (6, 5.5)
    assert row == pytest.approx(5.0)  # of 5.0, 5.5, 4.5 and 6.0 the lower of the middle two


def test_real_mnist_has_boxes_of_20_around_its_centre_of_mass(tmp_path: Path) -> None:
    folder = os.environ.get("RDFIA_DATA_DIR", "")
    library = ImageLibrary(tmp_path, Path(folder) if folder else None)
    if not library.status("mnist").is_available:
        pytest.skip("real MNIST is not in RDFIA_DATA_DIR")
    x_N1SS = torch.from_numpy(np.array(library.open("mnist").x_train[:200])).permute(0, 3, 1, 2)
    longer, row, column = usual_form(x_N1SS)
    assert longer == 20
    assert (row, column) == (pytest.approx(14, abs=0.1), pytest.approx(14, abs=0.1))
    for image_SS in x_N1SS[:, 0].float():
        for remade_SS in (image_SS, centred(image_SS, 28, MNIST)):
            assert all(abs(place - 14) <= 0.55 for place in centre_of_mass(remade_SS))
