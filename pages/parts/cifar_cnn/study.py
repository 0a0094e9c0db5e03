"""TODO."""

from app.controls import Form


def draw_study(form: Form) -> None:
    """TODO."""
    del form
