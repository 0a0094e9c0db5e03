"""Train one small network four ways, from gradients written by hand to torch.optim."""

import streamlit as st

from app.controls import draw_form
from app.points import points_of
from app.run_panel import Panel, draw_panel
from app.side_task import draw_task
from pages.parts.stages import draw_code, draw_comparison
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.tables import gradient_tables
from rdfia_core.store import RunRecord

TITLE = "Circle MLP"
ICON = ":material/adjust:"
ORDER = 10

experiment = experiment_named("circle_mlp")


def show_gradients(run: RunRecord) -> None:
    """Tabulate hand-written gradient, finite difference and autograd."""
    st.markdown(gradient_tables(run.result["check_gradients"]))


st.title("Circle MLP")
st.markdown(
    "Press **Play**. The network learns to tell the classes apart, and the map shows what it "
    "believes about every point of the plane. Change any setting in the side panel and play again."
)
form = draw_form(experiment)
draw_panel(
    Panel(
        form,
        points=points_of,
        recording="app/static/recordings/circle_mlp.bin",
        recording_title="A recorded run with the lab's settings: seed 0, on a processor",
    )
)
code, stages, gradients = st.tabs(["Code of this stage", "Four stages compared", "Gradient check"])
with code:
    draw_code(form)
with stages:
    draw_comparison(form)
with gradients:
    st.markdown(
        "Is the gradient written by hand right? Move one weight by a millionth and see how the "
        "loss moves: that is the finite difference. Autograd is the third opinion. The check "
        "takes the weights of your run at its last checkpoint (pause it first), or the initial "
        "ones."
    )
    draw_task(
        form, "check_gradients", label="Check the gradients", show=show_gradients, from_run=True
    )
