"""TODO."""

from app.controls import Form


def draw_previews(form: Form) -> None:
    """TODO."""
    del form
