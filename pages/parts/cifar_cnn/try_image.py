"""TODO."""

from app.controls import Form


def draw_try_image(form: Form) -> None:
    """TODO."""
    del form
