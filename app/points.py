"""The points of the plane as the maps show them."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.resources import settings
from rdfia_core.config import ExperimentConfig
from rdfia_core.data.point_config import PointsConfig, display_points, drawn_points
from rdfia_core.errors import RdfiaError

PointsOf = Callable[[ExperimentConfig], Mapping[str, Any]]


def points_of(config: ExperimentConfig) -> Mapping[str, Any]:
    """Return the points of a lab on 2-D points.

    Raises:
        RdfiaError: If they cannot be had; the sentence says why.
    """
    assert isinstance(config, PointsConfig), "only labs on 2-D points have a map of them"
    return display_points(config, settings().uploads_dir)


def shown_points(points: PointsOf, config: ExperimentConfig) -> Mapping[str, Any] | None:
    """Return the points of a config; if they cannot be had, say why."""
    try:
        return points(config)
    except RdfiaError as error:
        st.info(str(error), icon=":material/info:")
        return points_so_far(config)


def points_so_far(config: ExperimentConfig) -> Mapping[str, Any] | None:
    """Return own points even if they are too few to train on, so that one can go on drawing."""
    if isinstance(config, PointsConfig) and config.dataset == "points":
        return drawn_points(config)
    return None
