"""Learn deep learning for vision by doing it."""

import streamlit as st

from app.live import replay_view
from app.navigation import HIDDEN, LABS, all_pages, sections
from app.resources import settings
from rdfia_core.data.point_config import display_points
from rdfia_core.experiments.circle_mlp import CircleMlpConfig

TITLE = "Home"
ICON = ":material/home:"
ORDER = 0
SECTION = ""

st.title("Train real networks. Watch them learn.")
st.markdown(
    "Set the hyperparameters, press play, and see the decision boundary, the loss and every hidden "
    "unit move while a real PyTorch network trains on this server."
)
with st.container(horizontal=True):
    for page in sections()[LABS]:
        with st.container(border=True, width=340):
            st.page_link(page.path, label=f"**Open the {page.title} lab**", icon=page.icon)
            st.markdown(page.summary)
replay_view(
    "app/static/recordings/circle_mlp.bin",
    title="A recorded run of the circle MLP lab: its settings, seed 0, on a processor",
    points=display_points(CircleMlpConfig(), settings().uploads_dir),
    key="home/replay",
)
st.subheader("Beyond the labs")
with st.container(horizontal=True):
    for page in all_pages():
        if page.section not in (LABS, HIDDEN) and page.title != TITLE:
            with st.container(width=340):
                st.page_link(page.path, label=page.title, icon=page.icon)
                st.caption(page.summary)
