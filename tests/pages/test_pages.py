"""Every page, drawn without a browser: it renders, and says what is wrong."""

import pytest
from streamlit.testing.v1 import AppTest

from app import navigation
from app.identity import owner_of
from rdfia_core.experiments import experiments
from rdfia_core.store import RunState, RunStore
from tests.pages.conftest import ADA, OpenPage

PAGES = [page.path.stem for page in navigation.all_pages()]
PRESETS = [(e.name, preset.title) for e in experiments().values() for preset in e.presets]


def errors(test: AppTest) -> list[str]:
    return [error.value for error in test.error]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_renders(open_page: OpenPage, name: str) -> None:
    test = open_page(name)
    assert not test.exception
    assert errors(test) == []
    assert test.title


@pytest.mark.parametrize("name", PAGES)
def test_every_page_ends_with_the_status_line(open_page: OpenPage, name: str) -> None:
    assert "Engine" in open_page(name).main.caption[-1].value


def test_the_start_page_leads_to_every_experiment(open_page: OpenPage) -> None:
    links = [link.proto.page for link in open_page("home").get("page_link")]
    for name in experiments():
        assert any(name in link for link in links), links


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_can_be_chosen(open_page: OpenPage, name: str, preset: str) -> None:
    test = open_page(name)
    test.selectbox(key=f"{name}/preset").select(preset).run()
    assert not test.exception
    assert errors(test) == []


def test_a_preset_fills_the_form_and_the_address(open_page: OpenPage) -> None:
    test = open_page("circle_mlp")
    test.selectbox(key="circle_mlp/preset").select("Two spirals").run()
    assert test.selectbox(key="circle_mlp.dataset").value == "spirals2"
    assert test.number_input(key="circle_mlp.hidden_layers.count").value == 2
    assert test.query_params["dataset"] == "spirals2"
    assert test.query_params["hidden_layers"] == "24,24"


def test_the_address_fills_the_form(open_page: OpenPage) -> None:
    test = open_page("circle_mlp", dataset="moons", seed="7", hidden_layers="3,5")
    assert test.selectbox(key="circle_mlp.dataset").value == "moons"
    assert test.number_input(key="circle_mlp.seed").value == 7
    assert test.number_input(key="circle_mlp.hidden_layers.1").value == 5


def test_a_bad_value_in_the_address_is_named_and_the_default_used(open_page: OpenPage) -> None:
    test = open_page("circle_mlp", learning_rate="-3", seed="7")
    warnings = [warning.value for warning in test.warning]
    assert len(warnings) == 1
    assert "'learning_rate'" in warnings[0]
    assert "Got '-3'" in warnings[0]
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.03
    assert test.number_input(key="circle_mlp.seed").value == 7


def test_a_value_off_the_slider_stays_as_it_is(open_page: OpenPage) -> None:
    test = open_page("circle_mlp", learning_rate="0.02")
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.02


def test_a_control_without_effect_is_not_shown(open_page: OpenPage) -> None:
    test = open_page("circle_mlp")
    keys = [box.key for box in test.selectbox]
    assert "circle_mlp.optimizer" not in keys
    test = open_page("circle_mlp", stage="optim")
    assert "circle_mlp.optimizer" in [box.key for box in test.selectbox]


@pytest.mark.parametrize("name", ["circle_mlp", "svm_kernels"])
@pytest.mark.parametrize("points", ["", "0.1,0.2,0;0.3,0.1,1"])
def test_too_few_own_points_give_a_sentence(open_page: OpenPage, name: str, points: str) -> None:
    test = open_page(name, dataset="points", points=points)
    assert not test.exception
    assert any("point" in info.value for info in test.info)


def test_a_malformed_point_gives_a_sentence(open_page: OpenPage) -> None:
    test = open_page("circle_mlp", dataset="points", points="1,2")
    assert any("Point 1 must be x,y,label" in warning.value for warning in test.warning)


def test_another_owners_run_is_not_shown(open_page: OpenPage, store: RunStore) -> None:
    run_id = store.add_run("circle_mlp", {}, owner="bob")
    test = open_page("circle_mlp", run=run_id)
    assert any("belongs to somebody else" in error for error in errors(test))
    assert "run" not in test.query_params


def test_an_address_with_only_a_run_shows_its_settings(
    open_page: OpenPage, store: RunStore
) -> None:
    config = experiments()["circle_mlp"].config_class.build({"dataset": "xor", "seed": 9})
    run_id = store.add_run("circle_mlp", config.model_dump(), owner=owner_of(ADA))
    test = open_page("circle_mlp", run=run_id)
    assert test.selectbox(key="circle_mlp.dataset").value == "xor"
    assert test.number_input(key="circle_mlp.seed").value == 9


def test_a_moved_live_control_reaches_the_run(open_page: OpenPage, store: RunStore) -> None:
    config = experiments()["circle_mlp"].config_class.build({})
    run_id = store.add_run(
        "circle_mlp", config.model_dump(), owner=owner_of(ADA), state=RunState.RUNNING
    )
    test = open_page("circle_mlp", run=run_id)
    test.select_slider(key="circle_mlp.learning_rate").set_value(0.3).run()
    assert store.run(run_id).live == {"learning_rate": 0.3}


def test_a_side_task_is_submitted_and_shows_its_place(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("circle_mlp")
    test.button(key="circle_mlp/compare_stages").click().run()
    assert not test.exception
    (run,) = store.runs()
    assert (run.task, run.owner) == ("compare_stages", owner_of(ADA))
    assert test.query_params["compare_stages"] == run.id


def test_a_failed_side_task_shows_its_sentence(open_page: OpenPage, store: RunStore) -> None:
    run_id = store.add_run(
        "circle_mlp", {}, owner=owner_of(ADA), task="check_gradients", state=RunState.FAILED
    )
    store.update_run(run_id, sentence="It broke.")
    assert "It broke." in errors(open_page("circle_mlp", check_gradients=run_id))


@pytest.mark.parametrize("stage", ["manual", "autograd", "nn", "optim"])
def test_the_code_beside_the_control_is_the_code_that_runs(open_page: OpenPage, stage: str) -> None:
    test = open_page("circle_mlp", stage=stage)
    shown = test.code[0].value
    marks = {
        "manual": "no_grad",
        "autograd": ".backward()",
        "nn": "nn.Linear",
        "optim": "torch.optim",
    }
    assert marks[stage] in shown
