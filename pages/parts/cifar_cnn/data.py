"""TODO."""

from app.controls import Form


def draw_data(form: Form) -> None:
    """TODO."""
    del form
