"""Draws the form of any experiment from the declared fields, and binds it to the address.

A control is drawn for every field that has an effect beside the others. The values are kept apart
from the widgets, which Streamlit forgets when a visitor turns to another page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import address, editors, state
from app.assignment import Assignment
from app.assignments import current_assignment, draw_assignment
from app.identity import authorised_run, current_owner
from app.resources import settings, store
from rdfia_core.config import ExperimentConfig, FieldSpec, field_spec, field_specs
from rdfia_core.errors import ConfigError, RdfiaError
from rdfia_core.experiments import Experiment, Preset
from rdfia_core.jobs.trained import owners_context
from rdfia_core.store import RunRecord

CLOSED_SECTIONS = ("Run",)


@dataclass(frozen=True)
class Form:
    """What the visitor has set.

    Args:
        experiment: Whose form it is.
        values: Every field's value.
        config: Built from the values; None if they do not go together.
        assignment: The lesson or class board that sets bounds to it, or None.
    """

    experiment: Experiment
    values: dict[str, Any]
    config: ExperimentConfig | None
    assignment: Assignment | None = None


def draw_form(experiment: Experiment) -> Form:
    """Draw the controls in the sidebar and return what they say.

    Where the address names a lesson or a class board, its words come first, and the settings that
    it fixes are shown and cannot be changed.
    """
    assignment = draw_assignment(experiment)
    values = _current_values(experiment, assignment)
    config_class = experiment.config_class
    with st.sidebar:
        if assignment is None:
            _draw_presets(experiment)
        declared = [spec.section for spec in field_specs(config_class)]
        for section in dict.fromkeys([*config_class.first_sections, *declared]):
            if section not in config_class.hidden_sections:
                _draw_section(experiment, section, values, assignment)
    for problem in state.form_problems(experiment.name):
        st.warning(problem, icon=":material/link_off:")
    return _finished(experiment, values, assignment)


def _current_values(experiment: Experiment, assignment: Assignment | None) -> dict[str, Any]:
    """Return the form's values: at a tab's first visit, those of the address.

    An address that names a run and nothing else means the run's own values. A lesson or a class
    board begins with its own; what it fixes is the same in every pass.
    """
    name = experiment.name
    is_new = assignment is not None and state.form_origin(name) != assignment.id
    if is_new or not state.form_values(name):
        found, problems = address.read_values(experiment.config_class)
        state.form_problems(name).extend(problems)
        if not found and (run := current_run(experiment)) is not None:
            found = {**run.config, **run.live}
        defaults = {s.name: s.default for s in field_specs(experiment.config_class)}
        start = defaults if assignment is None else assignment.start(experiment)
        state.set_form_values(name, start | found)
    state.set_form_origin(name, "" if assignment is None else assignment.id)
    values = state.form_values(name)
    if assignment is not None:
        values.update(assignment.enforced(experiment, values))
    return values


def current_run(experiment: Experiment) -> RunRecord | None:
    """Return the run that the address names, if it is this visitor's and of this experiment."""
    run_id = address.run_id()
    if not run_id:
        return None
    try:
        run = authorised_run(run_id, current_owner())
    except RdfiaError as error:
        state.leave_message(experiment.name, str(error))
        address.set_run_id("")
        return None
    return run if run.experiment == experiment.name else None


def _draw_section(
    experiment: Experiment, section: str, values: dict[str, Any], assignment: Assignment | None
) -> None:
    """Draw the controls of a section, unless none of them is to be seen."""
    specs = [spec for spec in field_specs(experiment.config_class) if spec.section == section]
    locked = {s.name for s in specs if assignment is not None and assignment.locks(experiment, s)}
    hidden = locked - (assignment.fixed if assignment is not None else set())
    if not any(spec.name not in hidden and spec.has_effect(values) for spec in specs):
        return
    # A lesson shows few settings: none of them is folded away.
    is_lesson = assignment is not None and not assignment.board
    with st.expander(section, expanded=is_lesson or section not in CLOSED_SECTIONS):
        for spec in specs:
            if spec.name in hidden or not spec.has_effect(values):
                continue
            key = state.widget_key(experiment.name, spec.name)
            if spec.name in locked:
                editors.draw_fixed(spec, values[spec.name], key)
            else:
                values[spec.name] = editors.draw(spec, values, key)


def _finished(
    experiment: Experiment, values: dict[str, Any], assignment: Assignment | None
) -> Form:
    try:
        context = owners_context(store(), settings(), current_owner())
        completed = experiment.completed(values, context)
        config = experiment.config_class.build(completed)
        if assignment is not None:
            _check_bounds(experiment, config, assignment)
    except RdfiaError as error:
        st.error(str(error), icon=":material/error:")
        return Form(experiment, values, None, assignment)
    if completed != values:
        # The widgets shall say what would be run.
        state.set_form_values(experiment.name, config.model_dump())
        st.rerun()
    start = None if assignment is None else assignment.start(experiment)
    address.write_values(experiment.config_class, config.model_dump(), start)
    return Form(experiment, values, config, assignment)


def _check_bounds(experiment: Experiment, config: ExperimentConfig, assignment: Assignment) -> None:
    values = config.model_dump()
    if (enforced := assignment.enforced(experiment, values)) != values:
        name = next(name for name in values if values[name] != enforced[name])
        raise ConfigError(
            f"The {assignment.noun} fixes '{name}' at {enforced[name]}, and your other settings "
            f"ask for {values[name]}. Set them back.",
            name,
        )
    assignment.check(config)


def refuse_locked(experiment: Experiment, names: Iterable[str]) -> None:
    """Raise what is to be said if a lesson or class board fixes one of these settings.

    Raises:
        ConfigError: If it does.
    """
    assignment = current_assignment(experiment)
    for name in names if assignment is not None else ():
        spec = field_spec(experiment.config_class, name)
        if assignment is not None and assignment.locks(experiment, spec):
            raise ConfigError(
                f"The {assignment.noun} fixes '{spec.label}': it stays as it is. Change one of "
                "the settings that are open in the side panel.",
                name,
            )


def apply_changes(experiment: Experiment, changes: dict[str, Any]) -> None:
    """Change some of the form's values; the widgets follow when the page is next drawn.

    What a lesson or a class board fixes stays, and the page says so.

    Raises:
        ConfigError: If a value is not allowed; the form stays as it was.
    """
    values = {**state.form_values(experiment.name), **changes}
    try:
        refuse_locked(experiment, changes)
    except ConfigError as error:
        state.leave_message(experiment.name, str(error))
        if (assignment := current_assignment(experiment)) is not None:
            values = assignment.enforced(experiment, values)
    config = experiment.config_class.build(values)
    state.set_form_values(experiment.name, config.model_dump())


def _draw_presets(experiment: Experiment) -> None:
    if not experiment.presets:
        return
    names = {preset.title: preset for preset in experiment.presets}
    key = f"{experiment.name}/preset"
    title = st.selectbox(
        "Start from",
        list(names),
        index=None,
        key=key,
        placeholder="The lab's settings, or a case to try",
        help="Fills the form with the settings of the lab, or of a case worth seeing. Try them "
        "from top to bottom.",
        on_change=lambda: apply_preset(experiment, names.get(state.widget_value(key))),
    )
    if title is not None:
        st.caption(names[title].lesson)


def apply_preset(experiment: Experiment, preset: Preset | None) -> None:
    """Fill the form with a preset's values, and the defaults where it says nothing."""
    if preset is not None:
        defaults = {s.name: s.default for s in field_specs(experiment.config_class)}
        state.set_form_values(experiment.name, defaults | dict(preset.values))


def changed_fields(form: Form, config: dict[str, Any], *, hidden: bool = False) -> list[FieldSpec]:
    """Return the fields in which the form differs from a run's config, where they matter.

    Args:
        form: What is set now.
        config: What the run was started with.
        hidden: Look also at the fields that training does not read.
    """
    config_class = form.experiment.config_class
    return [
        spec
        for spec in field_specs(config_class)
        if (hidden or spec.section not in config_class.hidden_sections)
        and form.values[spec.name] != config.get(spec.name, spec.default)
        and (spec.has_effect(form.values) or spec.has_effect(config))
    ]
