"""The code of a stage, and the four stages compared: what the labs with stages share."""

import streamlit as st

from app.controls import Form
from app.resources import store
from app.side_task import draw_task
from rdfia_core.figures.comparison import overlay_figure
from rdfia_core.models.stage_sources import source_of
from rdfia_core.store import RunRecord


def draw_code(form: Form) -> None:
    """Show the source of the form's stage."""
    stage = str(form.values["stage"])
    st.markdown(f"This is the code that runs in the **{stage}** stage, as it is.")
    st.code(source_of(stage), language="python", wrap_lines=True)


def draw_comparison(form: Form, on_what: str = "") -> None:
    """Draw the training of all four stages.

    Args:
        form: Of a lab that has the task "compare_stages".
        on_what: A sentence on the data, if it is not that of a run.
    """
    st.markdown(
        "By hand, with autograd, with torch.nn, with torch.optim: from the same weights, on the "
        "same batches and with the same reduction, the four are one algorithm. See for yourself, "
        f"with the settings at the left and plain SGD. {on_what}"
    )
    draw_task(form, "compare_stages", label="Train all four", show=_show_comparison)


def _show_comparison(run: RunRecord) -> None:
    """Overlay the four stages and say how far apart they ever were."""
    difference = run.result["compare_stages"]["largest_difference"]
    st.markdown(
        f"After {run.epoch:.0f} epochs in float64, the largest difference of any weight between "
        f"the stages was **{difference:.1e}**: rounding, nothing else."
    )
    figure = overlay_figure(store().metrics(run.id).columns, "_loss", "Training loss (nats)")
    st.plotly_chart(figure, config={"displaylogo": False}, alt="Training loss of the four stages")
