"""Drawings made like the digits that a network was trained on. S pixels a side, H x W of a drawing.

Other sets lie otherwise in their images (the embedded digits fill all 8 rows), so box and middle
are measured on the training images.

References:
    Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, 1998: digits were
    scaled to fit a box of 20 pixels, their aspect kept, then moved so that the centre of mass of
    the pixels lies in the middle of 28 × 28.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

INK_SHARE = 0.1  # of the strongest ink: below this a pixel is ground
NUM_MEASURED = 500


def ink_of(x_HW: Tensor) -> Tensor:
    """Return how far each pixel is from the ground, the most frequent value on the rim (H, W).

    So dark ink on light paper becomes what MNIST has: bright on 0.
    """
    rim = torch.cat([x_HW[0], x_HW[-1], x_HW[:, 0], x_HW[:, -1]])
    return (x_HW.float() - rim.mode().values.float()).abs()


def ink_box(ink_HW: Tensor) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right (the two ends exclusive) of the ink; all 0 without any."""
    is_ink_HW = ink_HW > INK_SHARE * ink_HW.max()
    rows, columns = is_ink_HW.any(dim=1).nonzero(), is_ink_HW.any(dim=0).nonzero()
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


class Form(NamedTuple):
    """How digits lie in their images.

    Args:
        longer: Longer side of the ink in pixels.
        row: Of the centre of mass, counted from 0.
        column: Of the centre of mass.
    """

    longer: int
    row: float
    column: float


def usual_form(x_N1SS: Tensor) -> Form:
    """Return the medians of images with ink; for MNIST 20 pixels around row and column 14.0."""
    inks = [ink for ink in map(ink_of, x_N1SS[:NUM_MEASURED, 0]) if ink.any()]
    if not inks:
        middle = x_N1SS.shape[2] / 2
        return Form(int(x_N1SS.shape[2]), middle, middle)
    boxes = [ink_box(ink) for ink in inks]
    sides = [max(bottom - top, right - left) for top, bottom, left, right in boxes]
    centres = torch.tensor([centre_of_mass(ink) for ink in inks]).median(dim=0).values
    return Form(int(torch.tensor(sides).median()), *centres.tolist())


def centred(x_HW: Tensor, size: int, form: Form) -> Tensor:
    """Cut a drawing to its ink, scale that, and put its centre of mass where it belongs.

    The move is by whole pixels, as in MNIST, so the place is met within half a pixel. No ink is
    cut off: where the move would, the digit stays at the border.

    Args:
        x_HW: One grey drawing, in [0, 255], ink and ground of any two shades.
        size: S of the result.
        form: Of the ink in the result.

    Returns:
        (S, S), whole numbers in [0, 255], bright ink on 0; all 0 if nothing is drawn.
    """
    ink_HW = ink_of(x_HW)
    top, bottom, left, right = ink_box(ink_HW)
    canvas_SS = torch.zeros(size, size, device=x_HW.device)
    if bottom == top:
        return canvas_SS
    box_hw = ink_HW[top:bottom, left:right]
    scale = min(form.longer, size) / max(box_hw.shape)
    height, width = (max(1, round(side * scale)) for side in box_hw.shape)
    small_hw = F.interpolate(
        box_hw[None, None], size=(height, width), mode="bilinear", antialias=True
    )[0, 0]
    small_hw = (small_hw * (255 / small_hw.max())).round()
    places = [
        min(max(round(aim - centre), 0), size - side)
        for aim, centre, side in zip(
            (form.row, form.column), centre_of_mass(small_hw), small_hw.shape, strict=True
        )
    ]
    canvas_SS[places[0] : places[0] + height, places[1] : places[1] + width] = small_hw
    return canvas_SS


def centre_of_mass(ink_HW: Tensor) -> tuple[float, float]:
    """Return row and column of the mean place of the ink, weighted by its strength."""
    ink = ink_HW.cpu().double()
    total = ink.sum()
    rows = torch.arange(ink.shape[0], dtype=torch.float64)
    columns = torch.arange(ink.shape[1], dtype=torch.float64)
    return float(ink.sum(1) @ rows / total), float(ink.sum(0) @ columns / total)
