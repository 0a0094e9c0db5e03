"""The page's address holds its whole state: what differs from the defaults, and the runs shown."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.errors import ConfigError

RUN = "run"


def read_values(config_class: type[ExperimentConfig]) -> tuple[dict[str, Any], list[str]]:
    """Read hyperparameters from the address.

    Returns:
        The values, and a sentence for each that was not allowed: its default is used instead.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for spec in field_specs(config_class):
        text = st.query_params.get(spec.name)
        if text is None:
            continue
        try:
            config = config_class.build({spec.name: text})
        except ConfigError as error:
            problems.append(f"In the address: {error} The default is used instead.")
        else:
            values[spec.name] = getattr(config, spec.name)
    return values, problems


def write_values(config_class: type[ExperimentConfig], values: Mapping[str, Any]) -> None:
    """Write what differs from the defaults into the address, and leave the rest of it alone."""
    for spec in field_specs(config_class):
        value = values.get(spec.name, spec.default)
        if value == spec.default:
            if spec.name in st.query_params:
                del st.query_params[spec.name]
        elif st.query_params.get(spec.name) != str(value):
            st.query_params[spec.name] = str(value)


def run_id(name: str = RUN) -> str:
    """Return the id of a run that the address names, or ""."""
    return str(st.query_params.get(name, ""))


def set_run_id(value: str, name: str = RUN) -> None:
    """Name a run in the address; "" takes the name away."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
