"""Set a sweep up: what is fixed, what varies, how many runs that makes and how long they take."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app import address, state
from app.controls import Form, draw_form
from app.identity import current_owner
from app.messages import shown_errors
from app.resources import keep_dispatcher, settings, store
from pages.parts.sweeps.draft import (
    MAX_AXES,
    PAGE,
    Draft,
    axis_specs,
    change_draft,
    current_draft,
    first_values,
    keep_draft,
    replace_draft,
    tidy,
)
from pages.parts.sweeps.ready_made import draw_ready_made
from pages.parts.sweeps.words import specs_of, told_seconds
from rdfia_core.config import FieldSpec
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import Experiment, experiment_named, experiments
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweeps import estimate_seconds, start_sweep

SEED = "seed"
MAX_MINUTES = 100_000.0


def draw_setup() -> None:
    """Draw the form of a new sweep, and start it when that is pressed."""
    draw_ready_made()
    draft = current_draft()
    if sentence := state.message(PAGE):
        st.warning(sentence, icon=":material/link_off:")
    _draw_experiment(draft.experiment)
    form = draw_form(draft.experiment)
    st.caption(
        "What all runs share stands in the side panel. Here is what varies: every value of one "
        "meets every value of the others."
    )
    axes, problem_places = _draw_axes(draft, form)
    left, right = st.columns(2)
    with left:
        seeds = st.text_input(
            "Seeds",
            draft.seeds,
            key=state.told(state.widget_key(PAGE, "seeds"), draft.seeds),
            help="0..4 stands for 0, 1, 2, 3, 4. Each cell is run once with each seed, and its "
            "mean comes with a spread. One seed alone cannot tell luck from merit.",
        )
        problem_places[SEED] = st.empty()
    with right:
        budget = st.number_input(
            "Budget (minutes)",
            min_value=0.1,
            max_value=MAX_MINUTES,
            value=draft.budget,
            placeholder="No limit",
            key=state.told(state.widget_key(PAGE, "budget"), draft.budget),
            help="Working time of all runs together. When it is used up no more runs are started; "
            "what was finished is kept, and the sweep can go on with more.",
        )
    draft = replace(draft, axes=axes, seeds=seeds, budget=budget)
    keep_draft(draft)
    plan = None
    if form.config is not None:
        try:
            plan = SweepPlan.build(draft.experiment.name, _words(form, draft))
        except ConfigError as error:
            place = problem_places.get(error.field) or st.empty()
            place.error(str(error), icon=":material/error:")
    _draw_start(draft, plan)


def _draw_experiment(chosen: Experiment) -> None:
    offered = [e.name for e in experiments().values() if "train" in e.tasks]
    key = state.widget_key(PAGE, "experiment")
    st.selectbox(
        "Experiment",
        offered,
        index=offered.index(chosen.name),
        format_func=lambda name: experiments()[name].title,
        key=state.told(key, chosen.name),
        on_change=lambda: replace_draft(state.widget_value(key)),
        help="Whose runs the sweep makes.",
    )


def _draw_axes(draft: Draft, form: Form) -> tuple[dict[str, str], dict[str, Any]]:
    """Draw a row for each field that varies, and one to add another; return them as set.

    Returns:
        The axes, and below each the place for what is wrong with it.
    """
    specs = axis_specs(draft.experiment, form.values, draft.axes)
    axes: dict[str, str] = {}
    places: dict[str, Any] = {}
    rows = [*draft.axes.items(), ("", "")][:MAX_AXES]
    for number, (name, text) in enumerate(rows):
        left, right, remove = st.columns([4, 6, 1], vertical_alignment="bottom")
        with left:
            _draw_field(number, name, draft, specs, form)
        if name:
            with right:
                axes[name] = _draw_values(number, specs[name], text)
            places[name] = st.empty()
            rest = {axis: text for axis, text in draft.axes.items() if axis != name}
            remove.button(
                "",
                icon=":material/close:",
                help=f"Do not vary: {specs[name].label}",
                key=f"sweeps/remove/{number}",
                on_click=change_draft,
                kwargs={"axes": rest},
            )
    return axes, places


def _draw_field(
    number: int, name: str, draft: Draft, specs: dict[str, FieldSpec], form: Form
) -> None:
    """Draw the choice of one field; another one brings values to begin with."""
    taken = set(draft.axes) - {name}
    options = [option for option in specs if option not in taken]
    key = state.widget_key(PAGE, "field", str(number))

    def choose() -> None:
        chosen = state.widget_value(key)
        changed: dict[str, str] = {}
        for axis, text in [*draft.axes.items(), *([] if name else [("", "")])]:
            if axis != name:
                changed[axis] = text
            else:
                changed[chosen] = first_values(specs[chosen], form.values[chosen])
        change_draft(axes=changed)

    st.selectbox(
        f"Axis {number + 1}" if name or number == 0 else "One more axis",
        options,
        index=options.index(name) if name else None,
        format_func=lambda option: specs[option].label,
        key=state.told(key, name or None),
        on_change=choose,
        placeholder="Choose what varies",
    )


def _draw_values(number: int, spec: FieldSpec, text: str) -> str:
    separator = "|" if spec.kind == "text" else "commas"
    ranges = " 1..5 stands for 1, 2, 3, 4, 5." if spec.kind == "integer" else ""
    named = ", ".join(spec.choice_labels or spec.choices)
    allowed = f"one of {named}" if named and spec.kind == "text" else spec.expected()
    return st.text_input(
        "Values",
        text,
        key=state.told(state.widget_key(PAGE, "values", str(number)), text),
        help=f"{spec.help}\n\nAllowed: {allowed}. Separate values by {separator}.{ranges}",
    )


def _words(form: Form, draft: Draft) -> list[str]:
    """Return the sweep as the command line takes it."""
    assert form.config is not None, "asked after the form was found valid"
    varied = {**draft.axes, SEED: draft.seeds}
    base = {name: value for name, value in form.config.changed().items() if name not in varied}
    return [f"{name}={value}" for name, value in base.items()] + [
        f"{name}={tidy(text)}" for name, text in varied.items()
    ]


def _draw_start(draft: Draft, plan: SweepPlan | None) -> None:
    if plan is not None:
        st.markdown(_told_plan(plan))
    name = st.text_input(
        "Name",
        max_chars=80,
        key="sweeps/name",
        placeholder="What you will look for in your list; may stay empty",
    )
    is_ready = plan is not None and bool(plan.axes)
    if st.button("Start the sweep", type="primary", disabled=not is_ready, key="sweeps/start"):
        assert plan is not None, "the button is disabled without a plan"
        with shown_errors():
            keep_dispatcher()
            budget = None if draft.budget is None else 60 * draft.budget
            sweep_id = start_sweep(store(), settings(), plan, current_owner(), name, budget)
            address.forget_all()
            address.set_run_id(sweep_id, "sweep")
            st.rerun()
    if plan is not None and plan.axes:
        with st.expander("The same on the command line"):
            words = " ".join(_quoted(word) for word in _all_words(plan))
            st.code(f"python -m rdfia_core sweep {plan.experiment} {words}", language="bash")


def _told_plan(plan: SweepPlan) -> str:
    """Say how many runs there will be, and how long they will take."""
    if not plan.axes:
        return "**One run.** Give an axis, or the seeds, several values to make a sweep of it."
    specs = specs_of(plan.experiment)
    sizes = " × ".join(f"{specs[name].label} {len(values)}" for name, values in plan.axes.items())
    seconds = estimate_seconds(store(), settings(), plan)
    if seconds is None:
        time = "How long they take is not known: no such run has been measured on this server yet."
        if experiment_named(plan.experiment).train_many:
            time += " The first sweep also compiles its code, which can take over a minute."
    else:
        time = (
            f"About **{told_seconds(seconds)}** on this server, judged by its latest runs of this "
            "lab; others who train at the same time make it longer."
        )
    return f"{sizes} = **{plan.count:,} runs**. {time}"


def _all_words(plan: SweepPlan) -> list[str]:
    specs = specs_of(plan.experiment)
    words = [f"{name}={value}" for name, value in plan.base.items()]
    for name, values in plan.axes.items():
        separator = "|" if specs[name].kind == "text" else ","
        words.append(f"{name}={separator.join(str(value) for value in values)}")
    return words


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set("|;*() ") else word
