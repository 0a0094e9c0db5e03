"""Make a lesson of a lab: a link with a task, few settings, and an answer held back."""

import streamlit as st

from app.lesson_form import draw_lesson_form, draw_lessons

TITLE = "Lessons"
ICON = ":material/school:"
ORDER = 80
SECTION = "Teach"

st.title("Lessons")
st.markdown(
    "Choose a lab, write what to do in it, and leave open only the settings that matter. Students "
    "open the link, play, think, and reveal the explanation when they want it."
)
draw_lesson_form()
draw_lessons()
