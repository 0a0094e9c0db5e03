"""The live view of a run to look at only: nothing can be pressed that would change the run."""

from collections.abc import Callable
from typing import Any

from app import state
from app.live import Command, image_view, live_view, vit_view
from app.points import points_of, shown_points
from app.waiting import packet_text
from rdfia_core.config import ExperimentConfig
from rdfia_core.data.point_config import PointsConfig
from rdfia_core.errors import RdfiaError
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunRecord
from rdfia_core.training.image_set_config import ImageSetConfig


def watch_run(run: RunRecord, *, key: str, title: str = "", link: str = "") -> None:
    """Mount the view of a run, live or ended, without controls.

    Args:
        run: Already authorised.
        key: The component's key.
        title: What the run is, in one line.
        link: Views of one such word show the same moment and the same stretch of the axes.
    """
    config = _config(run)
    data: dict[str, Any] = {
        "run": run.id,
        "recording": None,
        "points": None,
        "editable": False,
        "control": False,
        "stale": False,
        "speeds": [],
        "speed": None,
        "title": title,
        "link": link,
    }
    if isinstance(config, PointsConfig):
        data["points"] = shown_points(points_of, config)
    if isinstance(config, ImageSetConfig):
        data["source"] = [config.dataset, config.num_train, config.num_val]
    if not state.routes_answer():
        data["packet"] = packet_text(run)
    _view_of(config)(data, key=key, on_command=note_routes)


def note_routes(command: Command) -> None:
    """Take in that a component does not reach the routes: the page must feed it itself."""
    if command.get("type") == "route":
        state.set_routes_answer(bool(command.get("ok")))
        state.ask_full_rerun()


def _config(run: RunRecord) -> ExperimentConfig | None:
    """Return a run's config, None if this program would no longer accept it."""
    try:
        return experiment_named(run.experiment).config_class.build(run.config)
    except RdfiaError:
        return None


def _view_of(config: ExperimentConfig | None) -> Callable[..., None]:
    """Return the view that draws what the runs of such a config record."""
    if isinstance(config, ImageSetConfig):
        # Networks that cut images into patches show where they look.
        return vit_view if "patch_size" in type(config).model_fields else image_view
    return live_view
