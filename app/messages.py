"""Our errors as sentences on the page; any other exception is a bug and is logged as one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from rdfia_core.errors import RdfiaError

logger = logging.getLogger(__name__)


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show an error that we raise on purpose as a sentence, and let the page go on."""
    try:
        yield
    except RdfiaError as error:
        st.error(str(error), icon=":material/error:")


def report_bug(error: Exception) -> bool:
    """Log an exception that escaped a page; the visitor gets a sentence, not a traceback."""
    logger.error("a page failed", exc_info=error)
    st.error(
        "Something went wrong on this page, and it is our fault. Your runs are safe. Reload the "
        "page; if it happens again, tell the maintainers what you did last.",
        icon=":material/bug_report:",
    )
    return True
