"""From settings or a run, wherever they are shown, to their lab."""

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from app import address, state
from app.navigation import page_of
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunRecord


def open_lab(
    experiment: str, values: Mapping[str, Any], query: Mapping[str, str] | None = None
) -> NoReturn:
    """Turn to a lab with settings in its form, and the defaults where they say nothing.

    Raises:
        ConfigError: If the lab does not know such settings; the sentence says why.
    """
    config_class = experiment_named(experiment).config_class
    try:
        config = config_class.build(dict(values))
    except ConfigError as error:
        sentence = f"These settings were made by another version of the lab. {error}"
        raise ConfigError(sentence) from error
    # The form keeps what it was set to in this tab: an address alone would not change it.
    state.set_form_values(experiment, config.model_dump())
    st.switch_page(page_of(experiment), query_params=dict(query or {}))


def open_settings(run: RunRecord) -> NoReturn:
    """Turn to a run's lab with its settings in the form, and no run yet.

    Raises:
        ConfigError: As `open_lab`.
    """
    open_lab(run.experiment, {**run.config, **run.live})


def open_run(run: RunRecord) -> NoReturn:
    """Turn to a run's lab with the run on display; a lab that answers at once solves it anew.

    Raises:
        ConfigError: As `open_lab`.
    """
    if experiment_named(run.experiment).is_instant:
        open_settings(run)
    place = address.RUN if run.task == "train" else run.task
    open_lab(run.experiment, {**run.config, **run.live}, {place: run.id})
