"""Fine-tuning: whose weights to start from, what learns, and what it brings with few images."""

from typing import Any

import streamlit as st

from app.controls import Form, apply_changes
from app.identity import current_owner
from app.messages import shown_errors
from app.resources import store
from rdfia_core.experiments.vit import RUN, SCRATCH
from rdfia_core.store import RunRecord

KEY = "vit/source"
MOST_RUNS = 50


def draw_fine_tune(form: Form) -> None:
    """Draw the choice of weights to start from, and what they are."""
    st.markdown(
        "A network need not start from nothing. **Train on one data set, then start from that run "
        "on another**: what it learned about edges and shapes is carried over, only the head is "
        "new. It pays most where training images are few. Weights that timm's networks learned "
        "elsewhere are in the side panel, under **Weights from**."
    )
    runs = _sources(form)
    if not runs:
        st.info(
            "There is no finished run of yours in this lab yet. Press Play in the Train view, for "
            "example on Shapes-10, and come back when it has ended."
        )
    for run in runs:
        _draw_source(form, run)
    now = str(form.values["init_from"])
    if now == SCRATCH:
        st.caption("The form starts from scratch now: initial weights are drawn by the seed.")
        return
    st.success(f"The form starts from **{now}**. Choose the data set, and press Play in Train.")
    st.markdown(
        "In the side panel, **Frozen** says what does not learn (only the head is new, so it "
        "always does), and **Layer-wise decay** slows the layers near the pixels."
    )
    if st.button("Start from scratch again", key=f"{KEY}/scratch"):
        _start_from(form, {"init_from": SCRATCH, "freeze": "none", "layer_decay": 1.0})


def _sources(form: Form) -> list[RunRecord]:
    """Return the ended training runs of this visitor, the newest first, without studies."""
    runs = store().runs(owner=current_owner(), limit=MOST_RUNS, newest_first=True)
    name = form.experiment.name
    return [
        run
        for run in runs
        if run.experiment == name and run.task == "train" and run.is_over and run.step
    ]


def _draw_source(form: Form, run: RunRecord) -> None:
    accuracy = run.metrics.get("test_accuracy")
    told = "" if accuracy is None else f", test accuracy {accuracy:.1%}"
    words, action = st.columns([4, 1], vertical_alignment="center")
    words.markdown(
        f"**{run.config['dataset']}**, {run.epoch:.3g} epochs{told}  \n"
        f":small[{_network(run.config)}; run {run.id[:8]}]"
    )
    is_chosen = form.values["init_from"] == f"{RUN}{run.id}"
    label = "Chosen" if is_chosen else "Start from it"
    if action.button(label, key=f"{KEY}/{run.id}", disabled=is_chosen, width="stretch"):
        # Weights are used to inputs scaled as they were.
        scaled = {"normalization": run.config["normalization"]}
        _start_from(form, {"init_from": f"{RUN}{run.id}", **scaled})


def _network(config: Any) -> str:
    if config["backbone"] != "own":
        return str(config["backbone"])
    return (
        f"patch {config['patch_size']}, {config['depth']} blocks of {config['num_heads']} heads, "
        f"embedding {config['embed_dim']}"
    )


def _start_from(form: Form, changes: dict[str, Any]) -> None:
    with shown_errors():
        apply_changes(form.experiment, changes)
        st.rerun()
