"""Fields that studies alone read, drawn in their views and not in the sidebar."""

from typing import Any

import streamlit as st

from app import state
from app.controls import Form, apply_changes
from rdfia_core.config import field_spec
from rdfia_core.errors import ConfigError

WIDTH = 420


def draw_seeds(form: Form) -> None:
    """Draw how many seeds each setting is trained with."""
    spec = field_spec(form.experiment.config_class, "num_seeds")
    st.slider(
        spec.label,
        min_value=int(spec.minimum or 1),
        max_value=int(spec.maximum or 1),
        value=int(form.values["num_seeds"]),
        key=told_key(form, "seeds", int(form.values["num_seeds"])),
        on_change=lambda: change(form, {"num_seeds": state.widget_value(key_of(form, "seeds"))}),
        help=spec.help,
        width=WIDTH,
    )


def draw_line(form: Form, name: str, part: str) -> None:
    """Draw a field that is a text; `part` tells its widget from others of the view."""
    spec = field_spec(form.experiment.config_class, name)
    st.text_input(
        spec.label,
        str(form.values[name]),
        key=told_key(form, part, str(form.values[name])),
        on_change=lambda: change(form, {name: state.widget_value(key_of(form, part))}),
        help=spec.help,
    )


def draw_number(form: Form, name: str, part: str) -> None:
    """Draw a whole number by its suggestions, and by what it is besides."""
    spec = field_spec(form.experiment.config_class, name)
    now = int(form.values[name])
    st.select_slider(
        spec.label,
        sorted({now, *map(int, spec.suggestions)}),
        value=now,
        key=told_key(form, part, now),
        on_change=lambda: change(form, {name: state.widget_value(key_of(form, part))}),
        help=spec.help,
        width=WIDTH,
    )


def draw_refusal(form: Form) -> None:
    """Say why the last change was refused, if it was."""
    if sentence := state.message(_topic(form)):
        st.error(sentence, icon=":material/error:")


def change(form: Form, changes: dict[str, Any]) -> None:
    """Change the form, or leave word of why not."""
    try:
        apply_changes(form.experiment, changes)
    except ConfigError as error:
        state.leave_message(_topic(form), str(error))


def told_key(form: Form, part: str, value: Any) -> str:
    """Return the key of a widget that is told its value if that was replaced."""
    return state.told(key_of(form, part), value)


def key_of(form: Form, part: str) -> str:
    """Return the key of a widget of a study."""
    return state.widget_key(form.experiment.name, "variants", part)


def _topic(form: Form) -> str:
    return f"{form.experiment.name}/study"
