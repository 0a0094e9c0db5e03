"""Beat the solver: a line set by hand, against the optimum."""

import base64

import numpy as np
import streamlit as st

from app.controls import Form, apply_changes
from app.fit_panel import fit_item
from app.instant import Ask, completed_run, draw_answers
from app.live import fit_view
from app.messages import shown_errors
from app.points import points_of
from app.resources import settings
from pages.parts.svm_kernels.words import caption_of, draw_number
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.presets import SEPARABLE
from rdfia_core.experiments.svm_kernels.views import HandMade, hand_made, objective
from rdfia_core.figures.packing import encode_frame
from rdfia_core.store import RunRecord, RunState

SLOT = "by_hand"


def draw_by_hand(form: Form) -> None:
    """Draw the sliders, the line, and what it costs."""
    st.markdown(
        "Be the solver: turn and move the line, widen the margin, and bring the **objective** "
        "down. It is ½‖w‖², small for a wide margin, plus C times the hinge loss, the price of "
        "every point inside the margin or across. w has the length 2 / width."
    )
    if form.config is None:
        return
    with st.container():  # keeps its place without the button, so that the sliders keep theirs
        is_other = form.values["dataset"] != "blobs"
        if is_other and st.button("Use two blobs that a line can part"):
            apply_changes(form.experiment, dict(SEPARABLE.values))
            st.rerun()
    plain = {"kernel": "linear", "standardize": False, "class_weight": "none"}
    asked = {SLOT: Ask({**form.values, **plain})}
    with shown_errors():
        draw_answers(form.experiment, asked, lambda runs: _draw(form, runs[SLOT]))


def _draw(form: Form, run: RunRecord) -> None:
    assert isinstance(form.config, SvmConfig), "this page's form is of this lab"
    left, right = st.columns([3, 2], gap="medium")
    with right:
        angle = st.slider("Direction of w (degrees)", -180, 180, 90, 1, key="svm_kernels/angle")
        offset = st.slider(
            "Distance from the origin", -2.0, 2.0, 0.5, 0.02, key="svm_kernels/offset"
        )
        width = st.slider("Width of the margin", 0.05, 4.0, 1.0, 0.05, key="svm_kernels/width")
        reveals = st.toggle("Show the solver's answer", key="svm_kernels/reveal")
    with shown_errors():
        line = {"angle": angle, "offset": offset, "width": width}
        mine = hand_made(form.config, settings().uploads_dir, **line)
        with right:
            _draw_cost(form, mine, run)
        with left:
            _draw_lines(form, mine, run if reveals else None)


def _draw_cost(form: Form, mine: HandMade, run: RunRecord) -> None:
    fit = run.result["fit"] if run.state == RunState.COMPLETED else {}
    best = objective(np.array(fit["normal"]), fit["total_slack"], form.values["C"]) if fit else None
    with st.container(horizontal=True):
        draw_number("Your objective", f"{mine.objective:.4g}")
        draw_number("Solver's objective", "…" if best is None else f"{best:.4g}")
        draw_number("Hinge loss", f"{mine.hinge_loss:.4g}", "Sum of the slacks.")
        draw_number("On the wrong side", mine.num_errors, "Points that the line gets wrong.")
    if best is None:
        completed_run({SLOT: run}, SLOT, "The solver is still at work.")
        return
    ratio = mine.objective / best if best > 0 else 1.0
    if ratio < 1.01:
        st.success("Within 1 % of the optimum. Well done.", icon=":material/emoji_events:")
    else:
        size = f"{ratio - 1:.0%} above" if ratio < 3 else f"{ratio:,.0f} times"
        st.caption(f"Yours is {size} the optimum. Can you get within 1 %?")


def _draw_lines(form: Form, mine: HandMade, run: RunRecord | None) -> None:
    assert form.config is not None, "checked by the caller"
    frame = base64.b64encode(encode_frame(1, 1.0, mine.picture)).decode()
    caption = f"margin width {mine.margin_width:.2f} · {mine.num_errors} on the wrong side"
    mine_item = {"title": "Your line", "caption": caption, "label": caption, "id": "mine"}
    maps = [mine_item | {"frame": frame}]
    if run is not None:
        maps.append(fit_item("The solver's line", run, caption_of))
    data = {"maps": maps, "points": points_of(form.config), "editable": False}
    fit_view(data, key="svm_kernels/by_hand", on_command=lambda _: None)
