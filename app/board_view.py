"""A class board as its teacher and its members see it, live while it is open."""

import math
import threading
import time
from functools import lru_cache

import numpy as np
import streamlit as st

from app import address
from app.identity import authorised_board, current_owner
from app.navigation import page_of
from app.plain_text import plain
from app.resources import store
from app.settings_table import told_changes
from app.sharing import address_of
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.sparkline import sparkline
from rdfia_core.figures.tables import markdown_table
from rdfia_core.store.board_store import METRICS, Board, BoardStore, Standing

POLL_SECONDS = 2.0
SPARK_LETTERS = 12
PROJECTED = 10
KEY = "board"
SHARED_SECONDS = 1.0
MAX_REMEMBERED = 100

_lock = threading.Lock()
_recent: dict[str, tuple[float, list[Standing]]] = {}


def draw_board(board: Board) -> None:
    """Draw a board and what its viewer may do with it."""
    boards = BoardStore(store())
    alias = boards.alias(board.code, current_owner())
    is_teacher = board.owner == current_owner()
    is_big = is_teacher and st.toggle(
        "Large print for the projector", key=f"{KEY}/big", bind="query-params"
    )
    plan = board.plan
    rules = (
        f"{experiment_named(plan.experiment).title}: at most {plan.epochs} epochs, the best "
        f"{METRICS[plan.metric].lower()} of a finished run counts."
    )
    st.header(plain(plan.title), anchor=False)
    if is_big:
        st.markdown(f"## Code&ensp;**{board.code[:3]} {board.code[3:]}**")
    st.markdown(rules if is_big else f"{rules} Code **{board.code}**.")
    if is_teacher:
        st.code(address_of("board", board=board.code), language=None, wrap_lines=True)
    if board.closed is not None:
        st.info("The board is closed: no further runs count.", icon=":material/lock:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if alias:
            _draw_membership(board, alias)
        elif is_teacher:
            st.button("Join it yourself", key=f"{KEY}/join_own", on_click=_join, args=(board.code,))
        if is_teacher:
            st.button(
                "Open it again" if board.closed is not None else "Close the board",
                key=f"{KEY}/close",
                icon=":material/lock_open:" if board.closed is not None else ":material/lock:",
                on_click=_set_closed,
                args=(board.code, board.closed is None),
            )
        st.button("All boards", key=f"{KEY}/leave", on_click=address.set_board_code, args=("",))
    drawn = st.fragment(_draw_standings, run_every=POLL_SECONDS if board.closed is None else None)
    drawn(board.code, board.closed is not None, is_big)


def _draw_membership(board: Board, alias: str) -> None:
    st.markdown(f"You are **{plain(alias)}**.")
    if board.closed is None:
        st.page_link(
            page_of(board.plan.experiment),
            label="**Play for the board**",
            icon=":material/play_arrow:",
            query_params={address.BOARD: board.code},
        )
    st.button(
        "Another name",
        key=f"{KEY}/redraw",
        icon=":material/casino:",
        on_click=_redraw,
        args=(board.code,),
    )


def _redraw(code: str) -> None:
    BoardStore(store()).redraw(code, current_owner())


def _join(code: str) -> None:
    BoardStore(store()).join(code, current_owner())


def _set_closed(code: str, closed: bool) -> None:
    BoardStore(store()).set_closed(code, current_owner(), closed=closed)


def _draw_standings(code: str, was_closed: bool, is_big: bool) -> None:
    board = authorised_board(code, current_owner())
    if (board.closed is not None) != was_closed:
        st.rerun()
    standings = _standings(board)
    if not standings:
        st.info("Nobody has joined yet.", icon=":material/group:")
    elif is_big:
        _draw_big(board, standings[:PROJECTED])
    else:
        st.markdown(_table(board, standings))
    done = sum(standing.value is not None for standing in standings)
    attempts = sum(standing.attempts for standing in standings)
    st.caption(f"{len(standings)} joined, {done} on the board, {attempts} runs have ended.")


def _standings(board: Board) -> list[Standing]:
    """Return the standings, at most a second old: all viewers of a board share one query."""
    with _lock:
        asked, standings = _recent.get(board.code, (-math.inf, []))
        if time.monotonic() - asked > SHARED_SECONDS:
            standings = BoardStore(store()).standings(board)
            _recent.pop(board.code, None)
            _recent[board.code] = (time.monotonic(), standings)
            while len(_recent) > MAX_REMEMBERED:
                del _recent[next(iter(_recent))]
    return standings


def _table(board: Board, standings: list[Standing]) -> str:
    experiment = experiment_named(board.plan.experiment)
    rows = []
    for place, standing in enumerate(standings, start=1):
        has_result = standing.value is not None
        changes = told_changes(experiment, standing.config, board.plan.values)
        told = plain(changes) if changes else "nothing"
        rows.append(
            [
                f"{place}" if has_result else "",
                _name(board, standing),
                _percent(standing),
                _curve(standing.run_id, board.plan.metric) if has_result else "",
                str(standing.attempts),
                told if has_result else "",
            ]
        )
    header = ["Place", "Name", METRICS[board.plan.metric], "Curve", "Runs", "Changed"]
    return markdown_table(header, rows)


def _draw_big(board: Board, standings: list[Standing]) -> None:
    for place, standing in enumerate(standings, start=1):
        number, name, value = st.columns([1, 5, 2], vertical_alignment="center")
        has_result = standing.value is not None
        number.markdown(f"## {place}" if has_result else "## –")
        name.markdown(f"## {_name(board, standing)}")
        value.markdown(f"## {_percent(standing)}")


def _name(board: Board, standing: Standing) -> str:
    if standing.owner == current_owner():
        return f"**{plain(standing.alias)} (you)**"
    return plain(standing.alias) if board.plan.shows_names else "somebody"


def _percent(standing: Standing) -> str:
    return "" if standing.value is None else f"{100 * standing.value:.1f}\N{NO-BREAK SPACE}%"


@lru_cache(maxsize=2048)
def _curve(run_id: str, metric: str) -> str:
    """Return a finished run's curve as letters; it never changes again."""
    columns = store().metrics(run_id).columns
    return sparkline(columns.get(metric, np.array([])), SPARK_LETTERS)
