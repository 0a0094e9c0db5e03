"""TODO."""

from app.controls import Form


def draw_architecture(form: Form) -> None:
    """TODO."""
    del form
