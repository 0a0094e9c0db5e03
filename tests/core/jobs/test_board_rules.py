"""A run for a class board keeps to its rules, whatever the page allowed."""

import pytest

from rdfia_core.errors import BoardNotFoundError, ConfigError
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.submission import change_live, submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.store.board_store import BoardStore, Plan

VALUES = {"dataset": "moons", "learning_rate": 0.1}


@pytest.fixture
def code(store: RunStore) -> str:
    boards = BoardStore(store)
    fixed = ["dataset", "learning_rate"]
    code = boards.create("teacher", Plan("circle_mlp", "Race", VALUES, fixed, 20, "test_accuracy"))
    boards.join(code, "ada")
    return code


def play(store: RunStore, settings: Settings, code: str, **more: object) -> str:
    values = {**VALUES, "epochs": 20, **more}
    return submit(store, settings, "circle_mlp", values, owner="ada", board=code)


def test_a_run_within_the_rules_bears_the_code(
    store: RunStore, settings: Settings, code: str
) -> None:
    assert store.run(play(store, settings, code, seed=5)).board == code


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 21}, "at most 20 epochs. Got 21"),
        ({"dataset": "circles"}, "fixes 'Data set' at moons. Got circles"),
        ({"learning_rate": 0.2}, "fixes 'Learning rate' at 0.1. Got 0.2"),
    ],
)
def test_a_run_against_the_rules_is_not_queued(
    store: RunStore, settings: Settings, code: str, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        play(store, settings, code, **change)
    assert store.runs() == []


def test_who_has_not_joined_cannot_play(store: RunStore, settings: Settings, code: str) -> None:
    for board in (code, "ZZZZZZ"):
        with pytest.raises(BoardNotFoundError, match="that you have joined"):
            submit(store, settings, "circle_mlp", VALUES, owner="bob", board=board)


def test_a_closed_board_takes_no_runs_until_it_is_open_again(
    store: RunStore, settings: Settings, code: str
) -> None:
    boards = BoardStore(store)
    boards.set_closed(code, "teacher", closed=True)
    with pytest.raises(ConfigError, match="'Race' is closed"):
        play(store, settings, code)
    boards.set_closed(code, "teacher", closed=False)
    play(store, settings, code)


def test_only_training_of_the_boards_lab_counts(
    store: RunStore, settings: Settings, code: str
) -> None:
    with pytest.raises(ConfigError, match="Only runs of the lab Circle MLP"):
        submit(store, settings, "svm_kernels", {}, owner="ada", board=code)
    with pytest.raises(ConfigError, match="Only runs of the lab Circle MLP"):
        submit(
            store,
            settings,
            "circle_mlp",
            {**VALUES, "epochs": 20},
            owner="ada",
            board=code,
            task="compare_stages",
        )


def test_what_another_run_has_learned_does_not_count(store: RunStore) -> None:
    boards = BoardStore(store)
    board = boards.board(boards.create("teacher", Plan("vit", "R", {}, [], 5, "test_accuracy")))
    config = experiment_named("vit").config_class.build(
        {"epochs": 5, "init_from": "run:" + "0" * 20}
    )
    with pytest.raises(ConfigError, match="start from nothing"):
        board.check(config)


def test_a_fixed_setting_cannot_change_while_the_run_lives(
    store: RunStore, settings: Settings, code: str
) -> None:
    run = store.run(play(store, settings, code))
    with pytest.raises(ConfigError, match="fixes 'Learning rate'"):
        change_live(store, run, {"learning_rate": 0.5})
    assert store.run(run.id).live == {}
    change_live(store, run, {"batch_size": 20})
    assert store.run(run.id).live == {"batch_size": 20}
