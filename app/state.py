"""The only file that names session_state keys.

What lives here dies with the browser tab; all that must outlive it is in the address or the store.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st


def widget_key(experiment: str, field: str, part: str = "") -> str:
    """Return the key of a field's widget; `part` tells several widgets of one field apart."""
    return f"{experiment}.{field}.{part}" if part else f"{experiment}.{field}"


def _overruled_widgets() -> set[str]:
    """Return the keys of widgets on the screen whose values were replaced since."""
    keys: set[str] = st.session_state.setdefault("overruled", set())
    return keys


def told(key: str, value: Any) -> str:
    """Tell a widget on the screen if its value was replaced; return the key.

    Such a widget ignores its default, but follows session_state. One that is new must be given its
    value as default: what session_state tells it is lost if a second pass of the script overtakes
    the first before the browser has the widget's code.
    """
    if key in _overruled_widgets():
        _overruled_widgets().discard(key)
        st.session_state[key] = value
    return key


def widget_value(key: str) -> Any:
    """Return what a widget says, inside its `on_change`."""
    return st.session_state[key]


def form_values(experiment: str) -> dict[str, Any]:
    """Return the form's values, which survive a change of page (widgets do not)."""
    values: dict[str, Any] = st.session_state.setdefault(f"{experiment}/values", {})
    return values


def set_form_values(experiment: str, values: Mapping[str, Any]) -> None:
    """Replace the form's values; the widgets are drawn anew with them."""
    st.session_state[f"{experiment}/values"] = dict(values)
    for key in list(st.session_state):
        if str(key).startswith(f"{experiment}."):
            del st.session_state[key]
            _overruled_widgets().add(str(key))


def form_origin(experiment: str) -> str:
    """Return the id of the lesson or board that the form's values began with, or ""."""
    return str(st.session_state.get(f"{experiment}/origin", ""))


def set_form_origin(experiment: str, origin: str) -> None:
    """Note the lesson or board that the form's values begin with."""
    st.session_state[f"{experiment}/origin"] = origin


def is_revealed(lesson: str) -> bool:
    """Whether the visitor has asked for a lesson's explanation."""
    return bool(st.session_state.get(f"revealed/{lesson}"))


def reveal(lesson: str) -> None:
    """Note that the visitor asks for a lesson's explanation."""
    st.session_state[f"revealed/{lesson}"] = True


def form_problems(experiment: str) -> list[str]:
    """Return the sentences on values of the address that were not allowed."""
    problems: list[str] = st.session_state.setdefault(f"{experiment}/problems", [])
    return problems


def message(experiment: str) -> str:
    """Return the sentence that the last command left, and forget it."""
    return str(st.session_state.pop(f"{experiment}/message", ""))


def leave_message(experiment: str, sentence: str) -> None:
    """Leave a sentence for the next drawing of the page."""
    st.session_state[f"{experiment}/message"] = sentence


def heard(component: str) -> float:
    """Return the largest nonce of the commands that were obeyed for a component, by its key."""
    return float(st.session_state.get(f"{component}/heard", 0))


def note_heard(component: str, nonce: float) -> None:
    """Note that the commands up to this nonce need not be sent again."""
    st.session_state[f"{component}/heard"] = nonce


def instant_runs(experiment: str) -> dict[str, tuple[str, str]]:
    """Return the runs that answer the form at once, by slot: what was asked, the run's id."""
    runs: dict[str, tuple[str, str]] = st.session_state.setdefault(f"{experiment}/instant", {})
    return runs


def discarded_runs() -> list[str]:
    """Return the ids of runs that are to be forgotten once they have stopped."""
    runs: list[str] = st.session_state.setdefault("discarded", [])
    return runs


def imported_sets(experiment: str) -> list[str]:
    """Return the image sets imported in this tab; those of other visitors are not listed."""
    names: list[str] = st.session_state.setdefault(f"{experiment}/imported", [])
    return names


def sample_number(experiment: str) -> int:
    """Return which sample of the images is shown."""
    return int(st.session_state.setdefault(f"{experiment}/sample", 0))


def next_sample(experiment: str) -> None:
    """Show another sample of the images."""
    st.session_state[f"{experiment}/sample"] = sample_number(experiment) + 1


def just_deleted() -> list[str]:
    """Return the ids of the runs that were deleted last in this tab."""
    runs: list[str] = st.session_state.setdefault("just_deleted", [])
    return runs


def run_table() -> int:
    """Return which drawing of the runs' table this is; another one has its ticks set anew."""
    return int(st.session_state.setdefault("run_table", 0))


def renew_run_table() -> None:
    """Have the ticks of the runs' table set anew from the address."""
    st.session_state["run_table"] = run_table() + 1


def routes_answer() -> bool:
    """Whether the browser reaches the routes; assumed until it says otherwise."""
    return bool(st.session_state.setdefault("routes_answer", True))


def set_routes_answer(answer: bool) -> None:
    """Note what the browser said of the routes."""
    st.session_state["routes_answer"] = answer


def ask_full_rerun() -> None:
    """Ask for the whole page to be drawn again after this fragment."""
    st.session_state["full_rerun"] = True


def take_full_rerun() -> bool:
    """Whether the whole page was asked for, once."""
    return bool(st.session_state.pop("full_rerun", False))


def report_draft(load: Callable[[], Any]) -> Any:
    """Return the lab report as chosen and written so far; loaded at a tab's first visit."""
    if "report/draft" not in st.session_state:
        st.session_state["report/draft"] = load()
    return st.session_state["report/draft"]


def set_report_draft(draft: Any) -> None:
    """Keep the lab report as it is now."""
    st.session_state["report/draft"] = draft
