"""Class boards: codes, members without names, and the best run of each."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from rdfia_core.errors import BoardNotFoundError, ConfigError, LimitError, UnknownExperimentError
from rdfia_core.jobs.recorder import finite
from rdfia_core.store import RunState, RunStore, board_store
from rdfia_core.store.aliases import ADJECTIVES, ANIMALS, draw_alias
from rdfia_core.store.board_store import CODE_LENGTH, LETTERS, Board, BoardStore, Plan

VALUES = {"dataset": "moons", "epochs": 500}
PLAN = Plan("circle_mlp", "Race", VALUES, ["dataset"], 20, "test_accuracy")


@pytest.fixture
def boards(store: RunStore) -> BoardStore:
    return BoardStore(store)


@pytest.fixture
def board(boards: BoardStore) -> Board:
    return boards.board(boards.create("teacher", PLAN))


def add_run(
    store: RunStore,
    board: str,
    owner: str,
    accuracy: float,
    state: RunState = RunState.COMPLETED,
    **config: object,
) -> str:
    run_id = store.add_run("circle_mlp", config, owner=owner, board=board, state=state)
    store.update_run(run_id, metrics=finite({"test_accuracy": accuracy, "val_accuracy": 0.5}))
    return run_id


def test_a_plan_becomes_a_whole_config_within_its_budget(board: Board) -> None:
    assert board.plan.values["epochs"] == 20
    assert board.plan.values["dataset"] == "moons"
    assert board.plan.values["learning_rate"] == 0.03


def test_codes_are_short_and_can_be_read_aloud(boards: BoardStore) -> None:
    codes = {boards.create("teacher", PLAN) for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == CODE_LENGTH and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("01OIL")
    assert len(LETTERS) ** CODE_LENGTH > 4e8


def test_a_code_is_never_given_twice(boards: BoardStore, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(board_store, "_new_code", lambda: next(codes))
    assert [boards.create("teacher", PLAN) for _ in range(2)] == ["AAAAAA", "BBBBBB"]


def test_a_code_is_read_as_people_type_it(boards: BoardStore, board: Board) -> None:
    typed = f" {board.code[:3].lower()}-{board.code[3:]} "
    assert boards.board(typed) == board


@pytest.mark.parametrize("code", ["", "ZZZZZZ", "%", "' OR 1=1 --"])
def test_a_wrong_code_is_no_board(boards: BoardStore, board: Board, code: str) -> None:
    with pytest.raises(BoardNotFoundError):
        boards.board(code)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "  "}, "must have a title"),
        ({"title": "x" * 81}, "at most 80 characters"),
        ({"metric": "train_loss"}, "must be one of test_accuracy, val_accuracy"),
        ({"epochs": 0}, "'epochs'"),
        ({"fixed": ["nope"]}, "no parameter 'nope'"),
        ({"values": {"seed": -1}}, "'seed'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    boards: BoardStore, changes: dict[str, object], sentence: str
) -> None:
    values = {name: getattr(PLAN, name) for name in Plan.__slots__}
    with pytest.raises(ConfigError, match=sentence):
        boards.create("teacher", Plan(**(values | changes)))  # type: ignore[arg-type]


def test_a_board_of_no_lab_is_refused(boards: BoardStore) -> None:
    with pytest.raises(UnknownExperimentError):
        boards.create("teacher", Plan("nope", "t", {}, [], 1, "test_accuracy"))


def test_a_teacher_cannot_open_boards_without_end(
    boards: BoardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_store, "MAX_BOARDS_PER_OWNER", 1)
    boards.create("teacher", PLAN)
    with pytest.raises(LimitError, match="more are not allowed"):
        boards.create("teacher", PLAN)
    boards.create("another", PLAN)


def test_only_the_teacher_closes_and_opens(boards: BoardStore, board: Board) -> None:
    boards.set_closed(board.code, "ada", closed=True)
    assert boards.board(board.code).closed is None
    boards.set_closed(board.code, "teacher", closed=True)
    assert boards.board(board.code).closed is not None
    boards.set_closed(board.code, "teacher", closed=False)
    assert boards.board(board.code).closed is None


def test_who_joins_twice_is_one_member(boards: BoardStore, board: Board) -> None:
    assert boards.join(board.code, "ada") == boards.join(board.code, "ada")
    assert [one.alias for one in boards.standings(board)] == [boards.alias(board.code, "ada")]


def test_another_alias_can_be_drawn(boards: BoardStore, board: Board) -> None:
    first = boards.join(board.code, "ada")
    second = boards.redraw(board.code, "ada")
    assert second != first
    assert boards.alias(board.code, "ada") == second
    with pytest.raises(BoardNotFoundError):
        boards.redraw(board.code, "bob")


def test_no_two_members_have_one_alias(
    boards: BoardStore, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdfia_core.store.aliases.ADJECTIVES", ("calm",))
    monkeypatch.setattr("rdfia_core.store.aliases.ANIMALS", ("ant", "bee", "cat"))
    aliases = {boards.join(board.code, owner) for owner in ("ada", "bob", "cy")}
    assert aliases == {"calm-ant", "calm-bee", "calm-cat"}


def test_there_are_more_aliases_than_members() -> None:
    assert len(set(ADJECTIVES)) * len(set(ANIMALS)) > board_store.MAX_MEMBERS
    assert "-" in draw_alias(set())


def test_a_board_has_room_for_so_many(
    boards: BoardStore, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_store, "MAX_MEMBERS", 1)
    boards.join(board.code, "ada")
    with pytest.raises(LimitError, match="full"):
        boards.join(board.code, "bob")
    boards.join(board.code, "ada")


def test_the_best_finished_run_of_each_member_counts(
    store: RunStore, boards: BoardStore, board: Board
) -> None:
    for owner in ("ada", "bob", "cy"):
        boards.join(board.code, owner)
    add_run(store, board.code, "ada", 0.7)
    best = add_run(store, board.code, "ada", 0.9, seed=3)
    add_run(store, board.code, "ada", 0.8)
    add_run(store, board.code, "bob", 0.95)
    found = boards.standings(board)
    assert [(one.owner, one.value, one.attempts) for one in found] == [
        ("bob", 0.95, 1),
        ("ada", 0.9, 3),
        ("cy", None, 0),
    ]
    assert (found[1].run_id, found[1].config) == (best, {"seed": 3})


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.COMPLETED])
def test_a_run_that_did_not_complete_is_no_result(
    store: RunStore, boards: BoardStore, board: Board, state: RunState
) -> None:
    boards.join(board.code, "ada")
    add_run(store, board.code, "ada", 0.99, state)
    assert [one.value for one in boards.standings(board)] == [None]


@pytest.mark.parametrize("accuracy", [math.nan, math.inf])
def test_a_number_that_is_none_is_no_result(
    store: RunStore, boards: BoardStore, board: Board, accuracy: float
) -> None:
    boards.join(board.code, "ada")
    add_run(store, board.code, "ada", accuracy)
    assert [one.value for one in boards.standings(board)] == [None]


def test_runs_of_other_boards_of_strangers_and_deleted_ones_do_not_count(
    store: RunStore, boards: BoardStore, board: Board
) -> None:
    other = boards.create("teacher", PLAN)
    boards.join(board.code, "ada")
    add_run(store, other, "ada", 0.99)
    add_run(store, "", "ada", 0.99)
    add_run(store, board.code, "stranger", 0.99)
    store.update_run(add_run(store, board.code, "ada", 0.99), deleted=1.0)
    assert [(one.owner, one.value, one.attempts) for one in boards.standings(board)] == [
        ("ada", None, 0)
    ]


def test_thirty_members_are_one_query(store: RunStore, boards: BoardStore, board: Board) -> None:
    for place in range(30):
        boards.join(board.code, f"owner {place}")
        add_run(store, board.code, f"owner {place}", place / 30)
    statements: list[str] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: statements.append(statement),
    )
    assert len(boards.standings(board)) == 30
    assert Counter(statement.split()[0] for statement in statements) == {"SELECT": 1}


results = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([0.1, 0.5, 0.5, 0.9]), st.booleans()),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(results)
def test_standings_are_what_a_plain_count_gives(drawn: list[tuple[str, float, bool]]) -> None:
    store = RunStore("sqlite:///:memory:")
    boards = BoardStore(store)
    board = boards.board(boards.create("teacher", PLAN))
    for owner in "abc":
        boards.join(board.code, owner)
    for owner, accuracy, completed in drawn:
        state = RunState.COMPLETED if completed else RunState.STOPPED
        add_run(store, board.code, owner, accuracy, state)
    found = {one.owner: (one.value, one.attempts) for one in boards.standings(board)}
    store.close()
    for owner in "abc":
        mine = [accuracy for name, accuracy, completed in drawn if name == owner and completed]
        attempts = sum(name == owner for name, _, _ in drawn)
        assert found[owner] == (max(mine, default=None), attempts)


def test_boards_are_listed_for_teacher_and_student(boards: BoardStore, board: Board) -> None:
    boards.join(board.code, "ada")
    assert [one.code for one in boards.of_owner("teacher")] == [board.code]
    assert [one.code for one in boards.joined_by("ada")] == [board.code]
    assert boards.of_owner("ada") == boards.joined_by("teacher") == []
