"""The sweeps page without a browser: what is set up, what is counted, what is refused."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.identity import owner_of
from pages.parts.sweeps.ready_made import READY_MADE
from rdfia_core.experiments import experiments
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.metric_rows import MetricRows
from rdfia_core.store.sweep_store import SweepStore
from tests.pages.conftest import ADA, OpenPage

LABS = [name for name, lab in experiments().items() if "train" in lab.tasks]
WORDS = ["learning_rate=0.1,1", "batch_size=5,10", "seed=0..2", "epochs=4"]


def said(test: AppTest) -> str:
    return "\n".join(e.value for e in [*test.markdown, *test.caption, *test.info, *test.warning])


def errors(test: AppTest) -> list[str]:
    return [error.value for error in test.error]


def plan_told(test: AppTest) -> str:
    (told,) = [m.value for m in test.markdown if " runs**" in m.value or "One run" in m.value]
    return told


def press(test: AppTest, key: str) -> AppTest:
    return test.button(key=key).click().run()


def start(store: RunStore, owner: str = ADA, words: list[str] = WORDS) -> str:
    plan = SweepPlan.build("circle_mlp", words)
    return SweepStore(store).add(plan.experiment, plan.base, plan.axes, owner=owner_of(owner))


def add_runs(store: RunStore, sweep_id: str, count: int, state: RunState) -> None:
    """Add the next runs of a sweep; each has a curve that ends at 60 %, 61 %, 62 % ..."""
    sweeps = SweepStore(store)
    sweep = sweeps.sweep(sweep_id)
    done = len(sweeps.configs(sweep_id))
    plan = SweepPlan(sweep.experiment, sweep.base, sweep.axes)
    for number, (_, config) in list(enumerate(plan.cells()))[done : done + count]:
        run_id = store.add_run(
            sweep.experiment, config, owner=sweep.owner, sweep=sweep_id, state=RunState.RUNNING
        )
        final = 0.6 + number / 100
        rows = {name: np.array([0.0, 4.0]) for name in ("step", "epoch")}
        rows |= {name: np.array([0.5, final]) for name in ("train_accuracy", "test_accuracy")}
        store.append(run_id, metrics=MetricRows(0, rows))
        ends: dict[str, Any] = {"seconds": 1.0, "metrics": {"test_accuracy": final}}
        store.change_state(run_id, [RunState.RUNNING], state, **ends)


def heat(test: AppTest) -> dict[str, Any]:
    """What the sweep view was told."""
    for component in test.get("bidi_component"):
        data = json.loads(component.proto.json)[0]
        if "cells" in data:
            return dict(data)
    raise AssertionError("there is no heat map")


# Setting up


@pytest.mark.parametrize("name", LABS)
def test_every_lab_can_be_swept(open_page: OpenPage, name: str) -> None:
    test = open_page("sweeps", experiment=name)
    assert not test.exception
    assert errors(test) == []
    assert test.selectbox(key="sweeps.experiment").value == name


@pytest.mark.parametrize("number", range(len(READY_MADE)))
def test_a_ready_made_sweep_is_filled_in_and_counted(open_page: OpenPage, number: int) -> None:
    ready = READY_MADE[number]
    test = press(open_page("sweeps"), f"sweeps/ready/{number}")
    assert not test.exception
    assert errors(test) == []
    assert test.query_params["experiment"] == ready.experiment
    assert not test.button(key="sweeps/start").disabled
    axes = [f"{name}={text.replace(' ', '')}" for name, text in ready.axes.items()]
    count = SweepPlan.build(ready.experiment, [*axes, f"seed={ready.seeds}"]).count
    assert f"**{count} runs**" in plan_told(test)


def test_the_count_follows_what_is_typed(open_page: OpenPage) -> None:
    test = open_page("sweeps")
    assert "Learning rate 3 × Seed 3 = **9 runs**" in plan_told(test)
    test.text_input(key="sweeps.seeds").set_value("0..9").run()
    assert "**30 runs**" in plan_told(test)
    test.text_input(key="sweeps.values.0").set_value("0.1").run()
    assert "**10 runs**" in plan_told(test)
    test.text_input(key="sweeps.seeds").set_value("4").run()
    assert "One run" in plan_told(test)
    assert test.button(key="sweeps/start").disabled


def test_the_time_is_judged_by_measured_runs_and_else_not_told(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("sweeps")
    assert "not known" in plan_told(test)
    config = experiments()["circle_mlp"].config_class.build({}).model_dump()
    for sweep in ("", "5" * 20):
        run_id = store.add_run(
            "circle_mlp", config, owner="bob", state=RunState.COMPLETED, sweep=sweep
        )
        store.update_run(run_id, step=3000, epoch=150.0, seconds=3.0)
    test.run()
    assert "About **" in plan_told(test)


def test_a_second_axis_comes_with_values_and_can_be_taken_out(open_page: OpenPage) -> None:
    test = open_page("sweeps")
    test.selectbox(key="sweeps.field.1").select("batch_size").run()
    assert test.text_input(key="sweeps.values.1").value.count(",") >= 1
    assert "Batch size" in plan_told(test)
    press(test, "sweeps/remove/0")
    assert test.query_params["axis"].startswith("batch_size=")
    assert "Learning rate" not in plan_told(test)


def test_a_bad_value_is_named_and_nothing_is_lost(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("sweeps")
    test.text_input(key="sweeps.values.0").set_value("0.1, -3").run()
    assert any("'learning_rate'" in e and "-3" in e for e in errors(test))
    assert test.button(key="sweeps/start").disabled
    assert test.text_input(key="sweeps.values.0").value == "0.1, -3"
    assert test.text_input(key="sweeps.seeds").value == "0..2"
    test.text_input(key="sweeps.values.0").set_value("0.1, 3").run()
    assert errors(test) == []


def test_bad_seeds_have_their_sentence(open_page: OpenPage) -> None:
    test = open_page("sweeps")
    test.text_input(key="sweeps.seeds").set_value("9..0").run()
    assert any("smaller number to the larger" in e for e in errors(test))


def test_the_address_sets_the_sweep_up(open_page: OpenPage) -> None:
    test = open_page("sweeps", axis="batch_size=5,10", seeds="0..3", budget="2.5", epochs="7")
    assert test.text_input(key="sweeps.values.0").value == "5,10"
    assert test.number_input(key="sweeps.budget").value == 2.5
    assert "**8 runs**" in plan_told(test)
    assert test.number_input(key="circle_mlp.epochs").value == 7


def test_an_unknown_experiment_in_the_address_is_named(open_page: OpenPage) -> None:
    test = open_page("sweeps", experiment="nonsense")
    assert not test.exception
    assert "There is no experiment 'nonsense'" in said(test)
    assert test.selectbox(key="sweeps.experiment").value == "circle_mlp"


def test_a_start_stores_what_was_set_up(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("sweeps", axis="batch_size=5,10", seeds="0..1", budget="2", epochs="7")
    test.text_input(key="sweeps/name").set_value("Mine").run()
    press(test, "sweeps/start")
    assert not test.exception
    (sweep,) = SweepStore(store).sweeps(owner_of(ADA))
    assert (sweep.name, sweep.budget_seconds) == ("Mine", 120)
    assert sweep.axes == {"batch_size": [5, 10], "seed": [0, 1]}
    assert sweep.base == {"epochs": 7}
    assert test.query_params["sweep"] == sweep.id


def test_the_command_line_says_the_same(open_page: OpenPage) -> None:
    test = open_page("sweeps", axis="hidden_layers=10|10,10", seeds="0..1", epochs="7")
    words = test.code[0].value.split(" sweep circle_mlp ")[1].replace("'", "").split(" ")
    plan = SweepPlan.build("circle_mlp", words)
    assert plan.base == {"epochs": 7}
    assert plan.axes == {"hidden_layers": ["10", "10,10"], "seed": [0, 1]}


# Results


def test_cells_fill_with_means_over_the_seeds(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    add_runs(store, sweep_id, 4, RunState.COMPLETED)
    data = heat(open_page("sweeps", sweep=sweep_id))
    assert data["rows"] == {"label": "Learning rate", "values": ["0.1", "1"]}
    assert data["columns"] == {"label": "Batch size", "values": ["5", "10"]}
    first, second, third, _ = data["cells"]
    assert (first["text"], first["spread"]) == ("61.0\N{NO-BREAK SPACE}%", "± 1.0")
    assert (second["text"], second["spread"], second["note"]) == (
        "63.0\N{NO-BREAK SPACE}%", "", "1 of 3",
    )  # fmt: skip
    assert (third["text"], third["tone"]) == ("", None)
    assert (first["tone"], second["tone"]) == (0, 1)


def test_waiting_for_the_first_run_is_explained(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    test = open_page("sweeps", sweep=sweep_id)
    assert any("compiles its code" in caption.value for caption in test.caption)
    add_runs(store, sweep_id, 1, RunState.COMPLETED)
    test.run()
    assert not any("compiles its code" in caption.value for caption in test.caption)


def test_diverged_cells_are_marked_in_words(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    add_runs(store, sweep_id, 3, RunState.DIVERGED)
    add_runs(store, sweep_id, 2, RunState.COMPLETED)
    add_runs(store, sweep_id, 1, RunState.DIVERGED)
    first, second, *_ = heat(open_page("sweeps", sweep=sweep_id))["cells"]
    assert (first["diverged"], first["text"], first["tone"]) == ("all", "✕", None)
    assert (second["diverged"], second["note"]) == ("some", "✕ 1 of 3")
    assert "3 diverged" in first["words"]


def test_axes_and_measure_can_be_chosen(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    add_runs(store, sweep_id, 12, RunState.COMPLETED)
    test = open_page("sweeps", sweep=sweep_id)
    test.selectbox(key=f"sweeps/{sweep_id}/across").select("seed").run()
    assert heat(test)["columns"]["values"] == ["0", "1", "2"]
    test.selectbox(key=f"sweeps/{sweep_id}/across").select("").run()
    assert heat(test)["rows"] is None
    assert [cell["place"] for cell in heat(test)["cells"]] == [
        "Learning rate 0.1",
        "Learning rate 1",
    ]
    test.selectbox(key="sweeps/measure").select("seconds").run()
    assert heat(test)["title"] == "Seconds at work"
    assert heat(test)["cells"][0]["text"] == "1\N{NO-BREAK SPACE}s"


def test_a_cell_in_the_address_is_open(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    add_runs(store, sweep_id, 3, RunState.COMPLETED)
    test = open_page("sweeps", sweep=sweep_id, cell="learning_rate=0.1 batch_size=5")
    assert not test.exception
    assert "3 of 3 runs ended; Final test accuracy 61.0 ± 1.0" in said(test)
    assert test.button(key="sweeps/open")


def test_an_unknown_cell_in_the_address_opens_nothing(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    test = open_page("sweeps", sweep=sweep_id, cell="learning_rate=7")
    assert not test.exception
    assert all(button.key != "sweeps/open" for button in test.button)


def test_the_run_of_a_cell_opens_in_its_lab(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    add_runs(store, sweep_id, 3, RunState.COMPLETED)
    test = open_page("circle_mlp", learning_rate="3")
    test.query_params["sweep"] = sweep_id
    test.query_params["cell"] = "learning_rate=0.1 batch_size=5"
    test.switch_page("../pages/sweeps.py").run()
    press(test, "sweeps/open")
    assert not test.exception
    assert test.title[0].value == "Circle MLP"
    assert test.query_params["run"] == store.runs()[0].id
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.1


def test_seeds_alone_are_told_as_a_spread(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store, words=["seed=0..4"])
    add_runs(store, sweep_id, 5, RunState.COMPLETED)
    test = open_page("sweeps", sweep=sweep_id)
    assert "62 on average, standard deviation 1.6 points, from 60 to 64 over 5 seeds" in said(test)


def test_pause_resume_and_cancel_reach_the_store(open_page: OpenPage, store: RunStore) -> None:
    sweep_id, sweeps = start(store), SweepStore(store)
    test = open_page("sweeps", sweep=sweep_id)
    press(test, "sweeps/pause")
    assert sweeps.sweep(sweep_id).command == "pause"
    press(test, "sweeps/run")
    assert sweeps.sweep(sweep_id).command == "run"
    press(test, "sweeps/cancel")
    assert sweeps.sweep(sweep_id).command == "cancel"
    assert not test.exception
    assert test.button(key="sweeps/run")


def test_a_used_up_budget_can_be_enlarged(open_page: OpenPage, store: RunStore) -> None:
    sweep_id, sweeps = start(store), SweepStore(store)
    add_runs(store, sweep_id, 3, RunState.COMPLETED)
    sweeps.command(sweep_id, "pause", sentence="It is used up.", budget_seconds=2.0)
    test = open_page("sweeps", sweep=sweep_id)
    assert "It is used up." in said(test)
    test.number_input(key=f"sweeps/{sweep_id}/more").set_value(2.0).run()
    press(test, "sweeps/more")
    sweep = sweeps.sweep(sweep_id)
    assert (sweep.command, sweep.budget_seconds, sweep.sentence) == ("run", 3 + 120, "")


def test_a_sweep_deleted_in_another_tab_says_so(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    test = open_page("sweeps", sweep=sweep_id)
    SweepStore(store).delete(sweep_id)
    test.selectbox(key="sweeps/measure").set_value("final_test_accuracy").run()
    assert not test.exception
    assert "You have deleted this sweep" in said(test)


def test_a_deleted_sweep_can_be_had_back(open_page: OpenPage, store: RunStore) -> None:
    sweep_id, sweeps = start(store), SweepStore(store)
    add_runs(store, sweep_id, 3, RunState.COMPLETED)
    test = press(open_page("sweeps", sweep=sweep_id), "sweeps/delete")
    assert not test.exception
    assert sweeps.sweeps(owner_of(ADA)) == []
    press(test, "sweeps/undo")
    assert not test.exception
    assert [sweep.id for sweep in sweeps.sweeps(owner_of(ADA))] == [sweep_id]
    assert len(sweeps.runs(sweep_id)) == 3


def test_a_link_to_a_deleted_sweep_offers_it_back(open_page: OpenPage, store: RunStore) -> None:
    sweep_id = start(store)
    SweepStore(store).delete(sweep_id)
    test = press(open_page("sweeps", sweep=sweep_id), "sweeps/restore")
    assert SweepStore(store).sweep(sweep_id).deleted is None
    assert heat(test)["cells"]


def test_a_sweep_can_be_renamed_and_its_name_is_no_markup(
    open_page: OpenPage, store: RunStore
) -> None:
    sweep_id = start(store)
    test = open_page("sweeps", sweep=sweep_id)
    test.text_input(key=f"sweeps/{sweep_id}/name").set_value("![x](http://x)").run()
    press(test, "sweeps/rename")
    assert SweepStore(store).sweep(sweep_id).name == "![x](http://x)"
    assert test.subheader[0].value.startswith("\\!\\[x")


@pytest.mark.parametrize("owner", ["b" * 43, ""])
def test_another_visitors_sweep_and_none_look_alike(
    open_page: OpenPage, store: RunStore, owner: str
) -> None:
    sweep_id = start(store, owner) if owner else "0" * 20
    test = open_page("sweeps", sweep=sweep_id)
    assert "This sweep does not exist, or it belongs to somebody else." in said(test)
    assert "sweep" not in test.query_params
    assert all(sweep_id not in (button.key or "") for button in test.button)
