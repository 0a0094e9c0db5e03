"""All image sets of the server: which are here, and fetching those that are not."""

import streamlit as st

from app import state
from app.downloads import Download, downloads
from app.image_overview import choose_set
from app.messages import shown_errors
from app.plain_text import plain
from app.resources import image_library
from rdfia_core.data.images.library import SetStatus
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import Experiment

POLL_SECONDS = 0.5
BADGES = {
    "ready": ":green-badge[:material/check: Here]",
    "archive": ":green-badge[:material/check: Here]",
    "embedded": ":green-badge[:material/check: Comes with the playground]",
    "missing": ":orange-badge[:material/cloud_download: Not here yet]",
}


def draw_sets(experiment: Experiment, chosen: str) -> None:
    """Draw the sets; while one is fetched, anew twice a second.

    Args:
        experiment: Whose form a set is chosen in.
        chosen: The set that is chosen now.
    """
    st.subheader("All image sets")
    st.markdown(
        "**Use** puts a set into the form. **Fetch** brings one to this server, once for "
        "everybody; you may go on working meanwhile."
    )
    polls = downloads().any_running()
    st.fragment(_draw_list, run_every=POLL_SECONDS if polls else None)(experiment, chosen, polls)


def _draw_list(experiment: Experiment, chosen: str, polls: bool) -> None:
    if downloads().any_running() != polls:
        st.rerun()
    for status in _statuses(experiment, chosen):
        with st.container(border=True, gap="small"):
            _draw_set(experiment, status, is_chosen=status.name == chosen)


def _statuses(experiment: Experiment, chosen: str) -> list[SetStatus]:
    """Return the known sets, and the imported ones that this visitor knows of."""
    library = image_library()
    found = {status.name: status for status in library.statuses()}
    for name in (*state.imported_sets(experiment.name), chosen):
        if name not in found:
            try:
                found[name] = library.status(name)
            except DataUnavailableError:
                continue  # somebody deleted it; the overview says so if it is the chosen one
    return list(found.values())


def _draw_set(experiment: Experiment, status: SetStatus, *, is_chosen: bool) -> None:
    download = downloads().of(status.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(status.title)}** {_badge(status, download)}", width="stretch")
        _draw_button(experiment, status, download, is_chosen=is_chosen)
    st.caption(_details(status))
    if download is not None and download.is_running:
        st.progress(_fraction(download), _progress_text(download))
    elif status.is_available:
        return
    elif download is not None and download.state == "failed":
        st.error(plain(download.error), icon=":material/cloud_off:")
    elif not image_library().can_fetch(status.name):
        st.warning(plain(status.sentence), icon=":material/warning:")


def _draw_button(
    experiment: Experiment, status: SetStatus, download: Download | None, *, is_chosen: bool
) -> None:
    key = f"{experiment.name}/set/{status.name}"
    if download is not None and download.is_running:
        label = "Stopping …" if download.is_cancelling else "Cancel"
        st.button(
            label,
            key=f"{key}/cancel",
            disabled=download.is_cancelling,
            on_click=downloads().cancel,
            args=(status.name,),
        )
    elif status.is_available:
        if is_chosen:
            st.button("In use", key=f"{key}/used", disabled=True, icon=":material/check:")
        elif st.button("Use", key=f"{key}/use"):
            with shown_errors():
                choose_set(experiment, status.name)
    elif image_library().can_fetch(status.name):
        label = "Resume" if status.num_bytes else "Fetch"
        st.button(
            label,
            key=f"{key}/fetch",
            icon=":material/cloud_download:",
            type="primary" if is_chosen else "secondary",
            on_click=downloads().start,
            args=(image_library(), status.name),
        )


def _badge(status: SetStatus, download: Download | None) -> str:
    if download is not None and download.is_running:
        return ":blue-badge[Being fetched]"
    if status.name not in SOURCES and status.is_available:
        return ":green-badge[:material/check: Imported]"
    return BADGES[status.state]


def _details(status: SetStatus) -> str:
    counts = f"{status.num_train:,} training and {status.num_test:,} test images"
    source = SOURCES.get(status.name)
    if source is None:
        return f"{counts}."
    kind = "grey" if source.num_channels == 1 else "colour"
    side = source.image_size
    words = [f"{counts}, {kind}, {side} × {side}, {source.num_classes} classes."]
    if not status.is_available and source.download_bytes:
        kept = f", {status.num_bytes / 1e6:.0f} MB of them kept" if status.num_bytes else ""
        words.append(f"{source.download_bytes / 1e6:.0f} MB to fetch{kept}.")
    return " ".join([*words, plain(source.terms)])


def _fraction(download: Download) -> float:
    return min(1.0, download.done / download.total) if download.total else 0.0


def _progress_text(download: Download) -> str:
    if not download.total:
        return "Asking the server …"
    if download.done >= download.total:
        return f"All {download.total / 1e6:.0f} MB are here: unpacking …"
    rate = f", {download.rate / 1e6:.1f} MB/s" if download.rate else ""
    return f"{download.done / 1e6:.1f} of {download.total / 1e6:.0f} MB{rate}"
