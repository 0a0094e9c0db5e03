"""The images: the chosen set, all sets, and one's own."""

from app.controls import Form
from app.image_import import draw_import
from app.image_overview import draw_overview
from app.image_sets import draw_sets


def draw_data(form: Form) -> None:
    """Draw the chosen set first, then the ways to another one."""
    draw_overview(form)
    draw_sets(form.experiment, str(form.values["dataset"]))
    draw_import(form.experiment)
