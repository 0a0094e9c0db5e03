"""The entry point: `streamlit run app/main.py` from the repository root."""

import gc
import logging
import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from app.identity import identity_middleware  # noqa: E402
from app.messages import report_bug  # noqa: E402
from app.preload import preload_middleware  # noqa: E402
from app.resources import start_up  # noqa: E402
from app.routes import ROUTES  # noqa: E402
from rdfia_core.errors import StoreError  # noqa: E402

try:
    start_up()
except StoreError as error:
    # Each page tries again and shows the sentence: a traceback in a log helps nobody who watches.
    logging.getLogger(__name__).error("%s", error)  # noqa: TRY400
app = st.App(
    str(Path(__file__).with_name("router.py")),
    routes=ROUTES,
    middleware=[identity_middleware(), preload_middleware()],
    on_script_error=report_bug,
)
gc.freeze()
