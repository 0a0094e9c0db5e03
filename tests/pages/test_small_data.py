"""The view of the small-data study, drawn for a lab whose networks are numbers."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from rdfia_core.experiments import experiments
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunRecord, RunState, RunStore
from tests.pages.conftest import ADA
from tests.small_data_lab import LAB

SCRIPT = """
from app.controls import draw_form
from pages.parts.vit.small_data import draw_small_data
from rdfia_core.experiments import experiment_named

draw_small_data(draw_form(experiment_named("small_data_lab")))
"""
VALUES = {
    "dataset": "digits", "sizes": "10,100,1000", "init_from": "timm:some", "epochs": "30",
    "device": "cpu",
}  # fmt: skip


@pytest.fixture(autouse=True)
def lab(monkeypatch: pytest.MonkeyPatch, store: RunStore) -> None:
    monkeypatch.setitem(experiments(), LAB.name, LAB)  # type: ignore[arg-type]
    monkeypatch.setattr("pages.parts.vit.small_data.current_owner", lambda: owner_of(ADA))


def opened(**query: str) -> AppTest:
    test = AppTest.from_string(SCRIPT, default_timeout=30)
    for key, value in {**VALUES, **query}.items():
        test.query_params[key] = value
    return test.run()


def submitted(store: RunStore, task: str = "small_data", **values: Any) -> RunRecord:
    run_id = submit(
        store, resources.settings(), LAB.name, {**VALUES, **values},
        owner=owner_of(ADA), task=task, state=RunState.STARTING,
    )  # fmt: skip
    return store.run(run_id)


def executed(store: RunStore, **values: Any) -> RunRecord:
    run = submitted(store, **values)
    Execution(store, run, resources.settings()).run()
    run = store.run(run.id)
    assert run.state == RunState.COMPLETED, run.sentence
    return run


def told(test: AppTest) -> str:
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def start_button(test: AppTest) -> list[Any]:
    return [button for button in test.button if button.label == "Compare"]


def test_it_says_what_it_will_train() -> None:
    test = opened(num_seeds="2", batch_size="64")
    assert "3 sizes × 2 starts × 2 seeds = **12 runs**, 300 to 304 updates each" in told(test)
    assert not start_button(test)[0].disabled
    assert not test.exception


def test_from_scratch_alone_there_is_nothing_to_compare() -> None:
    test = opened(init_from="scratch")
    assert "Choose first what to carry over" in test.info[0].value
    assert start_button(test) == []


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"sizes": "10,5000"}, "at most 1,437"),
        ({"schedule": "exponential"}, "choose cosine"),
        ({"init_from": "run:nothing"}, "run"),
    ],
)
def test_what_cannot_work_is_said_in_place_of_the_button(query: dict[str, str], part: str) -> None:
    test = opened(**query)
    assert part in test.error[0].value
    assert start_button(test) == []


def test_sizes_steps_and_seeds_go_into_the_form_and_the_address() -> None:
    test = opened()
    test.text_input(key="small_data_lab.variants.sizes").set_value("500, 20").run()
    test.select_slider(key="small_data_lab.variants.steps").set_value(100).run()
    test.slider(key="small_data_lab.variants.seeds").set_value(4).run()
    told_in_address = {n: test.query_params[n] for n in ("sizes", "study_steps", "num_seeds")}
    assert told_in_address == {"sizes": "20,500", "study_steps": "100", "num_seeds": "4"}
    assert "= **16 runs**" in told(test)


def test_a_text_that_is_no_sizes_is_refused_and_changes_nothing() -> None:
    test = opened()
    test.text_input(key="small_data_lab.variants.sizes").set_value("ten").run()
    assert "'sizes' parameter" in test.error[0].value
    assert test.session_state["small_data_lab/values"]["sizes"] == "10,100,1000"


def test_what_came_out_is_tabulated_with_its_uncertainty(store: RunStore) -> None:
    run = executed(store, num_seeds=3)
    test = opened(small_data=run.id)
    text = told(test)
    difference = run.result["small_data"]["summary"][0][1]["differences"]["test_accuracy"]
    assert f"| **{100 * difference['mean']:+.1f} (" in text
    assert "| 1,000 |" in text
    assert "300 to 320 updates on digits, device cpu, weights carried over from timm:some" in text
    assert "3 pairs of runs a size" in text
    assert "Run with other settings" not in text
    assert "Run with other settings" in told(opened(small_data=run.id, study_steps="500"))
    ignored = {"num_train": "700", "variants": "weight_decay=0.1", "patience": "3"}
    assert "Run with other settings" not in told(opened(small_data=run.id, **ignored))


def test_a_run_on_the_same_images_is_no_fair_source(store: RunStore) -> None:
    other = submitted(store, dataset="shapes10", sizes="10")
    same = submitted(store, sizes="10")
    assert not opened(init_from=f"run:{other.id}").warning
    warned = opened(init_from=f"run:{same.id}")
    assert "trained on digits, too" in warned.warning[0].value
    assert start_button(warned)
