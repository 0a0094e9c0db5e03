"""Self-attention step by step, with the real numbers of a few tokens."""

from dataclasses import asdict

import streamlit as st

from app.controls import Form
from app.live import workbench_view
from pages.parts.vit.cost import draw_cost
from rdfia_core.models.vit.attention_examples import EXAMPLES


def draw_self_attention(form: Form) -> None:
    """Draw the workbench, then what attention costs when tokens are many."""
    draw_workbench()
    st.header("What it costs")
    draw_cost(form)


def draw_workbench() -> None:
    """Draw the workbench of one attention head."""
    st.header("Self-attention, number by number")
    st.markdown(
        "One head, four tokens. Press **Next** to go from the tokens to the outputs, **point at a "
        "number** (or tap it) to see what it is made of, and change whatever you like."
    )
    data = {"examples": [asdict(example) for example in EXAMPLES]}
    workbench_view(data, key="vit/workbench")
    st.caption(
        "A Vision Transformer does this in every head of every block, for all patches at once; the "
        "heads' outputs are then joined and multiplied by one more matrix."
    )
