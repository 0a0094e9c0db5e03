"""From a run in a list to its lab: the run itself, or its settings to change and train anew."""

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from app import address, state
from app.navigation import page_of
from rdfia_core.config import field_specs
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunRecord


def open_run(run: RunRecord) -> NoReturn:
    """Turn to the run's lab, with the run on display."""
    _turn_to(run.experiment, {**run.config, **run.live}, {address.RUN: run.id})


def open_settings(run: RunRecord) -> NoReturn:
    """Turn to the run's lab with its settings in the form, and no run yet."""
    _turn_to(run.experiment, {**run.config, **run.live}, {})


def _turn_to(experiment: str, values: Mapping[str, Any], query: Mapping[str, str]) -> NoReturn:
    # The form keeps what it was set to in this tab: an address alone would not change it.
    config_class = experiment_named(experiment).config_class
    known = {spec.name: values.get(spec.name, spec.default) for spec in field_specs(config_class)}
    state.set_form_values(experiment, known)
    st.switch_page(page_of(experiment), query_params=dict(query))
