"""What the page says of a run, in words and numbers."""

import streamlit as st

from rdfia_core.store import RunRecord

NUMBER_PIXELS = 130  # two stand side by side on a phone
WRONG_IN_THE_REPORT = """
The lab's printed report draws two conclusions here that its own figures contradict.

- **"Polynomial of degree 3 does better than linear."** It prints 51.5 % against 62 %. An odd
  polynomial without a constant term takes opposite signs at opposite points, f(−x) = −f(x) up to
  the intercept, so it can never enclose a disc; an even degree can. Compare degrees 2, 3, 4 and 5
  here, then give degree 3 a constant term: that lets degree 2 in, and the failure is gone.
- **"Support vectors always lie on the margin."** Only the free ones do (0 < α < C). A point inside
  the margin, or across the boundary, has α = C: it is *bounded*. With a small C nearly all support
  vectors are of that kind. Switch off *Support vectors* below the map to see where they lie.
"""


def caption_of(run: RunRecord) -> str:
    """Return one line: accuracies and support vectors."""
    found = run.metrics
    parts = [
        f"{name} {found[key]:.1%}"
        for key, name in (("train_accuracy", "train"), ("test_accuracy", "test"))
        if key in found
    ]
    count = int(found.get("num_support_vectors", 0))
    return " · ".join([*parts, f"{count} support vectors"])


def draw_numbers(run: RunRecord) -> None:
    """Draw what was measured on one fitted machine."""
    found, fit = run.metrics, run.result["fit"]
    test, width = found.get("test_accuracy"), found.get("margin_width")
    residual = found.get("kkt_residual")
    with st.container(horizontal=True):
        draw_number("Training accuracy", f"{found['train_accuracy']:.1%}")
        draw_number("Test accuracy", "–" if test is None else f"{test:.1%}")
        draw_number(
            "Free vectors",
            int(found["num_free"]),
            "Support vectors with 0 < α < C: they lie on the margin and hold it.",
        )
        draw_number(
            "Bounded vectors",
            int(found["num_bounded"]),
            "Support vectors with α = C: inside the margin, or on the wrong side.",
        )
        draw_number(
            "Margin width",
            "–" if width is None else f"{width:.3g}",
            "2 / |w|, in the units that the machine sees (standardised if so chosen). A curved "
            "kernel's margin lives in another space.",
        )
        draw_number(
            "KKT residual",
            "–" if residual is None else f"{residual:.1e}" if residual else "0",
            "By how much the conditions of an optimum are violated. The solver stops below the "
            "tolerance. LinearSVC tells no α, so there it is unknown.",
        )
    steps = f"{fit['num_iterations']:,} iterations"
    st.caption(
        f"Solved in {1000 * fit['solver_seconds']:.1f} ms ({steps}, scikit-learn) with gamma "
        f"{fit['gamma']:.3g}; total slack {fit['total_slack']:.3g}."
    )
    for warning in fit["warnings"]:
        st.warning(warning, icon=":material/warning:")


def draw_number(label: str, value: str | int, help_text: str | None = None) -> None:
    """Draw one measured number; several stand in a row as long as there is room."""
    st.metric(label, value, help=help_text, width=NUMBER_PIXELS)
