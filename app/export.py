"""Downloads of a run: settings, metrics, weights."""

from collections.abc import Callable

import streamlit as st

from app.controls import current_run
from app.identity import authorised_run, current_owner
from app.resources import settings, store
from rdfia_core.experiments import Experiment
from rdfia_core.jobs.export import EXPORTS, Export

LABELS = {
    "settings.json": ("Settings", "application/json"),
    "metrics.csv": ("Metrics as CSV", "text/csv"),
    "weights.safetensors": ("Weights as safetensors", "application/octet-stream"),
}


def draw_export(experiment: Experiment) -> None:
    """Draw the downloads of the run on display; files are made when one is asked for."""
    run = current_run(experiment)
    if run is None:
        return
    with st.popover("Export this run", icon=":material/download:"):
        st.caption(
            "As the run stands when you press. `safetensors` holds plain numbers by layer name: "
            "`safetensors.torch.load_file(…)` reads it."
        )
        for name, export in EXPORTS.items():
            label, mime = LABELS[name]
            st.download_button(
                label,
                _maker(run.id, export),
                file_name=f"{run.experiment}-{run.id[:6]}-{name}",
                mime=mime,
                key=f"{run.experiment}/export/{name}",
                on_click="ignore",
                width="stretch",
            )


def _maker(run_id: str, export: Export) -> Callable[[], bytes]:
    owner = current_owner()

    def make() -> bytes:
        return export(store(), settings(), authorised_run(run_id, owner))

    return make
