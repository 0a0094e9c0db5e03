"""What may be asked of a run, by the pages and the command line alike."""

from collections.abc import Mapping
from typing import Any

from rdfia_core.config import field_spec
from rdfia_core.errors import ConfigError, LimitError, RunNotFoundError
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.board_rules import check_board_run, check_live_change
from rdfia_core.jobs.trained import owners_context
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore


def submit(
    store: RunStore,
    settings: Settings,
    experiment: str,
    values: Mapping[str, Any],
    *,
    owner: str,
    task: str = "train",
    parent: str = "",
    paused: bool = False,
    speed: float | None = None,
    state: RunState = RunState.QUEUED,
    board: str = "",
) -> str:
    """Validate a config and queue a run of it.

    Args:
        store: The run store.
        settings: Of the deployment.
        experiment: Name in the registry.
        values: Hyperparameters; those not given have their defaults.
        owner: Who asks.
        task: One of the experiment's tasks.
        parent: Run whose checkpoint the task starts from.
        paused: Wait before the first step.
        speed: Pace in epochs per second, None for full speed.
        state: STARTING when the caller executes the run itself.
        board: Code of the class board that the run is made for, or "".

    Returns:
        The run's id.

    Raises:
        ConfigError: If a value is not allowed.
        DataUnavailableError: If the data cannot be had.
        UnknownExperimentError: If there is no such experiment or task.
        LimitError: If the owner or the server has too many unfinished runs.
        BoardNotFoundError: If the owner has not joined such a board; if the run breaks its rules,
            that is a ConfigError.
    """
    chosen = experiment_named(experiment)
    context = owners_context(store, settings, owner)
    if not parent:
        values = chosen.completed(values, context)
    config = chosen.config_class.build(values)
    chosen.check_config(config, context)
    if board:
        check_board_run(
            store,
            board,
            owner=owner,
            experiment=experiment,
            config=config,
            task=task,
            parent=parent,
        )
    if state is RunState.QUEUED:
        _check_limits(store, settings, owner)
    if task not in chosen.tasks:
        chosen.load_task(task)
    return store.add_run(
        experiment,
        config.model_dump(),
        owner=owner,
        task=task,
        parent=parent,
        state=state,
        command="pause" if paused else "run",
        speed=speed,
        board=board,
    )


def _check_limits(store: RunStore, settings: Settings, owner: str) -> None:
    mine = store.count_live(owner)
    if mine >= settings.max_queued_per_owner:
        raise LimitError(
            f"You have {mine} unfinished runs, and {settings.max_queued_per_owner} are allowed. "
            "Stop one of them, or wait until one has ended."
        )
    everybody = store.count_live()
    if everybody >= settings.max_queued:
        raise LimitError(
            f"This server has {everybody} unfinished runs, and {settings.max_queued} are allowed. "
            "Try again in a minute."
        )


def change_live(store: RunStore, run: RunRecord, changes: Mapping[str, Any]) -> None:
    """Change live hyperparameters of a run that has not ended.

    Raises:
        ConfigError: If a value is not allowed, the hyperparameter is not a live one, or the class
            board that the run was made for fixes it.
    """
    check_live_change(store, run, changes)
    config_class = experiment_named(run.experiment).config_class
    for name in changes:
        if not field_spec(config_class, name).live:
            raise ConfigError(
                f"The '{name}' parameter of {config_class.__name__} cannot change while a run "
                "lives. Start a new run with the new value.",
                name,
            )
    config = config_class.build({**run.config, **run.live, **changes})
    live = {**run.live, **{name: getattr(config, name) for name in changes}}
    if live != dict(run.live):
        store.update_run(run.id, live=live)


def discard(store: RunStore, settings: Settings, run_id: str) -> bool:
    """Forget a run that nobody needs any more; one that still lives is stopped first.

    Returns:
        Whether it is gone; if not, ask again later.
    """
    try:
        run = store.run(run_id)
    except RunNotFoundError:
        return True
    if not run.is_over:
        store.command(run_id, "stop")
        return False
    delete_run(store, settings, run_id)
    return True


def delete_run(store: RunStore, settings: Settings, run_id: str) -> None:
    """Forget a run in the store and remove its files."""
    folder = settings.run_dir(run_id)
    store.delete_run(run_id)
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
        folder.rmdir()
