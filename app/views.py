"""A page in several views, one of them shown; which one is in the address."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.controls import Form


def draw_views(views: Mapping[str, Callable[[Form], None]], form: Form) -> None:
    """Draw the choice of a view, the first at first, and the chosen one."""
    names = list(views)
    chosen = st.segmented_control(
        "View",
        names,
        default=names[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    views[str(chosen)](form)
