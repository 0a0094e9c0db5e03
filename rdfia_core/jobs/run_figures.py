"""The printed figures of a run: its curves, and its last picture. Loads matplotlib."""

from collections.abc import Callable
from typing import Any, cast

from matplotlib.figure import Figure

from rdfia_core.config import field_specs
from rdfia_core.data.point_config import PointsConfig, display_points
from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.curves import thin_rows
from rdfia_core.figures.packing import decode_frame
from rdfia_core.figures.print.curves import draw_curves
from rdfia_core.figures.print.images import draw_picture
from rdfia_core.figures.print.plane import draw_plane
from rdfia_core.figures.print.sheet import Format, saved, style
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore

MAX_CURVE_ROWS = 2_000


def curves_svg(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return losses and accuracies by epoch, as SVG."""
    return _file(store, settings, run, _curves, "svg")


def curves_png(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return losses and accuracies by epoch, as PNG."""
    return _file(store, settings, run, _curves, "png")


def picture_svg(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the run's last picture, as SVG."""
    return _file(store, settings, run, _picture, "svg")


def picture_png(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the run's last picture, as PNG."""
    return _file(store, settings, run, _picture, "png")


_Draw = Callable[[RunStore, Settings, RunRecord], Figure]


def _file(store: RunStore, settings: Settings, run: RunRecord, draw: _Draw, form: Format) -> bytes:
    with style():
        title = f"{experiment_named(run.experiment).title}, run {run.id}"
        return saved(draw(store, settings, run), form, title)


def _curves(store: RunStore, settings: Settings, run: RunRecord) -> Figure:
    del settings
    columns = store.metrics(run.id).columns
    if not any(name.endswith(("_loss", "_accuracy")) for name in columns):
        raise DataUnavailableError(
            f"There is no curve of run {run.id} to draw: it is {run.state} after {run.step} steps "
            "and has measured no loss. Let it go on, then ask again."
        )
    # All losses are cross-entropies, unless the config says otherwise; mse has no unit.
    is_in_nats = run.config.get("loss", "cross_entropy") == "cross_entropy"
    rows = thin_rows(columns, MAX_CURVE_ROWS)
    return draw_curves(rows, caption(run, run.epoch), "nats" if is_in_nats else "")


def _picture(store: RunStore, settings: Settings, run: RunRecord) -> Figure:
    frame = store.live_frame(run.id)
    figure = None
    if frame is not None:
        _, epoch, snapshot = decode_frame(frame.blob)
        told = caption(run, epoch)
        if "probs" in snapshot.arrays:
            points = _points_of(run, settings)
            figure = draw_plane(snapshot.arrays, snapshot.info, points, told)
        else:
            figure = draw_picture(snapshot.arrays, snapshot.info, told)
    if figure is None:
        raise DataUnavailableError(
            f"Run {run.id} has no picture yet: it is {run.state} after {run.step} steps. Let it "
            "go on, then ask again."
        )
    return figure


def _points_of(run: RunRecord, settings: Settings) -> dict[str, Any]:
    config = experiment_named(run.experiment).config_class.build(run.config)
    return display_points(cast("PointsConfig", config), settings.uploads_dir)


def caption(run: RunRecord, epoch: float) -> str:
    """Say what run a figure is of: lab, seed, when, where, and what was set."""
    experiment = experiment_named(run.experiment)
    values = {**run.config, **run.live}
    config_class = experiment.config_class
    hidden = {"seed", "epochs", "device", "picture"}
    told = [
        f"{spec.name} {values.get(spec.name, spec.default)}"
        for spec in field_specs(config_class)
        if spec.name not in hidden
        and spec.section not in config_class.hidden_sections
        and values.get(spec.name, spec.default) != spec.default
        and spec.has_effect(values)
    ]
    settings = ", ".join(told) or "the lab's default settings"
    last = f" of {values['epochs']}" if "epochs" in values else ""
    where = f", on {run.device}" if run.device else ""
    name = f"“{run.name}”, " if run.name else ""
    return (
        f"{experiment.title}: {name}run {run.id}, seed {values.get('seed', 'none')}, epoch "
        f"{epoch:g}{last}{where}, {run.state}. Settings: {settings}."
    )
