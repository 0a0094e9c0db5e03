"""Where a teacher composes lessons: settings of a lab, words around it, a recorded run."""

from typing import Any

import streamlit as st

from app import state
from app.identity import authorised_run, current_owner, lessons
from app.messages import shown_errors
from app.navigation import all_pages, page_of
from app.plain_text import plain
from app.resources import store
from app.settings_table import told_changes
from app.sharing import address_of, label_of
from rdfia_core.config import FieldSpec, field_specs
from rdfia_core.experiments import Experiment, experiment_named, experiments
from rdfia_core.store.lessons import MAX_TEXT, MAX_TITLE, Draft, Lesson
from rdfia_core.store.live import history_packet

MAX_OFFERED = 30
KEY = "lessons"


def draw_lesson_form() -> None:
    """Draw the form of a new lesson."""
    experiment = choose_lab(KEY)
    values = settings_so_far(experiment)
    with st.form(f"{KEY}/new", border=False):
        title = st.text_input("Title", max_chars=MAX_TITLE, placeholder="Too fast to learn")
        task = st.text_area(
            "Task",
            max_chars=MAX_TEXT,
            placeholder="Raise the **learning rate**. When does the loss stop falling?",
            help="Stands above the lab. Markdown and formulas between $ work; links and images "
            "do not.",
        )
        free, fixed = _draw_settings(experiment, values)
        explanation = st.text_area(
            "Explanation",
            max_chars=MAX_TEXT,
            placeholder="Held back until the student presses Reveal.",
            help="It is not even sent to the browser before. Leave it empty for none.",
        )
        recorded = _draw_recordings(experiment)
        if st.form_submit_button("Make the lesson", type="primary", icon=":material/add_link:"):
            draft = Draft(experiment.name, title, task, explanation, values, free, fixed)
            with shown_errors():
                _create(draft, recorded)


def choose_lab(key: str, *, needs_epochs: bool = False) -> Experiment:
    """Draw the choice of a lab, at first the one that was last used in this tab."""
    labs = [page.path.stem for page in all_pages() if page.path.stem in experiments()]
    names = [name for name in labs if not needs_epochs or trains_by_epochs(experiment_named(name))]
    used = [name for name in names if state.form_values(name)]
    name = st.selectbox(
        "Lab",
        names,
        index=names.index(used[0]) if used else 0,
        format_func=lambda name: experiments()[name].title,
        key=f"{key}/lab",
    )
    return experiment_named(str(name))


def trains_by_epochs(experiment: Experiment) -> bool:
    """Tell whether the number of epochs has an effect in a lab."""
    defaults = {spec.name: spec.default for spec in field_specs(experiment.config_class)}
    specs = field_specs(experiment.config_class)
    return any(spec.name == "epochs" and spec.has_effect(defaults) for spec in specs)


def settings_so_far(experiment: Experiment) -> dict[str, Any]:
    """Return the settings that this tab last had in a lab, and say which they are."""
    defaults = {spec.name: spec.default for spec in field_specs(experiment.config_class)}
    values = defaults | state.form_values(experiment.name)
    changes = told_changes(experiment, values, defaults)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"It starts with your settings of that lab: {plain(changes)}."
            if changes
            else "It starts with the lab's own settings. To start with others, set them in the lab "
            "first, then come back."
        )
        st.page_link(page_of(experiment.name), label="To the lab", icon=":material/science:")
    return values


def field_label(spec: FieldSpec) -> str:
    """Return what a setting is called in a list of all."""
    return f"{spec.label} ({spec.section})"


def offered_fields(experiment: Experiment) -> dict[str, FieldSpec]:
    """Return the settings of a lab's side panel by name."""
    hidden = experiment.config_class.hidden_sections
    specs = field_specs(experiment.config_class)
    return {spec.name: spec for spec in specs if spec.section not in hidden}


def _draw_settings(experiment: Experiment, values: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Draw which settings are open and which are shown; return their names."""
    specs = offered_fields(experiment)
    of_the_view = [name for name, spec in specs.items() if spec.live and spec.section == "Run"]
    changed = [name for name, spec in specs.items() if values[name] != spec.default]
    free = st.multiselect(
        "The student may change",
        list(specs),
        default=of_the_view,
        format_func=lambda name: field_label(specs[name]),
        key=f"{KEY}/{experiment.name}/free",
        placeholder="Nothing: only play",
    )
    fixed = st.multiselect(
        "Shown, but fixed",
        list(specs),
        default=[name for name in changed if name not in of_the_view],
        format_func=lambda name: field_label(specs[name]),
        key=f"{KEY}/{experiment.name}/fixed",
        help="All other settings are hidden and stay as they are.",
        placeholder="None",
    )
    return free, [name for name in fixed if name not in free]


def _draw_recordings(experiment: Experiment) -> str:
    """Draw the choice of a recorded run and return its id, "" for none."""
    runs = store().runs(owner=current_owner(), limit=MAX_OFFERED, newest_first=True)
    labels = {
        run.id: label_of(run)
        for run in runs
        if run.is_over
        and run.step
        and run.deleted is None
        and (run.experiment, run.task) == (experiment.name, "train")
    }
    if not trains_by_epochs(experiment):
        return ""
    chosen = st.selectbox(
        "Recorded run",
        list(labels),
        index=None,
        format_func=lambda run_id: labels[run_id],
        key=f"{KEY}/{experiment.name}/recorded",
        placeholder="None" if labels else "None: play a run in the lab first",
        help="Replayed before the student's own first run: it is there where the machine is too "
        "weak to train, and it stays when you delete the run.",
    )
    return chosen or ""


def _create(draft: Draft, run_id: str) -> None:
    """Make the lesson; with a recorded run, it starts with that run's settings."""
    packet = None
    if run_id:
        run = authorised_run(run_id, current_owner())
        packet = history_packet(store(), run)
        config = {**run.config, **run.live}
        names = {name: getattr(draft, name) for name in Draft.__slots__}
        draft = Draft(**{**names, "values": config, "recorded": dict(run.config)})
    lessons().create(current_owner(), draft, packet)
    st.success("The lesson is ready: its link stands below.", icon=":material/check:")


def draw_lessons() -> None:
    """Draw the visitor's lessons with their links."""
    mine = lessons().of_owner(current_owner())
    if mine:
        st.subheader("Your lessons", anchor=False)
    for lesson in mine:
        _draw_lesson(lesson)


def _draw_lesson(lesson: Lesson) -> None:
    draft = lesson.draft
    with st.container(border=True):
        recorded = ", with a recorded run" if draft.recorded is not None else ""
        st.markdown(f"**{plain(draft.title)}**")
        st.caption(f"{experiment_named(draft.experiment).title}{recorded}")
        st.code(address_of(draft.experiment, lesson=lesson.id), language=None, wrap_lines=True)
        with st.container(horizontal=True):
            st.page_link(
                page_of(draft.experiment),
                label="Open as a student",
                icon=":material/visibility:",
                query_params={"lesson": lesson.id},
            )
            st.button(
                "Revoke",
                key=f"{KEY}/revoke/{lesson.id}",
                icon=":material/link_off:",
                help="From then on the link opens the bare lab.",
                on_click=_revoke,
                args=(lesson.id,),
            )


def _revoke(lesson_id: str) -> None:
    lessons().revoke(lesson_id, current_owner())
