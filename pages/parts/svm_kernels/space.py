"""What a kernel sees: the matrix of similarities, and the lift into a third dimension."""

import numpy as np
import streamlit as st

from app.controls import Form
from app.instant import Ask, draw_answers
from app.live import figure_view
from app.messages import shown_errors
from app.points import points_of
from app.resources import settings
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.views import sorted_kernel
from rdfia_core.figures.svm_space import kernel_figure, lift_figure
from rdfia_core.store import RunRecord, RunState

SLOT = "lift"


def draw_space(form: Form) -> None:
    """Draw the kernel matrix, then the lift."""
    assert isinstance(form.config, SvmConfig), "this page's form is of this lab"
    st.subheader("The kernel matrix")
    st.markdown(
        "Each row and column is a training point; the colour is how similar the kernel finds the "
        "two. Sorted by class: bright squares on the diagonal mean that points of a class resemble "
        "each other. That is all a kernel machine ever knows of the data. Try gamma 100, then 0.01."
    )
    with shown_errors():
        matrix_SS, counts = sorted_kernel(form.config, settings().uploads_dir)
        figure_view(
            kernel_figure(matrix_SS, counts),
            key="svm_kernels/matrix",
            alt=f"Kernel matrix of {len(matrix_SS)} training points, sorted by class",
        )
    st.subheader("The lift")
    st.markdown(
        "Give every point a height, x₁² + x₂²: the plane becomes a bowl, and a flat cut through "
        "the bowl parts what no line could part below. Its shadow is the decision boundary. A "
        "polynomial kernel of degree 2 does this without ever computing the third coordinate. "
        "Drag to turn it."
    )
    with shown_errors():
        asked = {SLOT: Ask(form.values, task="lift")}
        draw_answers(form.experiment, asked, lambda runs: _draw_lift(form, runs[SLOT]))


def _draw_lift(form: Form, run: RunRecord) -> None:
    assert form.config is not None, "checked by the caller"
    points = points_of(form.config)
    if not run.is_over:
        st.caption("Solving")
        return
    if run.state != RunState.COMPLETED:
        st.error(run.sentence, icon=":material/error:")
        return
    found = run.result["lift"]
    plane = (*found["normal"], found["intercept"])
    figure_view(
        lift_figure(points, np.array(found["mean"]), np.array(found["scale"]), plane),
        key="svm_kernels/lift",
        alt="The training points on a paraboloid, and the plane that parts the classes",
    )
    against = "" if points["num_classes"] == 2 else ", class 0 against the rest"
    parts = [f"{found['train_accuracy']:.1%} of the training points"]
    if "test_accuracy" in found:
        parts.append(f"{found['test_accuracy']:.1%} of the test points")
    st.caption(f"A linear machine in three dimensions is right on {' and '.join(parts)}{against}.")
