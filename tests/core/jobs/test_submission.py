"""What may be asked of a run, and what is refused."""

import pytest

from rdfia_core.errors import ConfigError, DataUnavailableError, LimitError, UnknownExperimentError
from rdfia_core.jobs.submission import change_live, submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore


def test_the_whole_config_is_stored(store: RunStore, settings: Settings) -> None:
    run = store.run(submit(store, settings, "circle_mlp", {"seed": "7"}, owner="ada"))
    assert run.config["seed"] == 7
    assert run.config["hidden_layers"] == "10"


def test_a_bad_value_queues_nothing(store: RunStore, settings: Settings) -> None:
    with pytest.raises(ConfigError):
        submit(store, settings, "circle_mlp", {"seed": -1}, owner="ada")
    assert store.runs() == []


@pytest.mark.parametrize(
    ("experiment", "task"), [("nonesuch", "train"), ("circle_mlp", "nonesuch")]
)
def test_an_unknown_experiment_or_task_lists_those_there_are(
    store: RunStore, settings: Settings, experiment: str, task: str
) -> None:
    with pytest.raises(UnknownExperimentError, match="circle_mlp"):
        submit(store, settings, experiment, {}, owner="ada", task=task)


def test_a_run_that_would_fail_at_once_is_not_queued(store: RunStore, settings: Settings) -> None:
    with pytest.raises(DataUnavailableError, match="No data file is chosen"):
        submit(store, settings, "circle_mlp", {"dataset": "file"}, owner="ada")
    assert store.runs() == []


def test_an_owner_cannot_fill_the_queue(store: RunStore, settings: Settings) -> None:
    limited = settings.model_copy(update={"max_queued_per_owner": 2})
    for _ in range(2):
        submit(store, limited, "circle_mlp", {}, owner="ada")
    with pytest.raises(LimitError, match="You have 2 unfinished runs, and 2 are allowed"):
        submit(store, limited, "circle_mlp", {}, owner="ada")
    submit(store, limited, "circle_mlp", {}, owner="bob")


def test_all_owners_together_cannot_fill_the_queue(store: RunStore, settings: Settings) -> None:
    limited = settings.model_copy(update={"max_queued": 1})
    submit(store, limited, "circle_mlp", {}, owner="ada")
    with pytest.raises(LimitError, match="This server has 1 unfinished runs"):
        submit(store, limited, "circle_mlp", {}, owner="bob")


def test_live_values_are_checked_and_stored(store: RunStore, settings: Settings) -> None:
    run = store.run(submit(store, settings, "circle_mlp", {}, owner="ada"))
    change_live(store, run, {"learning_rate": "0.3"})
    assert store.run(run.id).live == {"learning_rate": 0.3}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"learning_rate": -1}, "must be a number greater than 0"),
        ({"seed": 3}, "cannot change while a run lives"),
        ({"nope": 3}, "has no parameter 'nope'"),
    ],
)
def test_a_live_change_that_is_not_allowed_changes_nothing(
    store: RunStore, settings: Settings, changes: dict[str, object], sentence: str
) -> None:
    run = store.run(submit(store, settings, "circle_mlp", {}, owner="ada"))
    with pytest.raises(ConfigError, match=sentence):
        change_live(store, run, changes)
    assert store.run(run.id).live == {}


def test_a_paused_submission_waits(store: RunStore, settings: Settings) -> None:
    run = store.run(submit(store, settings, "circle_mlp", {}, owner="ada", paused=True))
    assert (run.state, run.command) == (RunState.QUEUED, "pause")
