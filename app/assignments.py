"""The lesson or class board that the address names: its words, its bounds on the form."""

import streamlit as st

from app import address, state
from app.assignment import Assignment, Recording
from app.identity import authorised_board, current_owner, lessons
from app.navigation import PAGES
from app.plain_text import markdown_without_links, plain
from app.resources import store
from rdfia_core.config import field_specs
from rdfia_core.errors import BoardNotFoundError, ShareNotFoundError, StoreError
from rdfia_core.experiments import Experiment
from rdfia_core.store.board_store import METRICS, NO_BOARD, Board, BoardStore
from rdfia_core.store.lessons import Lesson
from rdfia_core.store.share_store import DEAD_LINK


def draw_assignment(experiment: Experiment) -> Assignment | None:
    """Draw what the lesson or board of the address says; return its bounds, if there is one."""
    try:
        if address.lesson_id():
            lesson = _opened_lesson(experiment)
            _draw_lesson(lesson)
            return _bounds_of_lesson(lesson)
        if address.board_code():
            board = _joined_board(experiment)
            _draw_board(board)
            return _bounds_of_board(board, experiment)
    except StoreError as error:
        st.error(f"{error} The lab is yours to use all the same.", icon=":material/link_off:")
    return None


def current_assignment(experiment: Experiment) -> Assignment | None:
    """Return the bounds that the address names, if they hold for this lab."""
    try:
        if address.lesson_id():
            return _bounds_of_lesson(_opened_lesson(experiment))
        if address.board_code():
            return _bounds_of_board(_joined_board(experiment), experiment)
    except (ShareNotFoundError, BoardNotFoundError):
        pass
    return None


def _joined_board(experiment: Experiment) -> Board:
    board = authorised_board(address.board_code(), current_owner())
    if board.plan.experiment != experiment.name or not _alias(board):
        raise BoardNotFoundError(NO_BOARD)
    return board


def _alias(board: Board) -> str:
    return BoardStore(store()).alias(board.code, current_owner())


def _bounds_of_board(board: Board, experiment: Experiment) -> Assignment:
    plan = board.plan
    names = {spec.name for spec in field_specs(experiment.config_class)}
    return Assignment(
        id=f"board {board.code}",
        noun="class board",
        values=plan.values,
        free=frozenset(names - set(plan.fixed)),
        fixed=frozenset(plan.fixed),
        check=board.check,
        board=board.code,
    )


def _draw_board(board: Board) -> None:
    plan = board.plan
    with st.container(border=True):
        st.subheader(plain(plan.title), anchor=False)
        metric = METRICS[plan.metric].lower()
        st.markdown(
            f"You play for the class board as **{plain(_alias(board))}**. A finished run of at "
            f"most **{plan.epochs} epochs** counts; your best **{metric}** stands on the board."
        )
        if board.closed is not None:
            st.warning("The board is closed: no further runs count.", icon=":material/lock:")
        st.page_link(
            PAGES / "board.py",
            label="See the board",
            icon=":material/leaderboard:",
            query_params={address.BOARD: board.code},
        )


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
