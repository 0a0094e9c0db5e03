"""What a run must keep to if it is made for a class board."""

from collections.abc import Iterable

from rdfia_core.config import ExperimentConfig, field_spec
from rdfia_core.errors import BoardNotFoundError, ConfigError
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.store.board_store import NO_BOARD, BoardStore


def check_board_run(
    store: RunStore,
    code: str,
    *,
    owner: str,
    experiment: str,
    config: ExperimentConfig,
    task: str,
    parent: str,
) -> None:
    """Raise what forbids a run for a board.

    Raises:
        BoardNotFoundError: If there is no such board, or the owner has not joined it.
        ConfigError: If the board is closed, or the run breaks one of its rules.
    """
    boards = BoardStore(store)
    board = boards.board(code)
    if not boards.alias(code, owner):
        raise BoardNotFoundError(NO_BOARD)
    if board.closed is not None:
        raise ConfigError(
            f"The class board '{board.plan.title}' is closed: no further runs count. Open the lab "
            "without it to go on playing."
        )
    if experiment != board.plan.experiment or task != "train" or parent:
        title = experiment_named(board.plan.experiment).title
        raise ConfigError(f"Only runs of the lab {title}, from their start, count on this board.")
    board.check(config)


def check_live_change(store: RunStore, run: RunRecord, names: Iterable[str]) -> None:
    """Raise if one of these settings is fixed by the board that a run was made for.

    Raises:
        ConfigError: If it is.
    """
    if not run.board:
        return
    plan = BoardStore(store).board(run.board).plan
    config_class = experiment_named(run.experiment).config_class
    for name in names:
        if name in plan.fixed:
            raise ConfigError(
                f"The class board fixes '{field_spec(config_class, name).label}': it cannot "
                "change while the run lives either.",
                name,
            )
