"""The class board as its teacher and its students meet it."""

import pytest
from streamlit.testing.v1 import AppTest

from app import board_view, identity, run_panel
from app.assignments import current_assignment
from app.controls import Form
from app.guess_limit import GuessLimit
from app.identity import owner_of
from rdfia_core.config import ExperimentConfig
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.board_store import Board, BoardStore, Plan, Standing
from tests.pages.conftest import ADA, OpenPage

VALUES = {"dataset": "moons", "epochs": 20}


@pytest.fixture(autouse=True)
def no_guesses_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_guesses", GuessLimit())


def opened(store: RunStore, *members: str, shows_names: bool = True, owner: str = "teacher") -> str:
    plan = Plan("circle_mlp", "Race", VALUES, ["dataset"], 20, "test_accuracy", shows_names)
    boards = BoardStore(store)
    code = boards.create(owner, plan)
    for member in members:
        boards.join(code, member)
    return code


def finished(store: RunStore, code: str, owner: str, accuracy: float, **config: object) -> None:
    values = experiment_named("circle_mlp").config_class.build({**VALUES, **config}).model_dump()
    run_id = store.add_run("circle_mlp", values, owner=owner, board=code, state=RunState.COMPLETED)
    store.update_run(run_id, metrics={"test_accuracy": accuracy})


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def texts(test: AppTest) -> str:
    return "\n".join(node.value for node in test.markdown)


def test_a_student_joins_with_the_code_and_gets_a_name(
    open_page: OpenPage, store: RunStore
) -> None:
    code = opened(store)
    test = open_page("board")
    test.text_input(key="board/code").input(code.lower())
    press(test, "Join the board")
    alias = BoardStore(store).alias(code, owner_of(ADA))
    assert alias
    assert f"You are **{alias.replace('-', chr(92) + '-')}**" in texts(test)
    assert test.query_params["board"] == code


def test_another_name_can_be_drawn(open_page: OpenPage, store: RunStore) -> None:
    code = opened(store, owner_of(ADA))
    before = BoardStore(store).alias(code, owner_of(ADA))
    test = open_page("board", board=code)
    test.button(key="board/redraw").click().run()
    assert BoardStore(store).alias(code, owner_of(ADA)) != before


def test_a_wrong_code_is_a_sentence_and_too_many_have_to_wait(
    open_page: OpenPage, store: RunStore
) -> None:
    code = opened(store)
    test = open_page("board")
    for _ in range(10):
        test.text_input(key="board/code").input("ZZZZZZ")
        press(test, "Join the board")
        assert "There is no class board of this code" in test.error[0].value
    test.text_input(key="board/code").input(code)
    press(test, "Join the board")
    assert "Too many wrong codes" in test.error[0].value
    assert BoardStore(store).alias(code, owner_of(ADA)) == ""


def test_who_has_not_joined_sees_nothing_of_a_board(open_page: OpenPage, store: RunStore) -> None:
    code = opened(store, "bob")
    finished(store, code, "bob", 0.9)
    test = open_page("board", board=code)
    assert "Race" not in texts(test) + "".join(header.value for header in test.header)
    assert test.text_input(key="board/code").value == code


def test_the_board_ranks_the_best_and_says_what_was_changed(
    open_page: OpenPage, store: RunStore
) -> None:
    code = opened(store, owner_of(ADA), "bob", "cy")
    finished(store, code, owner_of(ADA), 0.8)
    finished(store, code, "bob", 0.7)
    finished(store, code, "bob", 0.934, learning_rate=0.3)
    rows = [line for line in texts(open_page("board", board=code)).splitlines() if "|" in line][2:]
    assert len(rows) == 3
    assert rows[0].startswith("| 1 |")
    assert "93.4" in rows[0]
    assert r"Learning rate 0\.3" in rows[0]
    assert "| 2 |" in rows[0]
    assert "(you)" in rows[1]
    assert "nothing" in rows[1]
    assert rows[2].startswith("|  |")


@pytest.mark.parametrize("shows_names", [True, False])
def test_no_owner_leaves_the_server_and_names_only_if_they_may(
    open_page: OpenPage, store: RunStore, shows_names: bool
) -> None:
    bob = owner_of("b" * 43)
    code = opened(store, owner_of(ADA), bob, shows_names=shows_names)
    finished(store, code, bob, 0.9)
    test = open_page("board", board=code)
    sent = str(test) + texts(test)
    assert bob not in sent
    assert owner_of(ADA) not in sent
    alias = BoardStore(store).alias(code, bob).replace("-", "\\-")
    assert (alias in texts(test)) == shows_names


def test_thirty_viewers_share_one_query(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    code = opened(store, "bob")
    asked: list[str] = []
    original = BoardStore.standings

    def counted(boards: BoardStore, board: Board) -> list[Standing]:
        asked.append(board.code)
        return original(boards, board)

    monkeypatch.setattr(BoardStore, "standings", counted)
    monkeypatch.setattr(board_view, "SHARED_SECONDS", 60.0)
    board = BoardStore(store).board(code)
    assert {len(board_view._standings(board)) for _ in range(30)} == {1}
    assert asked == [code]
    monkeypatch.setattr(board_view, "SHARED_SECONDS", -1.0)
    board_view._standings(board)
    assert len(asked) == 2


def test_a_teacher_opens_a_board(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("board")
    next(box for box in test.text_input if box.label == "Title").input("Best in 5")
    test.number_input(key="board/epochs").set_value(5)
    press(test, "Open the board")
    assert not test.exception
    assert not test.error
    (board,) = BoardStore(store).of_owner(owner_of(ADA))
    assert (board.plan.title, board.plan.epochs) == ("Best in 5", 5)
    assert "dataset" in board.plan.fixed
    assert "learning_rate" not in board.plan.fixed
    assert any(f"board?board={board.code}" in code.value for code in test.code)


def test_the_teacher_closes_opens_and_projects(open_page: OpenPage, store: RunStore) -> None:
    code = opened(store, "bob", owner=owner_of(ADA))
    finished(store, code, "bob", 0.9)
    test = open_page("board", board=code)
    press(test, "Close the board")
    assert BoardStore(store).board(code).closed is not None
    press(test, "Open it again")
    assert BoardStore(store).board(code).closed is None
    test.toggle(key="board/big").set_value(True).run()
    assert not test.exception
    assert f"{code[:3]} {code[3:]}" in texts(test)
    assert "## 90.0" in texts(test)


def test_a_student_cannot_close_the_board(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("board", board=opened(store, owner_of(ADA)))
    labels = {button.label for button in test.button}
    assert labels == {"Another name", "All boards"}


def play(monkeypatch: pytest.MonkeyPatch, code: str, **values: object) -> list[str]:
    """Send what the live view sends when Play is pressed, with these values in the form."""
    experiment = experiment_named("circle_mlp")
    left: list[str] = []
    monkeypatch.setattr("app.address.st.query_params", {"board": code})
    monkeypatch.setattr(run_panel.state, "leave_message", lambda name, text: left.append(text))
    monkeypatch.setattr(run_panel, "keep_dispatcher", lambda: None)
    config: ExperimentConfig = experiment.config_class.build({**VALUES, **values})
    monkeypatch.setattr(run_panel.state, "form_values", lambda name: config.model_dump())
    bounds = current_assignment(experiment)
    form = Form(experiment, config.model_dump(), config, bounds)
    run_panel._obey(run_panel.Panel(form), {"type": "play"})
    return left


def test_what_is_played_for_the_board_bears_its_code(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = opened(store, owner_of(ADA))
    assert play(monkeypatch, code, seed=3) == []
    assert [(run.board, run.owner) for run in store.runs()] == [(code, owner_of(ADA))]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"epochs": 30}, "at most 20 epochs"), ({"dataset": "circles"}, "fixes 'Data set'")],
)
def test_a_form_that_was_tampered_with_is_refused(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], sentence: str
) -> None:
    code = opened(store, owner_of(ADA))
    (left,) = play(monkeypatch, code, **change)
    assert sentence in left
    assert store.runs() == []


def test_the_lab_shows_the_boards_bounds(open_page: OpenPage, store: RunStore) -> None:
    code = opened(store, owner_of(ADA))
    test = open_page("circle_mlp", board=code, dataset="circles", epochs="50")
    assert not test.exception
    assert test.text_input(key="circle_mlp.dataset/fixed/moons").disabled
    assert "at most 20 epochs. Got 50" in test.error[0].value
    test.number_input(key="circle_mlp.epochs").set_value(15).run()
    assert not test.error


def test_a_lab_without_membership_is_the_bare_lab(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("circle_mlp", board=opened(store))
    assert "that you have joined" in test.error[0].value
    assert test.selectbox(key="circle_mlp.dataset").value == "circles"
