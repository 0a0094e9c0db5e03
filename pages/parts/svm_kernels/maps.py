"""One map, and the four kernels side by side."""

import streamlit as st

from app.controls import Form
from app.export import draw_export
from app.fit_panel import FitPanel, draw_fits
from app.instant import Ask, Runs, answer_of
from app.sharing import draw_address
from pages.parts.svm_kernels.words import WRONG_IN_THE_REPORT, caption_of, draw_numbers

KERNELS = {"linear": "Linear", "poly": "Polynomial", "rbf": "RBF", "sigmoid": "Sigmoid"}


def draw_map(form: Form, slot: str = "map") -> None:
    """Draw the machine of the form beside its numbers."""
    draw_fits(
        FitPanel(
            form,
            asked={slot: Ask(form.values)},
            titles={slot: ""},
            caption=caption_of,
            key=f"svm_kernels/{slot}",
            show=lambda runs: _numbers(runs, slot),
        )
    )
    if form.config is not None and (run := answer_of(form.experiment, slot)) is not None:
        with st.container(horizontal=True):
            draw_export(form, run.id)
            draw_address(form)
    if slot == "map":
        with st.expander("What the printed report gets wrong here"):
            st.markdown(WRONG_IN_THE_REPORT)


def _numbers(runs: Runs, slot: str) -> None:
    if slot in runs:
        draw_numbers(runs[slot])


def draw_four(form: Form) -> None:
    """Draw the four kernels on the same data, all other settings alike."""
    st.markdown(
        "The same points, the same C: only the similarity differs. On circles, a kernel must be "
        "**even** to enclose the inner class. Try degree 2 and 4 against 3 and 5."
    )
    titles = {f"four/{kernel}": title for kernel, title in KERNELS.items()}
    titles["four/poly"] += f", degree {form.values['degree']}"
    asked = {f"four/{kernel}": Ask({**form.values, "kernel": kernel}) for kernel in KERNELS}
    draw_fits(FitPanel(form, asked, titles, caption_of, key="svm_kernels/four"))
