"""The commands on many runs: list them by what is asked of them, delete with a way back."""

import time
from typing import Annotated

import typer

from rdfia_core.cli_output import sentences
from rdfia_core.errors import ConfigError, RunNotFoundError
from rdfia_core.experiments import experiment_named, experiments
from rdfia_core.jobs.launch import ensure_dispatcher
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.run_lists import RunLists, RunQuery


def existing(store: RunStore, run_id: str) -> RunRecord:
    """Return a run that is not deleted.

    Raises:
        RunNotFoundError: If there is none.
    """
    run = store.run(run_id)
    if run.deleted is not None:
        raise RunNotFoundError(
            f"The run '{run_id}' is deleted. Within an hour, 'delete {run_id} --undo' brings it "
            "back."
        )
    return run


def list_runs(
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 20,
    experiment: Annotated[str, typer.Option(help="Of this experiment alone.")] = "",
    state: Annotated[str, typer.Option(help="In this state alone, such as completed.")] = "",
    tag: Annotated[str, typer.Option(help="With this tag alone.")] = "",
) -> None:
    """List the newest runs, pinned ones first."""
    with sentences():
        if experiment:
            experiment_named(experiment)
        states = (_state(state),) if state else ()
        query = RunQuery(
            experiment=experiment, states=states, tag=tag.lower(), sweeps=True, side=True
        )
        store = RunStore(Settings().store_url)
        for run in RunLists(store).listed(query)[:limit]:
            typer.echo(_line(run))


def delete(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")],
    undo: Annotated[bool, typer.Option("--undo", help="Have a deleted run back.")] = False,
) -> None:
    """Delete a run, or have it back within an hour; one that still trains is stopped."""
    with sentences():
        settings = Settings()
        store = RunStore(settings.store_url)
        run = store.run(run_id) if undo else existing(store, run_id)
        if undo and run.deleted is None:
            typer.echo(f"{run.id} is not deleted.")
        elif undo:
            RunLists(store).restore([run.id])
            typer.echo(f"{run.id} is back: {run.state}.")
        else:
            RunLists(store).delete([run.id])
            if not run.is_over:
                ensure_dispatcher(settings)  # to stop it
            typer.echo(
                f"{run.id} is deleted. Within an hour, 'delete {run.id} --undo' brings it back."
            )


def _state(word: str) -> RunState:
    try:
        return RunState(word.lower())
    except ValueError:
        names = ", ".join(RunState)
        raise ConfigError(f"A run is in one of these states: {names}. Got {word[:40]!r}.") from None


def _line(run: RunRecord) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.created))
    changed = {
        name: value
        for name, value in run.config.items()
        if run.experiment in experiments()
        and value != experiments()[run.experiment].config_class.model_fields[name].default
    }
    words = [f"{name}={value}" for name, value in changed.items()]
    words += [f"#{tag.replace(' ', '-')}" for tag in run.tags]
    name = f"{run.name!r}  " if run.name else ""
    line = f"{run.id}  {when}  {run.state:<9}  {run.experiment}  {name}{' '.join(words)}"
    return line.rstrip()
