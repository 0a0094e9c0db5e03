"""The lesson or class board that the address names: its words, its bounds on the form."""

import streamlit as st

from app import address, state
from app.assignment import Assignment, Recording
from app.identity import lessons
from app.plain_text import markdown_without_links, plain
from rdfia_core.errors import RdfiaError, ShareNotFoundError
from rdfia_core.experiments import Experiment
from rdfia_core.store.lessons import Lesson
from rdfia_core.store.share_store import DEAD_LINK


def draw_assignment(experiment: Experiment) -> Assignment | None:
    """Draw what the lesson or board of the address says; return its bounds, if there is one."""
    if not address.lesson_id():
        return None
    try:
        lesson = _opened_lesson(experiment)
    except RdfiaError as error:
        st.error(f"{error} The lab is yours to use all the same.", icon=":material/link_off:")
        return None
    _draw_lesson(lesson)
    return _bounds_of_lesson(lesson)


def current_assignment(experiment: Experiment) -> Assignment | None:
    """Return the bounds that the address names, if they hold for this lab."""
    try:
        return _bounds_of_lesson(_opened_lesson(experiment)) if address.lesson_id() else None
    except ShareNotFoundError:
        return None


def _opened_lesson(experiment: Experiment) -> Lesson:
    lesson = lessons().lesson(address.lesson_id())
    if lesson.draft.experiment != experiment.name:
        raise ShareNotFoundError(DEAD_LINK)
    return lesson


def _bounds_of_lesson(lesson: Lesson) -> Assignment:
    draft = lesson.draft
    recording = None
    if draft.recorded is not None:
        title = f"A recorded run: {draft.title}"
        recording = Recording(f"api/lessons/{lesson.id}/recording", title, draft.recorded)
    return Assignment(
        id=lesson.id,
        noun="lesson",
        values=draft.values,
        free=frozenset(draft.free),
        fixed=frozenset(draft.fixed),
        recording=recording,
    )


def _draw_lesson(lesson: Lesson) -> None:
    draft = lesson.draft
    with st.container(border=True):
        st.subheader(plain(draft.title), anchor=False)
        if draft.task:
            st.markdown(markdown_without_links(draft.task))
        if draft.recorded is not None and address.run_id():
            st.button(
                "Show the recorded run",
                key=f"lesson/{lesson.id}/recording",
                icon=":material/replay:",
                on_click=address.set_run_id,
                args=("",),
            )
        if not draft.explanation:
            return
        if state.is_revealed(lesson.id):
            st.markdown("**Explanation**")
            st.markdown(markdown_without_links(draft.explanation))
        else:
            st.button(
                "Reveal the explanation",
                key=f"lesson/{lesson.id}/reveal",
                icon=":material/lightbulb:",
                help="Have a guess first.",
                on_click=state.reveal,
                args=(lesson.id,),
            )
