"""Play against the class: the best run of everybody, without names, live on one board."""

import streamlit as st

from app import address
from app.board_form import draw_join, draw_joined, draw_open
from app.board_view import draw_board
from app.identity import board_if_authorised, current_owner

TITLE = "Class board"
ICON = ":material/leaderboard:"
ORDER = 85
SECTION = "Teach"

st.title("Class board")
code = address.board_code()
board = board_if_authorised(code, current_owner())
if board is not None:
    draw_board(board)
elif code:
    draw_join(code)
else:
    st.markdown(
        "A teacher opens a board for a lab: some settings are fixed, the epochs are limited. "
        "Everybody joins with its code, plays, and the best run of each appears at once."
    )
    join, teach = st.tabs(["Join a board", "Open a board"])
    with join:
        draw_join()
        draw_joined()
    with teach:
        draw_open()
