"""Part two classes by the widest margin, straight or curved, and see which points hold it."""

import streamlit as st

from app.controls import draw_form
from pages.parts.svm_kernels.by_hand import draw_by_hand
from pages.parts.svm_kernels.maps import draw_four, draw_map
from pages.parts.svm_kernels.space import draw_space
from pages.parts.svm_kernels.sweeps import draw_c_path, draw_grid
from rdfia_core.experiments import experiment_named

TITLE = "SVM kernels"
ICON = ":material/linear_scale:"
ORDER = 20

VIEWS = {
    "Map": draw_map,
    "Four kernels": draw_four,
    "C path": draw_c_path,
    "C × gamma": draw_grid,
    "Beat the solver": draw_by_hand,
    "Kernel view": draw_space,
}

st.title("SVM kernels")
st.markdown(
    "Change **C**, **gamma** or the **kernel** in the side panel: the machine is solved anew at "
    "once. Full lines part the classes, dashed lines are the margin, ringed points hold it."
)
form = draw_form(experiment_named("svm_kernels"))
view = st.segmented_control(
    "View",
    list(VIEWS),
    default="Map",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
if form.config is not None:
    VIEWS[str(view)](form)
