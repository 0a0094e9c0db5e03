"""The page of the MNIST MLP lab, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from rdfia_core.events import Checkpoint
from rdfia_core.figures.pixel_scaling import scaling_figure
from rdfia_core.jobs.submission import submit
from rdfia_core.models.stage_sources import STAGES, source_of
from rdfia_core.store import RunState, RunStore
from rdfia_core.training.checkpoints import save_checkpoint
from tests.pages.conftest import ADA, OpenPage

SCALINGS = [
    {
        "scaling": name,
        "images": 500,
        "inputs": 64,
        "input_norm": norm,
        "pre_std": 0.3 * norm,
        "pre_counts": [1, 2, 1],
        "pre_range": [-norm, norm],
        "counts": [3, 0, 1],
        "range": [-1.0, 1.0],
        "saturation": 0.25,
        "slope": 0.5,
        "grad_norms": [8.0, 2.0],
    }
    for name, norm in (("raw", 982.0), ("unit", 3.85), ("standard", 7.97))
]


def told(test: AppTest) -> str:
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def test_it_says_what_it_trains_on(open_page: OpenPage) -> None:
    test = open_page("mnist_mlp")
    assert not test.exception
    assert "1,237 images to train on, 200 to choose settings by, 360 to report" in told(test)


def test_layers_wider_than_the_circle_labs_can_be_set(open_page: OpenPage) -> None:
    test = open_page("mnist_mlp", hidden_layers="300,100")
    assert test.number_input(key="mnist_mlp.hidden_layers.0").value == 300
    assert test.number_input(key="mnist_mlp.hidden_layers.0").max == 1024
    assert not test.warning
    assert open_page("circle_mlp").number_input(key="circle_mlp.hidden_layers.0").max == 64


@pytest.mark.parametrize("stage", STAGES)
def test_the_code_of_the_stage_is_shown_as_it_runs(open_page: OpenPage, stage: str) -> None:
    test = open_page("mnist_mlp", view="Code", stage=stage)
    assert [code.value for code in test.code] == [source_of(stage).strip()]


def test_the_four_stages_can_be_compared(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("mnist_mlp", view="Four stages")
    test.button(key="mnist_mlp/compare_stages").click().run()
    assert not test.exception
    (run,) = store.runs()
    assert run.task == "compare_stages"


def test_without_a_run_one_is_told_to_train_first(open_page: OpenPage) -> None:
    test = open_page("mnist_mlp", view="Draw")
    assert any("Train a network first" in info.value for info in test.info)


def test_with_a_run_one_draws_first(open_page: OpenPage, store: RunStore) -> None:
    settings = resources.settings()
    run_id = submit(store, settings, "mnist_mlp", {}, owner=owner_of(ADA))
    store.update_run(run_id, state=RunState.COMPLETED, step=5, epoch=1.0)
    save_checkpoint(settings.run_dir(run_id), Checkpoint({}, {"step": 5}))
    test = open_page("mnist_mlp", view="Draw", run=run_id)
    assert not test.exception
    assert "centre of mass" in told(test)


def test_the_scalings_are_asked_for_at_once(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("mnist_mlp", view="Pixel scaling", activation="sigmoid")
    assert not test.exception
    (run,) = store.runs()
    assert (run.task, run.config["activation"]) == ("scaling", "sigmoid")
    store.update_run(
        run.id,
        state=RunState.COMPLETED,
        result={"scaling": {"scalings": SCALINGS, "images": 500}},
    )
    test.run()
    assert "| Raw, 0 to 255 | 982 | 295 | 25.0% | 0.5 | 8 | 2 |" in told(test)


def test_without_a_hidden_layer_there_is_nothing_to_scale_for(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("mnist_mlp", view="Pixel scaling", hidden_layers="none")
    assert any("no hidden layer" in info.value for info in test.info)
    assert store.runs() == []


def test_the_figure_shows_shares_of_all_values() -> None:
    figure = scaling_figure(SCALINGS)
    assert len(figure["data"]) == 6
    assert [sum(trace["y"]) for trace in figure["data"]] == [pytest.approx(100)] * 6
    assert figure["data"][0]["x"] == pytest.approx([-982 * 2 / 3, 0, 982 * 2 / 3])
