"""Start, pause, step, stop: one run and its live view, for any experiment.

Long because every command of the live view is answered here, a few lines each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import address, state
from app.assignment import Recording
from app.controls import Form, apply_changes, changed_fields, current_run, refuse_locked
from app.export import draw_export
from app.identity import current_owner
from app.live import Command, live_view
from app.points import PointsOf, shown_points
from app.resources import keep_dispatcher, settings, store
from app.sharing import draw_share
from app.waiting import packet_text
from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.errors import RdfiaError
from rdfia_core.experiments import Experiment
from rdfia_core.jobs.submission import change_live, submit
from rdfia_core.store import RunRecord

SPEEDS: tuple[float | None, ...] = (0.2, 1, 5, 15, 30, 60, 150, None)
"""Paces in epochs per second; None is full speed."""
DEFAULT_SPEED = 30.0
FALLBACK_SECONDS = 0.25


@dataclass(frozen=True)
class Panel:
    """One run panel of a page.

    Args:
        form: What the visitor has set.
        points: Returns the points of a config for display; None for a lab without points.
        recording: Address of a recording to replay before the first run, or "".
        recording_title: What the recording is.
        mount: The component that shows the run.
        told: Returns what the component is told of a config besides.
        speeds: Paces in epochs per second to choose from; None is full speed.
        default_speed: The pace if none is chosen.
    """

    form: Form
    points: PointsOf | None = None
    recording: str = ""
    recording_title: str = ""
    mount: Callable[..., None] = live_view
    told: Callable[[ExperimentConfig], Mapping[str, Any]] = lambda _: {}
    speeds: Sequence[float | None] = SPEEDS
    default_speed: float | None = DEFAULT_SPEED

    @property
    def experiment(self) -> Experiment:
        """The experiment of the form."""
        return self.form.experiment

    @property
    def key(self) -> str:
        """The component's key."""
        return f"{self.experiment.name}/live"


def draw_panel(panel: Panel) -> None:
    """Draw the live view with its transport, and pass changed live values on to the run."""
    keep_dispatcher()
    if problem := address.read_speed(panel.default_speed)[1]:
        st.warning(problem, icon=":material/link_off:")
    run = current_run(panel.experiment)
    if run is not None and not run.is_over and panel.form.config is not None:
        _pass_on_live_values(panel, run)
    polls = _needs_polling(run)
    page_of = "" if run is None else run.id
    st.fragment(_draw, run_every=FALLBACK_SECONDS if polls else None)(panel, polls, page_of)
    with st.container(horizontal=True):  # is there without a run too: what follows keeps its place
        if run is not None:
            draw_export(panel.form, run.id)
            draw_share(run, panel.mount)


def _needs_polling(run: RunRecord | None) -> bool:
    """Whether the page itself must feed the component: a run lives, and no route is reached."""
    return run is not None and not run.is_over and not state.routes_answer()


def _pass_on_live_values(panel: Panel, run: RunRecord) -> None:
    values = {**run.config, **run.live}
    changes = {
        spec.name: panel.form.values[spec.name]
        for spec in field_specs(panel.experiment.config_class)
        if spec.live and panel.form.values[spec.name] != values[spec.name]
    }
    if changes:
        change_live(store(), run, changes)


def _draw(panel: Panel, polls: bool, page_of: str) -> None:
    """Draw the view; `page_of` is the run that the rest of the page was drawn for, or ""."""
    if state.take_full_rerun() or _needs_polling(current_run(panel.experiment)) != polls:
        st.rerun()
    if sentence := state.message(panel.experiment.name):
        st.error(sentence, icon=":material/error:")
    run = current_run(panel.experiment)
    behind = run is not None and run.id != page_of
    data = {**_data(panel, run), "behind": behind}
    panel.mount(data, key=panel.key, on_command=lambda command: _obey(panel, command))


def _data(panel: Panel, run: RunRecord | None) -> dict[str, Any]:
    """Put together what the component is told (docs/live.md)."""
    form = panel.form
    changed = [] if run is None else changed_fields(form, {**run.config, **run.live})
    shows_other_data = any(spec.section == "Data" for spec in changed)
    shown = None if run is not None and run.is_over and shows_other_data else run
    recording = _recording(panel) if run is None else None
    data: dict[str, Any] = {
        "run": None if shown is None else shown.id,
        "recording": None if recording is None else recording.address,
        "editable": form.values.get("dataset") == "points" and (shown is None or shown.is_over),
        "control": True,
        "stale": shown is not None and bool(changed),
        "speeds": list(panel.speeds),
        "speed": address.read_speed(panel.default_speed)[0],
        "title": "" if recording is None else recording.title,
        **_told(panel, shown, recording),
    }
    if shown is not None and not state.routes_answer():
        data["packet"] = packet_text(shown)
    return data


def _recording(panel: Panel) -> Recording | None:
    """Return what is replayed before the first run, as long as the form is as it started."""
    form = panel.form
    if form.assignment is not None:
        is_untouched = form.values == form.assignment.start(panel.experiment)
        return form.assignment.recording if is_untouched else None
    if panel.recording and form.config is not None and not form.config.changed():
        return Recording(panel.recording, panel.recording_title, form.config.model_dump())
    return None


def _told(panel: Panel, run: RunRecord | None, recording: Recording | None) -> dict[str, Any]:
    """What the component needs to know of the config on display."""
    config = panel.form.config
    if (source := run or recording) is not None:
        config = panel.experiment.config_class.build(source.config)
    if config is None:
        return {"points": None}
    points = None if panel.points is None else shown_points(panel.points, config)
    return {"points": points, **panel.told(config)}


# Commands


def _obey(panel: Panel, command: Command) -> None:
    """Do what the viewer pressed; a refusal becomes a sentence on the page."""
    try:
        _COMMANDS.get(command.get("type", ""), _ignore)(panel, command)
    except RdfiaError as error:
        state.leave_message(panel.experiment.name, str(error))


def _ignore(panel: Panel, command: Mapping[str, Any]) -> None:
    del panel, command


def _live_run(panel: Panel) -> RunRecord | None:
    """Return the run on display if it still lives."""
    run = current_run(panel.experiment)
    return None if run is None or run.is_over else run


def _is_stale(panel: Panel, run: RunRecord) -> bool:
    return bool(changed_fields(panel.form, {**run.config, **run.live}))


def _start(panel: Panel, *, paused: bool = False, batches: int = 0, epochs: int = 0) -> None:
    """End the run on display and start one with the form's values."""
    keep_dispatcher()
    form = panel.form
    values = state.form_values(form.experiment.name)
    config = form.experiment.config_class.build(values)
    before = current_run(form.experiment)
    if before is not None and not before.is_over:
        store().command(before.id, "stop")
    run_id = submit(
        store(),
        settings(),
        form.experiment.name,
        config.model_dump(),
        owner=current_owner(),
        paused=paused,
        speed=address.read_speed(panel.default_speed)[0],
        board="" if form.assignment is None else form.assignment.board,
    )
    if batches or epochs:
        store().request_steps(run_id, batches=batches, epochs=epochs)
    # What stands below the view follows once the view has arrived at the new run: to draw the
    # whole page first would keep the first curve point waiting.
    address.set_run_id(run_id)


def _play(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    run = _live_run(panel)
    if run is None or (run.command == "pause" and _is_stale(panel, run)):
        _start(panel)
    else:
        store().command(run.id, "run")


def _pause(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    if run := _live_run(panel):
        store().command(run.id, "pause")


def _stop(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    if run := _live_run(panel):
        store().command(run.id, "stop")


def _advance(panel: Panel, command: Mapping[str, Any]) -> None:
    """One batch or epoch, or as many as were pressed: a running run pauses first."""
    count = min(max(int(command.get("count", 1)), 1), 1000)
    requests = {"batches": count} if command["type"] == "batch" else {"epochs": count}
    run = _live_run(panel)
    if run is None or _is_stale(panel, run):
        _start(panel, paused=True, **requests)
        return
    store().command(run.id, "pause")
    store().request_steps(run.id, **requests)


def _reset(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    _start(panel, paused=True)


def _restart(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    _start(panel)


def _new_seed(panel: Panel, command: Mapping[str, Any]) -> None:
    del command
    refuse_locked(panel.experiment, ["seed"])
    seed = int(state.form_values(panel.experiment.name)["seed"])
    apply_changes(panel.experiment, {"seed": seed + 1})
    _start(panel, paused=True)
    state.ask_full_rerun()


def _set_speed(panel: Panel, command: Mapping[str, Any]) -> None:
    value = command.get("value")
    speed = None if value is None else min(max(float(value), 0.01), address.MAX_SPEED)
    address.write_speed(speed, panel.default_speed)
    if run := _live_run(panel):
        store().update_run(run.id, speed=speed)


def _try(panel: Panel, command: Mapping[str, Any]) -> None:
    changes = dict(command.get("changes", {}))
    refuse_locked(panel.experiment, changes)
    apply_changes(panel.experiment, changes)
    _start(panel)
    state.ask_full_rerun()


def _change_live(panel: Panel, command: Mapping[str, Any]) -> None:
    """Change a live value from within the picture."""
    changes = dict(command.get("changes", {}))
    refuse_locked(panel.experiment, changes)
    apply_changes(panel.experiment, changes)
    if run := _live_run(panel):
        change_live(store(), run, changes)
    state.ask_full_rerun()


def _edit_points(panel: Panel, command: Mapping[str, Any]) -> None:
    refuse_locked(panel.experiment, ["points"])
    apply_changes(panel.experiment, {"points": str(command.get("value", ""))})
    state.ask_full_rerun()


def _arrive(panel: Panel, command: Mapping[str, Any]) -> None:
    """The view shows a run that the rest of the page does not know yet."""
    del panel, command
    state.ask_full_rerun()


def _note_routes(panel: Panel, command: Mapping[str, Any]) -> None:
    del panel
    state.set_routes_answer(bool(command.get("ok")))
    state.ask_full_rerun()


_COMMANDS: dict[str, Callable[[Panel, Mapping[str, Any]], None]] = {
    "play": _play,
    "pause": _pause,
    "stop": _stop,
    "batch": _advance,
    "epoch": _advance,
    "reset": _reset,
    "restart": _restart,
    "new_seed": _new_seed,
    "speed": _set_speed,
    "try": _try,
    "points": _edit_points,
    "live": _change_live,
    "arrived": _arrive,
    "route": _note_routes,
}
