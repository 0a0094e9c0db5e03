"""Sweeps that are worth running, as one press fills them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.parts.sweeps.draft import replace_draft


@dataclass(frozen=True)
class ReadyMade:
    """A sweep that is filled in by one press.

    Args:
        title: On the button.
        lesson: What to look for.
        experiment: Whose runs it makes.
        base: What all its runs share, where it is not the default.
        axes: What varies, as texts.
        seeds: As a text.
    """

    title: str
    lesson: str
    experiment: str
    base: Mapping[str, Any]
    axes: Mapping[str, str]
    seeds: str


READY_MADE = (
    ReadyMade(
        "Learning rate × batch size",
        "As in Figures 1.2 to 1.5 of the report: smaller batches make more steps an epoch, so a "
        "high rate that is fine for 20 may be too much for 5.",
        "circle_mlp",
        {"epochs": 100},
        {"learning_rate": "0.01, 0.03, 0.1", "batch_size": "20, 10, 5"},
        "0..4",
    ),
    ReadyMade(
        "C × gamma",
        "A ridge of good machines runs across: what a larger gamma makes too curved, a smaller C "
        "smooths again. Compare training with test accuracy.",
        "svm_kernels",
        {"kernel": "rbf"},
        {"C": "0.01, 0.1, 1, 10, 100, 1000", "gamma": "0.01|0.1|1|10|100"},
        "0..2",
    ),
    ReadyMade(
        "Optimiser race",
        "The same network and rate, one band an optimiser: who is first, and how sure is it over "
        "the seeds? Look at the epochs until 90 %, too.",
        "circle_mlp",
        {"stage": "optim", "reduction": "mean", "learning_rate": 0.03, "epochs": 100},
        {"optimizer": "sgd, momentum, nesterov, rmsprop, adam"},
        "0..4",
    ),
    ReadyMade(
        "How much does the seed matter?",
        "Twenty runs that differ in nothing but chance. Remember their spread before you believe "
        "a difference between two settings.",
        "circle_mlp",
        {},
        {},
        "0..19",
    ),
)


def draw_ready_made() -> None:
    """Draw a button for each."""
    st.markdown("**Begin with one of these**, or set up your own below.")
    columns = st.columns(2)
    for number, ready in enumerate(READY_MADE):
        with columns[number % 2].container(border=True):
            st.button(
                ready.title,
                key=f"sweeps/ready/{number}",
                width="stretch",
                on_click=_fill_in,
                args=(ready,),
            )
            st.caption(ready.lesson)


def _fill_in(ready: ReadyMade) -> None:
    replace_draft(ready.experiment, ready.axes, ready.seeds, base=ready.base)
