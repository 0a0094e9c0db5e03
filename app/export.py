"""Downloads of a run, in groups; a file is made when it is asked for."""

from collections.abc import Callable
from itertools import groupby

import streamlit as st

from app.controls import current_run
from app.identity import authorised_run, current_owner
from app.resources import settings, store
from rdfia_core.experiments import Experiment
from rdfia_core.jobs.export import Export, exports_of
from rdfia_core.store import RunRecord


def draw_export(experiment: Experiment) -> None:
    """Draw the downloads of the run on display."""
    run = current_run(experiment)
    if run is None:
        return
    with st.popover("Export this run", icon=":material/download:"):
        st.caption("As the run stands when you press.")
        found = sorted(exports_of(experiment.name), key=lambda export: export.group)
        for group, exports in groupby(found, key=lambda export: export.group):
            st.markdown(f"**{group}**")
            for export in exports:
                _draw_download(run, export)


def _draw_download(run: RunRecord, export: Export) -> None:
    st.download_button(
        export.label,
        _maker(run.id, export),
        file_name=f"{run.experiment}-{run.id[:6]}-{export.name}",
        mime=export.mime,
        help=export.explanation,
        key=f"{run.experiment}/export/{export.name}",
        on_click="ignore",
        width="stretch",
    )


def _maker(run_id: str, export: Export) -> Callable[[], bytes]:
    owner = current_owner()

    def make() -> bytes:
        return export.make(store(), settings(), authorised_run(run_id, owner))

    return make
