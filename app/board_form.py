"""Where class boards are joined and opened."""

import streamlit as st

from app import address
from app.identity import current_owner, join_board
from app.lesson_form import choose_lab, field_label, offered_fields, settings_so_far
from app.messages import shown_errors
from app.navigation import PAGES
from app.plain_text import plain
from app.resources import store
from rdfia_core.store.board_store import MAX_TITLE, METRICS, Board, BoardStore, Plan

KEY = "board"
DEFAULT_EPOCHS = 30


def draw_join(code: str = "") -> None:
    """Draw where a code is typed; `code` is what the address already says."""
    with st.form(f"{KEY}/join", border=True):
        typed = st.text_input(
            "Code",
            code,
            key=f"{KEY}/code",
            max_chars=12,
            placeholder="Six letters and digits from your teacher",
        )
        st.caption("You get a name such as brave-otter. Nobody sees who you are.")
        pressed = st.form_submit_button("Join the board", type="primary", icon=":material/login:")
    if pressed:
        with shown_errors():
            address.set_board_code(join_board(typed, current_owner()))
            st.rerun()


def draw_joined() -> None:
    """Draw the boards that the visitor has joined."""
    joined = BoardStore(store()).joined_by(current_owner())
    if joined:
        st.markdown("**Boards that you have joined**")
    for board in joined:
        _draw_link(board)


def draw_open() -> None:
    """Draw the form of a new board, and the visitor's own boards."""
    experiment = choose_lab(KEY, needs_epochs=True)
    values = settings_so_far(experiment)
    specs = offered_fields(experiment)
    with st.form(f"{KEY}/open", border=False):
        title = st.text_input("Title", max_chars=MAX_TITLE, placeholder="Best in 30 epochs")
        fixed = st.multiselect(
            "Fixed settings",
            [name for name in specs if name != "epochs"],
            default=[
                name
                for name, spec in specs.items()
                if name != "epochs"
                and (spec.section == "Data" or values[name] != spec.default)
                and spec.has_effect(values)
            ],
            format_func=lambda name: field_label(specs[name]),
            key=f"{KEY}/{experiment.name}/fixed",
            help="The same for everybody; all others are the students' to choose. The server "
            "refuses a run that changes them.",
        )
        epochs = st.number_input(
            "Epoch budget",
            min_value=1,
            max_value=20_000,
            value=DEFAULT_EPOCHS,
            key=f"{KEY}/epochs",
            help="No run for the board may have more epochs. A small budget makes a fast game.",
        )
        metric = st.segmented_control(
            "What counts",
            list(METRICS),
            format_func=lambda name: METRICS[name],
            default="test_accuracy",
            required=True,
            key=f"{KEY}/metric",
            help="Of the finished run. Validation accuracy needs a validation part: choosing by "
            "the test points a hundred times over is training on them.",
        )
        shows_names = st.toggle(
            "Show names",
            value=True,
            key=f"{KEY}/names",
            help="Off: everybody sees their own name alone.",
        )
        if st.form_submit_button("Open the board", type="primary", icon=":material/leaderboard:"):
            plan = Plan(experiment.name, title, values, fixed, epochs, str(metric), shows_names)
            with shown_errors():
                address.set_board_code(BoardStore(store()).create(current_owner(), plan))
                st.rerun()
    mine = BoardStore(store()).of_owner(current_owner())
    if mine:
        st.markdown("**Your boards**")
    for board in mine:
        _draw_link(board)


def _draw_link(board: Board) -> None:
    closed = ", closed" if board.closed is not None else ""
    st.page_link(
        PAGES / "board.py",
        label=f"{plain(board.plan.title)} ({board.code}{closed})",
        icon=":material/leaderboard:",
        query_params={address.BOARD: board.code},
    )
