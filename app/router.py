"""Every page is drawn through here: page settings, navigation over pages/, the status line."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from app.identity import introduce  # noqa: E402
from app.messages import shown_errors  # noqa: E402
from app.navigation import all_pages, sections  # noqa: E402
from app.resources import start_up  # noqa: E402
from app.status import draw_status  # noqa: E402

st.set_page_config(
    page_title="RDFIA Playground",
    page_icon=str(Path(__file__).with_name("icon.svg")),
    layout="wide",
)
first = all_pages()[0]
page = st.navigation(
    {
        section: [
            st.Page(
                info.path,
                title=info.title,
                icon=info.icon,
                url_path=None if info is first else info.path.stem,
                default=info is first,
                visibility="hidden" if info.is_hidden else "visible",
            )
            for info in pages
        ]
        for section, pages in sections().items()
    },
    position="top",
)
with shown_errors():
    start_up()
    introduce()
    page.run()
draw_status()
