"""The page on runs without a browser: lists, filters, actions, and whose runs they are."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.identity import owner_of
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.metric_rows import MetricRows
from rdfia_core.store.run_lists import RunLists
from tests.pages.conftest import ADA, OpenPage

AddRun = Callable[..., str]


@pytest.fixture
def add(store: RunStore) -> AddRun:
    def add_it(
        experiment: str = "circle_mlp",
        owner: str = owner_of(ADA),
        ends: RunState | None = RunState.COMPLETED,
        more: dict[str, Any] | None = None,
        **values: Any,
    ) -> str:
        config = experiment_named(experiment).config_class.build(values).model_dump()
        run_id = store.add_run(experiment, config, owner=owner, **(more or {}))
        steps = np.arange(4.0)
        columns = {"step": steps, "epoch": steps, "train_loss": 1 / (steps + 1)}
        columns["test_accuracy"] = np.array([0.5, 0.9, 0.8, 0.7])
        store.append(run_id, metrics=MetricRows(0, columns), progress={"step": 3, "epoch": 3.0})
        if ends is not None:
            store.change_state(run_id, [RunState.QUEUED], ends)
        return run_id

    return add_it


def table(test: AppTest) -> list[dict[str, Any]]:
    return test.dataframe[0].value.to_dict("records") if test.dataframe else []


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def sentences(test: AppTest) -> list[str]:
    return [error.value for error in test.error]


def test_without_runs_the_page_leads_to_the_labs(open_page: OpenPage) -> None:
    test = open_page("runs")
    assert "press **Play**" in test.info[0].value
    assert any("circle_mlp" in link.proto.page for link in test.get("page_link"))
    assert table(test) == []


def test_a_row_says_what_a_run_was_and_came_to(open_page: OpenPage, add: AddRun) -> None:
    add(learning_rate=0.1)
    row = table(open_page("runs"))[0]
    assert row["lab"] == "Circle MLP"
    assert row["differs"] == "Learning rate 0.1"
    assert (row["best_accuracy"], row["best_epoch"], row["last_accuracy"]) == (0.9, 1.0, 0.7)
    assert row["part"] == "Test"
    assert list(row["spark"]) == [1.0, 1 / 2, 1 / 3, 1 / 4]


def test_another_visitors_runs_are_not_listed(open_page: OpenPage, add: AddRun) -> None:
    add(owner="bob")
    assert table(open_page("runs")) == []


def test_ids_of_others_and_no_ids_are_refused_alike(open_page: OpenPage, add: AddRun) -> None:
    mine, others = add(), add(owner="bob")
    first = open_page("runs", runs=f"{mine},{others}")
    second = open_page("runs", runs=f"{mine},{'0' * 20}")
    assert sentences(first) == sentences(second)
    assert "A run in the address cannot be shown" in sentences(first)[0]
    assert first.query_params["runs"] == mine


@pytest.mark.parametrize(
    ("query", "seeds"),
    [
        ({"lab": "circle_mlp"}, {"1", "2"}),
        ({"find": "seed=2"}, {"2"}),
        ({"find": "seed=2 circle"}, {"2"}),
        ({"find": "nothing like it"}, set()),
        ({"state": "Diverged"}, {"2"}),
        ({"state": "Under way"}, set()),
    ],
)
def test_the_address_filters(
    open_page: OpenPage, add: AddRun, query: dict[str, str], seeds: set[str]
) -> None:
    add(seed=1)
    add(seed=2, ends=RunState.DIVERGED)
    test = open_page("runs", **query)
    assert not test.exception
    assert {row["differs"].removeprefix("Seed ") for row in table(test)} == seeds


def test_sweeps_and_instant_answers_come_when_asked_for(open_page: OpenPage, add: AddRun) -> None:
    add(seed=1)
    add(seed=2, more={"sweep": "s1"})
    add("svm_kernels", seed=3)
    add(seed=4, more={"task": "check_gradients"})
    assert {row["differs"] for row in table(open_page("runs"))} == {"Seed 1"}
    test = open_page("runs", also="Runs of sweeps")
    assert {row["differs"] for row in table(test)} == {"Seed 1", "Seed 2"}
    test = open_page("runs", also="Side tasks and instant answers")
    assert {row["differs"] for row in table(test)} == {"Seed 1", "Seed 3", "Seed 4"}


def test_deleting_takes_the_chosen_runs_alone_and_undo_brings_them_back(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    gone, kept = add(seed=1), add(seed=2)
    test = press(open_page("runs", runs=gone), "Delete")
    assert [row["id"] for row in table(test)] == [kept[:6]]
    assert "runs" not in test.query_params
    assert store.run(gone).deleted is not None
    assert store.run(kept).deleted is None
    test = press(test, "Undo")
    assert {row["id"] for row in table(test)} == {gone[:6], kept[:6]}
    assert store.run(gone).deleted is None
    assert "Undo" not in labels(test)


def test_a_deleted_run_can_be_had_back_in_another_session(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    run_id = add()
    RunLists(store).delete([run_id])
    test = press(open_page("runs"), "Have it back")
    assert store.run(run_id).deleted is None
    assert [row["id"] for row in table(test)] == [run_id[:6]]


def test_a_live_run_that_is_deleted_is_stopped(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    run_id = add(ends=None)
    press(open_page("runs", runs=run_id), "Delete")
    assert store.run(run_id).command == "stop"


def test_a_deleted_run_is_not_shown_in_its_lab(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    run_id = add()
    RunLists(store).delete([run_id])
    assert any("does not exist" in s for s in sentences(open_page("circle_mlp", run=run_id)))


def test_a_run_is_renamed(open_page: OpenPage, store: RunStore, add: AddRun) -> None:
    run_id = add()
    test = open_page("runs", runs=run_id)
    test.text_input(key=f"runs/name/{run_id}").set_value("  my   best ")
    test = press(test, "Rename")
    assert store.run(run_id).name == "my best"
    assert table(test)[0]["name"] == "my best"


def test_too_long_a_name_gives_a_sentence_and_changes_nothing(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    run_id = add(more={"name": "old"})
    test = open_page("runs", runs=run_id)
    test.text_input(key=f"runs/name/{run_id}").set_value("x" * 81)
    test = press(test, "Rename")
    assert "80 characters. Got 81" in sentences(test)[0]
    assert store.run(run_id).name == "old"


def test_tagging_several_runs_keeps_what_each_has_alone(
    open_page: OpenPage, store: RunStore, add: AddRun
) -> None:
    first, second = add(more={"tags": ["a", "both"]}), add(more={"tags": ["both"]})
    test = open_page("runs", runs=f"{first},{second}")
    test.multiselect[0].set_value(["a"])
    test = press(test, "Tag")
    assert store.run(first).tags == ["a"]
    assert store.run(second).tags == ["a"]


def test_a_pinned_run_stands_first(open_page: OpenPage, add: AddRun) -> None:
    old, new = add(seed=1), add(seed=2)
    assert [row["id"] for row in table(open_page("runs"))] == [new[:6], old[:6]]
    test = press(open_page("runs", runs=old), "Pin")
    assert [row["id"] for row in table(test)] == [old[:6], new[:6]]
    assert "Unpin" in labels(test)


def test_a_clone_opens_the_lab_with_the_settings_and_no_run(
    open_page: OpenPage, add: AddRun
) -> None:
    run_id = add(seed=7, dataset="moons")
    test = open_page("runs", runs=run_id)
    # AppTest cannot follow a switch of pages: what the lab then draws is its form's values.
    press(test, "Clone with changes")
    values = test.session_state["circle_mlp/values"]
    assert (values["seed"], values["dataset"]) == (7, "moons")


@pytest.mark.parametrize("button", ["Open in the lab", "Clone with changes"])
def test_settings_that_the_lab_no_longer_knows_are_refused(
    open_page: OpenPage, store: RunStore, button: str
) -> None:
    run_id = store.add_run("circle_mlp", {"activation": "gelu"}, owner=owner_of(ADA))
    test = open_page("runs", runs=run_id)
    press(test, button)
    (sentence,) = sentences(test)
    assert "another version of the lab" in sentence
    assert "gelu" in sentence
    assert labels(test).count(button) == 1


def test_two_runs_are_compared_by_name(open_page: OpenPage, add: AddRun) -> None:
    first, second = add(seed=1), add(seed=2, learning_rate=0.1)
    test = open_page("runs", runs=f"{first},{second}", compare="Settings")
    words = " ".join(block.value for block in test.markdown)
    assert "Learning rate 0\\.03, seed 1; Learning rate 0\\.1, seed 2" in words
    assert "| Learning rate | 0\\.03 | 0\\.1 |" in words


@pytest.mark.parametrize("view", ["Curves", "Side by side", "Settings"])
@pytest.mark.parametrize("labs", [["circle_mlp"] * 3, ["circle_mlp", "vit"], ["cifar_cnn"] * 2])
def test_every_comparison_is_drawn(
    open_page: OpenPage, add: AddRun, view: str, labs: list[str]
) -> None:
    ids = [add(lab, seed=seed) for seed, lab in enumerate(labs)]
    test = open_page("runs", runs=",".join(ids), compare=view)
    assert not test.exception
    assert sentences(test) == []


def test_the_queue_says_place_and_share(open_page: OpenPage, store: RunStore, add: AddRun) -> None:
    at_work = add(ends=None)
    store.change_state(at_work, [RunState.QUEUED], RunState.RUNNING)
    add(seed=1, ends=None)
    test = open_page("runs")
    assert any("1 of your runs at work, 1 waiting" in block.label for block in test.expander)
    words = " ".join(block.value for block in test.markdown)
    assert "yours take **0.25**" in words
    assert "Seed 1 | 1 | at once | not known yet |" in words


def test_names_are_not_read_as_markup(open_page: OpenPage, add: AddRun) -> None:
    run_id = add(more={"name": "![x](http://evil)"})
    test = open_page("runs", runs=run_id)
    assert not any("![x](" in block.value for block in test.markdown)
